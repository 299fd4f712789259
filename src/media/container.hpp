#pragma once

#include <filesystem>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// A kind of file that FileMuxer writes. The table of them is in container.cpp.
struct Container {
  /// The name of FFmpeg's muxer.
  const char* muxer;
  /// The codec into which text subtitles are converted unless the container has them as they are.
  AVCodecID text_codec;
  /// Whether packets of a codec may be stored, in a way that is standard for the container.
  bool (*holds)(const AVOutputFormat& format, AVCodecID codec);

  [[nodiscard]] const AVOutputFormat* format() const {
    return av_guess_format(muxer, nullptr, nullptr);
  }
  [[nodiscard]] bool holds_codec(AVCodecID codec) const { return holds(*format(), codec); }
};

/// Returns the container of `format`, or of a file by its extension, in upper or lower case; a pipe
/// without an extension is Matroska.
/// Errors: Unsupported, naming those that there are.
Result<const Container*> container_of(const std::filesystem::path& file,
                                      const std::string& format = {});

}  // namespace streamkit::media
