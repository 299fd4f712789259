#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <streamkit/media/portable_float_map.hpp>

// What parses is printed and parsed again to the same, bit for bit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace streamkit::media;
  const auto map = parse_float_map(std::span(data, size));
  if (!map) return 0;
  const auto again = parse_float_map(print_float_map(*map));
  if (!again || again->width_px != map->width_px || again->height_px != map->height_px ||
      again->values.size() != map->values.size()) {
    std::abort();
  }
  for (std::size_t i = 0; i < map->values.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(again->values[i]) !=
        std::bit_cast<std::uint32_t>(map->values[i])) {
      std::abort();
    }
  }
  return 0;
}
