#include "capture/frame_fitter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "media/ffmpeg_error.hpp"

namespace streamkit::capture {
namespace {

void fill(const WritablePlane& plane, int sample_bytes, std::uint16_t value) {
  for (int y = 0; y < plane.height_px; ++y) {
    if (sample_bytes == 1) {
      std::fill_n(plane.row(y), plane.width_px, static_cast<std::uint8_t>(value));
    } else {
      std::fill_n(reinterpret_cast<std::uint16_t*>(plane.row(y)), plane.width_px, value);
    }
  }
}

void fill_black(const WritableFrame& frame) {
  const VideoFormat& format = frame.format();
  const int bytes = bytes_per_sample(format.pixel_format);
  const int shift = bytes == 1 ? 0 : 2;
  const int luma = format.range == ColorRange::Full ? 0 : 16 << shift;
  fill(frame.plane(0), bytes, static_cast<std::uint16_t>(luma));
  for (const int plane : {1, 2}) {
    fill(frame.plane(plane), bytes, static_cast<std::uint16_t>(128 << shift));
  }
}

AVPixelFormat ffmpeg_format(PixelFormat format) {
  return format == PixelFormat::I420P10 ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
}

}  // namespace

VideoFrame black_frame(FramePool& pool, const VideoFormat& format) {
  WritableFrame frame = pool.acquire(format);
  fill_black(frame);
  return std::move(frame).publish(MediaTime{0}, MediaTime{0});
}

FrameFitter::Place FrameFitter::place_of(const VideoFormat& from) const {
  const std::int64_t wide = std::int64_t{from.width_px} * format_.height_px;
  const std::int64_t high = std::int64_t{from.height_px} * format_.width_px;
  Place place{0, 0, format_.width_px, format_.height_px};
  // Even numbers, so that the chroma planes hold the same part.
  if (wide > high) {
    place.height = static_cast<int>(high / from.width_px / 2 * 2);
  } else {
    place.width = static_cast<int>(wide / from.height_px / 2 * 2);
  }
  place.width = std::max(place.width, 2);
  place.height = std::max(place.height, 2);
  place.x = (format_.width_px - place.width) / 4 * 2;
  place.y = (format_.height_px - place.height) / 4 * 2;
  return place;
}

Result<VideoFrame> FrameFitter::fit(VideoFrame frame) {
  const VideoFormat& from = frame.format;
  const bool same = from.width_px == format_.width_px && from.height_px == format_.height_px &&
                    from.pixel_format == format_.pixel_format;
  if (same) return frame;
  const Place place = place_of(from);
  if (scaler_ == nullptr || !(scaled_from_ == from)) {
    scaler_.reset(sws_getContext(from.width_px, from.height_px, ffmpeg_format(from.pixel_format),
                                 place.width, place.height, ffmpeg_format(format_.pixel_format),
                                 SWS_BILINEAR, nullptr, nullptr, nullptr));
    if (scaler_ == nullptr) return media::out_of_memory();
    scaled_from_ = from;
  }
  VideoFormat scaled_format = format_;
  scaled_format.width_px = place.width;
  scaled_format.height_px = place.height;
  WritableFrame scaled = pool_.acquire(scaled_format);
  std::array<const std::uint8_t*, 4> source{};
  std::array<int, 4> source_strides{};
  std::array<std::uint8_t*, 4> target{};
  std::array<int, 4> target_strides{};
  for (std::size_t n = 0; n < 3; ++n) {
    source[n] = frame.planes[n].data;
    source_strides[n] = static_cast<int>(frame.planes[n].stride_bytes);
    target[n] = scaled.plane(static_cast<int>(n)).data;
    target_strides[n] = static_cast<int>(scaled.plane(static_cast<int>(n)).stride_bytes);
  }
  const int rows = sws_scale(scaler_.get(), source.data(), source_strides.data(), 0, from.height_px,
                             target.data(), target_strides.data());
  if (rows < 0) return media::ffmpeg_error(rows, "cannot scale a frame");
  if (scaled_format == format_) return std::move(scaled).publish(frame.pts, frame.duration);
  return pad(scaled, place).publish(frame.pts, frame.duration);
}

// libswscale may write beyond a row, so that it does not write into the padded frame itself.
WritableFrame FrameFitter::pad(const WritableFrame& scaled, const Place& place) {
  WritableFrame padded = pool_.acquire(format_);
  fill_black(padded);
  const int bytes = bytes_per_sample(format_.pixel_format);
  for (int n = 0; n < 3; ++n) {
    const int halved = n == 0 ? 1 : 2;
    const WritablePlane& from = scaled.plane(n);
    for (int y = 0; y < from.height_px; ++y) {
      std::memcpy(padded.plane(n).row(place.y / halved + y) + place.x / halved * bytes, from.row(y),
                  static_cast<std::size_t>(from.width_px * bytes));
    }
  }
  return padded;
}

}  // namespace streamkit::capture
