#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/url.hpp>
#include <string_view>

using namespace streamkit::net;

// What parses survives printing and parsing, and what is encoded decodes to what it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = parse_url(text)) {
    const auto again = parse_url(to_string(*url));
    if (!again || *again != *url) std::abort();
    if (without_query(*url).find('?') != std::string::npos) std::abort();
    if (host_header(*url).empty()) std::abort();
    (void)is_loopback(*url);
  }
  for (const auto& encoded : {percent_encode(text), percent_encode_path(text)}) {
    const auto decoded = percent_decode(encoded);
    if (!decoded || *decoded != text) std::abort();
  }
  if (const auto decoded = percent_decode(text)) {
    const auto again = percent_decode(percent_encode(*decoded));
    if (!again || *again != *decoded) std::abort();
  }
  return 0;
}
