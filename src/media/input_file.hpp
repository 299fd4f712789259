#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// An opened container, on disk or in memory, with its first real video and first audio track.
class STREAMKIT_API InputFile {
 public:
  static Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path);
  static Result<std::unique_ptr<InputFile>> open(Bytes bytes);
  ~InputFile();

  [[nodiscard]] AVFormatContext* context() const noexcept { return context_; }
  /// Null when there is none.
  [[nodiscard]] AVStream* video() const noexcept { return video_; }
  [[nodiscard]] AVStream* audio() const noexcept { return audio_; }
  /// The earliest track start, as the container states it.
  [[nodiscard]] MediaTime start() const noexcept;
  [[nodiscard]] MediaTime duration() const noexcept;
  /// Returns the name of this file in messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Lets the demuxer skip every track but this one.
  void keep_only(const AVStream* stream);
  /// Returns the next packet of a kept track; null at the end. Damage ends the file as its end
  /// does, and is then reported by damaged().
  Result<PacketPtr> read();
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  InputFile() = default;
  Result<void> open_url(const char* url, AVIOContext* io, const char* formats);

  // The memory file: FFmpeg's callbacks hold a pointer to it.
  Bytes bytes_;
  std::size_t position_ = 0;
  IoPtr io_;
  static int read_bytes(void* opaque, std::uint8_t* buffer, int size);
  static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);

  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
  std::string name_;
  bool damaged_ = false;
};

/// An opened decoder for a track whose packets have timestamps in units of `time_base`. `threads`
/// 0: as many as FFmpeg likes, one more than cores; each holds pictures of its own.
/// Errors: Unsupported; Internal.
STREAMKIT_API Result<CodecPtr> open_codec(const AVCodecParameters& parameters, AVRational time_base,
                                          int threads = 0);

/// Gives a decoded frame in one of FFmpeg's deprecated full-range formats (yuvj420p and its like)
/// the plain format and says "full range" in the frame instead. libswscale warns about each of
/// them.
STREAMKIT_API void split_range_from_format(AVFrame& frame) noexcept;

/// Returns the frame rate as a constant rate: the stated one if it is a usual one or regular, else
/// the nearest usual one that loses no frame.
STREAMKIT_API [[nodiscard]] FrameRate constant_frame_rate(AVFormatContext* context,
                                                          AVStream* stream);

/// Degrees clockwise by which pictures must be turned to stand upright: 0, 90, 180 or 270.
STREAMKIT_API [[nodiscard]] int upright_rotation(const AVStream* stream);

}  // namespace streamkit::media
