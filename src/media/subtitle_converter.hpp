#pragma once

#include <memory>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Converts text subtitles of one codec to another one.
class SubtitleConverter {
 public:
  /// Errors: Unsupported (the codecs).
  static Result<std::unique_ptr<SubtitleConverter>> open(const AVStream& from, AVCodecID to);
  /// Adds the converted track to a muxer.
  Result<AVStream*> add_stream(AVFormatContext& muxer) const;
  /// Returns the converted cue, without times; null if the packet holds none.
  Result<PacketPtr> convert(AVPacket& packet);

 private:
  SubtitleConverter() = default;
  CodecPtr decoder_;
  CodecPtr encoder_;
};

}  // namespace streamkit::media
