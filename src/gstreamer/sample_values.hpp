#pragma once

#include <streamkit/core/frame.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>

#include "gstreamer/gst_handles.hpp"

namespace streamkit::gstreamer {

/// Returns the format of video samples; its rate is 0 if the sample states none.
Result<VideoFormat> video_format(GstSample& sample);
Result<AudioFormat> audio_format(GstSample& sample);

/// Copies the pixels of an I420 sample. Errors: Unavailable (another format than `format`).
Result<WritableFrame> copy_pixels(GstSample& sample, const VideoFormat& format, FramePool& pool);
/// Copies the samples, interleaved floats. Errors: Unavailable (another format than `format`).
Result<AudioFrame> copy_audio(GstSample& sample, const AudioFormat& format);

/// Returns the running time of the sample in the pipeline; GST_CLOCK_TIME_NONE if it has none.
[[nodiscard]] GstClockTime running_time(GstSample& sample) noexcept;

/// Returns the content of a buffer.
[[nodiscard]] Bytes bytes_of(GstBuffer& buffer);

/// Returns a buffer with the pixels of a frame, in GStreamer's usual layout.
Result<BufferPtr> buffer_of(const VideoFrame& frame);
/// Returns a buffer with interleaved floats.
Result<BufferPtr> buffer_of(const AudioFrame& frame);

}  // namespace streamkit::gstreamer
