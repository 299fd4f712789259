#include <optional>
#include <streamkit/media/last_frame.hpp>
#include <streamkit/media/media_file.hpp>
#include <utility>
#include <variant>

namespace streamkit::media {
Result<VideoFrame> decode_last_frame(std::span<const std::uint8_t> chunk) {
  const auto reader = open_media_bytes(Bytes(chunk.begin(), chunk.end()));
  if (!reader) return reader.error();
  std::optional<VideoFrame> last;
  for (;;) {
    auto item = (*reader)->read({});
    if (!item) return item.error();
    if (std::holds_alternative<EndOfStream>(*item)) break;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) last = std::move(*frame);
  }
  if (!last) return Error{ErrorCode::CorruptData, "no frame in the chunk"};
  return *std::move(last);
}

}  // namespace streamkit::media
