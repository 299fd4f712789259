#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/decoder.hpp>
#include <vector>

#include "media/picture_decoder.hpp"

namespace streamkit::media {

/// Decodes one video track, from packets of a PacketSource or from FFmpeg packets.
class STREAMKIT_API TrackDecoder final : public Decoder {
 public:
  explicit TrackDecoder(std::unique_ptr<PictureDecoder> pictures)
      : pictures_(std::move(pictures)) {}

  [[nodiscard]] const VideoFormat& format() const noexcept override { return pictures_->format(); }
  Result<std::vector<VideoFrame>> push(const Packet& packet) override;
  Result<std::vector<VideoFrame>> flush() override;
  [[nodiscard]] bool damaged() const noexcept override { return pictures_->damaged(); }

  Result<std::vector<VideoFrame>> push(const AVPacket& coded);
  /// Returns where the last frame so far ends.
  [[nodiscard]] MediaTime end() const noexcept { return pictures_->end(); }

 private:
  Result<std::vector<VideoFrame>> decode(const AVPacket* coded);

  const std::unique_ptr<PictureDecoder> pictures_;
  bool any_frame_ = false;
};

}  // namespace streamkit::media
