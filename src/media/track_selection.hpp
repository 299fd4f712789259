#pragma once

#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>
#include <string_view>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Returns the tracks of a container.
[[nodiscard]] inline std::span<AVStream* const> tracks_of(const AVFormatContext& file) {
  return {file.streams, file.nb_streams};
}

/// Returns the chosen or best video track (no cover art); null if there is none.
/// Errors: NotFound (no such track).
STREAMKIT_API Result<AVStream*> choose_video(const AVFormatContext& file,
                                             const std::string& choice);
/// Returns the chosen or best audio track, preferably of the program that `video` belongs to; null
/// if there is none. Errors: NotFound (no such track).
Result<AVStream*> choose_audio(const AVFormatContext& file, const AVStream* video,
                               const std::string& choice);

/// Returns whether two languages are the same: "de", "ger", "deu" and "German" are.
[[nodiscard]] bool is_same_language(std::string_view one, std::string_view other);

/// Returns whether a track holds the names of chapters, which FFmpeg has read already.
[[nodiscard]] bool is_chapter_track(const AVFormatContext& file, const AVStream& stream);

/// Returns the codec's name for messages. One that FFmpeg does not know is named by its four
/// characters in the container, as "'vvc1'", or "unknown".
[[nodiscard]] std::string codec_name_of(const AVCodecParameters& codec);

/// Describes a track: "audio 2 (aac, 2 channels, ger, default)". Tracks are counted by kind.
[[nodiscard]] std::string describe_track(const AVFormatContext& file, const AVStream& stream);

}  // namespace streamkit::media
