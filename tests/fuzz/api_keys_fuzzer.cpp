#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <streamkit/server/api_keys.hpp>

using namespace streamkit;

// What parses is printed and parsed again to the same; what does not names its line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto keys = server::parse_api_keys(text);
  if (!keys) {
    if (keys.error().code != ErrorCode::InvalidArgument) std::abort();
    return 0;
  }
  std::string printed;
  for (const auto& key : *keys) printed += server::to_line(key) + "\n";
  const auto again = server::parse_api_keys(printed);
  if (!again || *again != *keys) std::abort();
  return 0;
}
