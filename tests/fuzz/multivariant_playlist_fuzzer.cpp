#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/hls/multivariant_playlist.hpp>
#include <string_view>

// Whatever parses must survive writing and parsing, and its spelling must be stable.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = streamkit::hls::parse_multivariant_playlist(text);
  if (!parsed) return 0;
  const std::string canonical = streamkit::hls::write_multivariant_playlist(*parsed);
  const auto again = streamkit::hls::parse_multivariant_playlist(canonical);
  if (!again || *again != *parsed) std::abort();
  if (streamkit::hls::write_multivariant_playlist(*again) != canonical) std::abort();
  return 0;
}
