#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/track_choice.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// The tracks of a file that were taken, and those that were not, for people:
/// "audio 2 (aac, 2 channels, ger, default)".
struct STREAMKIT_API TrackReport {
  std::vector<std::string> taken = {};
  std::vector<std::string> left_out = {};
};

/// What is read of a file.
struct STREAMKIT_API InputOptions {
  TrackChoice tracks = {};
  /// If true, a file without video is opened for its audio.
  bool allow_sound_only = false;
};

/// An opened container, on disk or in memory, with the chosen video and audio track.
class STREAMKIT_API InputFile {
 public:
  static Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path,
                                                 const InputOptions& options = {});
  static Result<std::unique_ptr<InputFile>> open(Bytes bytes, const InputOptions& options = {});
  ~InputFile();

  [[nodiscard]] AVFormatContext* context() const noexcept { return context_; }
  /// Null if there is none.
  [[nodiscard]] AVStream* video() const noexcept { return video_; }
  [[nodiscard]] AVStream* audio() const noexcept { return audio_; }
  /// The earliest track start, as the container states it.
  [[nodiscard]] MediaTime start() const noexcept;
  [[nodiscard]] MediaTime duration() const noexcept;
  /// Names the tracks that were chosen, and those that were not.
  [[nodiscard]] TrackReport tracks() const;
  /// Returns the name of this file in messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Lets the demuxer skip every track but this one.
  void keep_only(const AVStream* stream);
  /// Returns the next packet of a kept track; null at the end. A damaged file ends at the damage,
  /// and damaged() then returns true.
  Result<PacketPtr> read();
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  InputFile() = default;
  Result<void> open_url(const char* url, AVIOContext* io, const char* formats);
  Result<void> choose_tracks();

  // FFmpeg's callbacks hold a pointer to the file in memory.
  Bytes bytes_;
  std::size_t position_ = 0;
  IoPtr io_;
  static int read_bytes(void* opaque, std::uint8_t* buffer, int size);
  static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);

  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
  InputOptions options_;
  std::string name_;
  bool damaged_ = false;
};

/// Opens a decoder for a track whose packets have timestamps in units of `time_base`. With
/// `threads` 0, FFmpeg chooses the number: one more than cores. Each thread holds frames of its
/// own.
/// Errors: Unsupported; Internal.
STREAMKIT_API Result<CodecPtr> open_codec(const AVCodecParameters& parameters, AVRational time_base,
                                          int threads = 0);

/// Replaces one of FFmpeg's deprecated full-range formats (such as yuvj420p) in a decoded frame by
/// the plain format, and marks the frame as full range. libswscale prints a warning for each of
/// these formats.
STREAMKIT_API void split_range_from_format(AVFrame& frame) noexcept;

/// Returns the frame rate as a constant rate: the stated rate if it is a usual or regular one,
/// otherwise the nearest usual rate at which no frame is lost.
STREAMKIT_API [[nodiscard]] FrameRate constant_frame_rate(AVFormatContext* context,
                                                          AVStream* stream);

/// Returns by how many degrees clockwise frames must be rotated to be upright: 0, 90, 180 or 270.
STREAMKIT_API [[nodiscard]] int upright_rotation(const AVStream* stream);

}  // namespace streamkit::media
