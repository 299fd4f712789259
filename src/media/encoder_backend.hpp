#pragma once

#include <memory>
#include <optional>
#include <span>
#include <streamkit/media/stream_encoder.hpp>
#include <string_view>
#include <vector>

#include "media/ffmpeg_handles.hpp"
#include "media/x26x_options.hpp"

namespace streamkit::media {

/// Encoders of one family take the same options by the same names.
enum class EncoderFamily {
  X26x,             ///< libx264 and libx265.
  Nvenc,            ///< NVIDIA.
  Vaapi,            ///< Intel and AMD on Linux; frames are uploaded to surfaces.
  Qsv,              ///< Intel Quick Sync.
  V4l2,             ///< Memory-to-memory devices of boards.
  VideoToolbox,     ///< macOS.
  MediaFoundation,  ///< Windows.
  Other             ///< Any other encoder: nothing but bit rate and frame types is set.
};

struct EncoderBackend {
  /// FFmpeg's name. Of static storage.
  const char* name = "";
  VideoCodec codec = VideoCodec::H264;
  EncoderFamily family = EncoderFamily::Other;

  [[nodiscard]] bool hardware() const noexcept {
    return family != EncoderFamily::X26x && family != EncoderFamily::Other;
  }
};

/// All encoders, in the order of preference: hardware first.
[[nodiscard]] std::span<const EncoderBackend> encoder_backends() noexcept;
[[nodiscard]] const EncoderBackend* find_backend(std::string_view name) noexcept;
/// libx264 or libx265.
[[nodiscard]] const EncoderBackend& software_backend(VideoCodec codec) noexcept;

/// Returns what an encoder of this family needs of the machine, for people.
[[nodiscard]] const char* needs_of(EncoderFamily family) noexcept;
/// Returns why no encoder of this family can work here, as far as that shows without opening one;
/// null if nothing is known.
[[nodiscard]] const char* missing_device(EncoderFamily family) noexcept;
/// Returns whether this machine seems to have hardware of the family.
[[nodiscard]] bool has_device(EncoderFamily family) noexcept;

/// Returns the layouts of frames to try, the best one first.
[[nodiscard]] std::vector<AVPixelFormat> input_layouts(const EncoderBackend& backend,
                                                       PixelFormat source);

/// Sets rate control and what is particular to the family: quality and bit rate of all families
/// are mapped here.
void set_backend_options(const EncoderBackend& backend, const EncoderPlan& plan,
                         AVCodecContext& codec, Options& options);

/// As the public open_encoder(), with one given backend. Precondition: the frames are of a pixel
/// format that it takes.
Result<std::unique_ptr<Encoder>> open_encoder_with(const EncoderBackend& backend,
                                                   const EncoderOptions& options,
                                                   const VideoFormat& video,
                                                   const std::optional<AudioFormat>& audio);

}  // namespace streamkit::media
