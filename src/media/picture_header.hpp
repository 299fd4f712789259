#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Reads the sizes of coded pictures from their headers, without decoding them.
class PictureHeaders {
 public:
  /// `whole_frames`: each packet is one frame, as all containers have it but those for broadcasts.
  PictureHeaders(const AVCodecParameters& parameters, bool whole_frames);
  /// Returns the number of pixels of the picture in a packet; 0 if its codec's headers are not
  /// known.
  std::int64_t pixels(const AVPacket& packet);

 private:
  void parse(std::span<const std::uint8_t> bytes, const AVPacket& packet);
  struct CloseParser {
    void operator()(AVCodecParserContext* parser) const noexcept { av_parser_close(parser); }
  };
  const AVCodecID codec_id_;
  CodecPtr context_;
  std::unique_ptr<AVCodecParserContext, CloseParser> parser_;
};

}  // namespace streamkit::media
