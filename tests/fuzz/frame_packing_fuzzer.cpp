#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/media/frame_packing_sei.hpp>

using namespace streamkit;
using namespace streamkit::media;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// However a picture is framed, a message goes in whole, once, and nothing else changes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes picture(data, data + size);
  const Bytes sei = frame_packing_sei({FrameArrangement::SideBySide});
  (void)nal_framing(picture);
  for (int length_bytes = 0; length_bytes <= 4; ++length_bytes) {
    Bytes changed = picture;
    if (!insert_sei(changed, {length_bytes}, sei)) {
      require(changed == picture);
      continue;
    }
    const auto framing = static_cast<std::size_t>(length_bytes == 0 ? 4 : length_bytes);
    require(changed.size() == picture.size() + framing + sei.size());
    const auto [before, after] = std::mismatch(picture.begin(), picture.end(), changed.begin());
    const auto rest = changed.size() - static_cast<std::size_t>(after - changed.begin());
    require(rest >= static_cast<std::size_t>(picture.end() - before));
    require(std::search(changed.begin(), changed.end(), sei.begin(), sei.end()) != changed.end());
    // What stands at its place without it is the rest of the picture.
    bool same = false;
    for (std::size_t at = 0; at <= picture.size() && !same; ++at) {
      same = std::equal(picture.begin(), picture.begin() + static_cast<std::ptrdiff_t>(at),
                        changed.begin()) &&
             std::equal(sei.begin(), sei.end(),
                        changed.begin() + static_cast<std::ptrdiff_t>(at + framing)) &&
             std::equal(picture.begin() + static_cast<std::ptrdiff_t>(at), picture.end(),
                        changed.begin() + static_cast<std::ptrdiff_t>(at + framing + sei.size()));
    }
    require(same);
  }
  return 0;
}
