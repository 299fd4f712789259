#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/dash/mpd.hpp>
#include <string_view>

// Whatever parses must survive writing and parsing, and its spelling must be stable.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = streamkit::dash::parse_mpd(text);
  if (!parsed) return 0;
  const std::string canonical = streamkit::dash::write_mpd(*parsed);
  const auto again = streamkit::dash::parse_mpd(canonical);
  if (!again || *again != *parsed) std::abort();
  if (streamkit::dash::write_mpd(*again) != canonical) std::abort();
  return 0;
}
