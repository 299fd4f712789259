#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/iso8601.hpp>
#include <string_view>

using namespace streamkit::net;

// The basic form has one spelling; the long one loses no more than its fraction of a second.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = parse_iso8601_basic(text)) {
    if (format_iso8601_basic(*time) != text) std::abort();
  }
  if (const auto time = parse_iso8601(text)) {
    const auto again = parse_iso8601(format_iso8601(*time));
    if (!again || *again > *time || *time - *again >= std::chrono::seconds(1)) std::abort();
  }
  return 0;
}
