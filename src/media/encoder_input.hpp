#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// Turns frames of the kit into those that an encoder takes: scaled, in its layout, on its device.
class EncoderInput {
 public:
  /// Prepares frames of `coded` size in `layout`, which may be that of a device. Errors:
  /// Unavailable (the device cannot be opened); ResourceExhausted.
  static Result<EncoderInput> create(const VideoFormat& source, const VideoFormat& coded,
                                     AVPixelFormat layout);
  /// Sets the pixel format, and the surfaces if the frames are on a device.
  void describe(AVCodecContext& codec) const;
  /// Points into `frame` if nothing has to be converted. Its storage lives for as long as FFmpeg
  /// uses it.
  Result<FramePtr> picture(const VideoFrame& frame);

 private:
  Result<void> open_device();
  Result<FramePtr> convert(const VideoFrame& frame);
  Result<FramePtr> upload(FramePtr picture);

  VideoFormat source_;
  VideoFormat coded_;
  AVPixelFormat layout_ = AV_PIX_FMT_NONE;
  AVPixelFormat memory_layout_ = AV_PIX_FMT_NONE;  // before the upload
  ScalerPtr scaler_;                               // null if frames are used as they are
  BufferPtr surfaces_;                             // null without a device
};

}  // namespace streamkit::media
