#include "gstreamer/sample_values.hpp"

#include <gst/audio/audio.h>
#include <gst/video/video.h>

#include <cstring>

namespace streamkit::gstreamer {
namespace {

Error changed() {
  return {ErrorCode::Unavailable, "the GStreamer pipeline changed the format of its samples",
          "gstreamer"};
}

Error out_of_memory() { return {ErrorCode::ResourceExhausted, "out of memory", "gstreamer"}; }

class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer& buffer, GstMapFlags flags)
      : mapped_(gst_video_frame_map(&frame_, &info, &buffer, flags) != 0) {}
  ~MappedFrame() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;
  [[nodiscard]] bool mapped() const noexcept { return mapped_; }
  [[nodiscard]] std::uint8_t* row(int plane, int y) noexcept {
    auto* data = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, plane));
    return data + static_cast<std::ptrdiff_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, plane)) * y;
  }

 private:
  GstVideoFrame frame_{};
  bool mapped_;
};

class MappedBuffer {
 public:
  MappedBuffer(GstBuffer& buffer, GstMapFlags flags)
      : buffer_(buffer), mapped_(gst_buffer_map(&buffer, &map_, flags) != 0) {}
  ~MappedBuffer() {
    if (mapped_) gst_buffer_unmap(&buffer_, &map_);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  [[nodiscard]] std::uint8_t* data() const noexcept { return mapped_ ? map_.data : nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return mapped_ ? map_.size : 0; }

 private:
  GstBuffer& buffer_;
  GstMapInfo map_{};
  bool mapped_;
};

GstVideoInfo info_of(const VideoFormat& format) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, static_cast<guint>(format.width_px),
                            static_cast<guint>(format.height_px));
  return info;
}

}  // namespace

Result<VideoFormat> video_format(GstSample& sample) {
  GstVideoInfo info;
  GstCaps* caps = gst_sample_get_caps(&sample);
  if (caps == nullptr || !gst_video_info_from_caps(&info, caps)) return changed();
  VideoFormat format;
  format.width_px = GST_VIDEO_INFO_WIDTH(&info);
  format.height_px = GST_VIDEO_INFO_HEIGHT(&info);
  format.frame_rate = {GST_VIDEO_INFO_FPS_N(&info), GST_VIDEO_INFO_FPS_D(&info)};
  return format;
}

Result<AudioFormat> audio_format(GstSample& sample) {
  GstAudioInfo info;
  GstCaps* caps = gst_sample_get_caps(&sample);
  if (caps == nullptr || !gst_audio_info_from_caps(&info, caps)) return changed();
  return AudioFormat{GST_AUDIO_INFO_RATE(&info), GST_AUDIO_INFO_CHANNELS(&info)};
}

Result<WritableFrame> copy_pixels(GstSample& sample, const VideoFormat& format, FramePool& pool) {
  const auto sent = video_format(sample);
  if (!sent || sent->width_px != format.width_px || sent->height_px != format.height_px) {
    return changed();
  }
  GstVideoInfo info;
  gst_video_info_from_caps(&info, gst_sample_get_caps(&sample));
  MappedFrame mapped(info, *gst_sample_get_buffer(&sample), GST_MAP_READ);
  if (!mapped.mapped()) return out_of_memory();
  WritableFrame frame = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      std::memcpy(plane.row(y), mapped.row(p, y), static_cast<std::size_t>(plane.width_px));
    }
  }
  return frame;
}

Result<AudioFrame> copy_audio(GstSample& sample, const AudioFormat& format) {
  const auto sent = audio_format(sample);
  if (!sent || *sent != format) return changed();
  const MappedBuffer mapped(*gst_sample_get_buffer(&sample), GST_MAP_READ);
  const auto channels = static_cast<std::size_t>(format.channels);
  const std::size_t count = mapped.size() / sizeof(float) / channels;
  AudioFrame frame;
  frame.format = format;
  frame.sample_count = static_cast<int>(count);
  frame.samples.resize(count * channels);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::memcpy(&frame.samples[c * count + i], mapped.data() + (i * channels + c) * sizeof(float),
                  sizeof(float));
    }
  }
  return frame;
}

GstClockTime running_time(GstSample& sample) noexcept {
  const GstBuffer* buffer = gst_sample_get_buffer(&sample);
  const GstSegment* segment = gst_sample_get_segment(&sample);
  if (buffer == nullptr || segment == nullptr || !GST_BUFFER_PTS_IS_VALID(buffer)) {
    return GST_CLOCK_TIME_NONE;
  }
  return gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

Bytes bytes_of(GstBuffer& buffer) {
  const MappedBuffer mapped(buffer, GST_MAP_READ);
  return {mapped.data(), mapped.data() + mapped.size()};
}

Result<BufferPtr> buffer_of(const VideoFrame& frame) {
  const GstVideoInfo info = info_of(frame.format);
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr));
  if (buffer == nullptr) return out_of_memory();
  MappedFrame mapped(info, *buffer, GST_MAP_WRITE);
  if (!mapped.mapped()) return out_of_memory();
  for (int p = 0; p < 3; ++p) {
    const VideoPlane& plane = frame.planes[static_cast<std::size_t>(p)];
    for (int y = 0; y < plane.height_px; ++y) {
      std::memcpy(mapped.row(p, y), plane.row(y), static_cast<std::size_t>(plane.width_px));
    }
  }
  return buffer;
}

Result<BufferPtr> buffer_of(const AudioFrame& frame) {
  const auto channels = static_cast<std::size_t>(frame.format.channels);
  const auto count = static_cast<std::size_t>(frame.sample_count);
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, count * channels * sizeof(float), nullptr));
  if (buffer == nullptr) return out_of_memory();
  const MappedBuffer mapped(*buffer, GST_MAP_WRITE);
  if (mapped.size() < count * channels * sizeof(float)) return out_of_memory();
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::memcpy(mapped.data() + (i * channels + c) * sizeof(float), &frame.samples[c * count + i],
                  sizeof(float));
    }
  }
  return buffer;
}

}  // namespace streamkit::gstreamer
