#include "quality/passed_photograph.hpp"

#include <algorithm>
#include <cmath>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/view_synthesizer.hpp>

#include "quality/flat_scenes.hpp"

namespace streamkit::quality {
namespace {

constexpr int kLargest = 800;
// In widths: a picture 60 degrees wide.
constexpr double kFocal = 0.866;

// A disparity of 0 would mean unknown.
float known(float value) { return std::abs(value) < 0.01F ? 0.01F : value; }

}  // namespace

PassedPhotograph::PassedPhotograph(const VideoFrame& frame, const media::RgbPicture& truth,
                                   double scale, Camera camera, bool upside_down) {
  const VideoPlane& plane = frame.planes[0];
  const int step = plane.width_px > kLargest ? 2 : 1;
  whole_.width_px = plane.width_px / step / 2 * 2;
  whole_.height_px = plane.height_px / step / 2 * 2;
  double sum = 0;
  int count = 0;
  for (int y = 0; y < whole_.height_px; ++y) {
    const int line = upside_down ? whole_.height_px - 1 - y : y;
    for (int x = 0; x < whole_.width_px; ++x) {
      int luma = 0;
      int disparity = 0;
      for (int i = 0; i < step * step; ++i) {
        const int row = line * step + i / step;
        const int column = x * step + i % step;
        luma += plane.row(row)[column];
        disparity =
            std::max(disparity,
                     int{truth.planes[0][static_cast<std::size_t>(row * truth.width_px + column)]});
      }
      luma_.push_back(static_cast<std::uint8_t>(luma / (step * step)));
      whole_.values.push_back(static_cast<float>(disparity / (scale * step)));
      sum += whole_.values.back();
      count += disparity > 0 ? 1 : 0;
    }
  }
  if (camera == Camera::Circling) held_ = static_cast<float>(sum / std::max(count, 1));
  if (camera == Camera::CirclingClose) {
    std::vector<float> sorted = whole_.values;
    const auto near = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 9 / 10);
    std::nth_element(sorted.begin(), near, sorted.end());
    held_ = *near;
  }
  turning_ = camera == Camera::Turning;
  if (turning_) held_ = static_cast<float>(whole_.width_px) / 6;
  leave_out_borders();
}

void PassedPhotograph::leave_out_borders() {
  const auto [least, most] = std::minmax_element(whole_.values.begin(), whole_.values.end());
  left_ = static_cast<int>(std::max(held_ - *least, 0.0F)) / 2 * 2;
  const int right = static_cast<int>(std::max(*most - held_, 0.0F));
  truth_.width_px = (whole_.width_px - left_ - right) / 2 * 2;
  truth_.height_px = whole_.height_px;
  for (int y = 0; y < whole_.height_px; ++y) {
    const auto row = whole_.values.begin() + std::ptrdiff_t{y} * whole_.width_px + left_;
    truth_.values.insert(truth_.values.end(), row, row + truth_.width_px);
  }
}

VideoFrame PassedPhotograph::picture(int left, int frames) const {
  const int width = whole_.width_px;
  const int height = whole_.height_px;
  const VideoPlane from{luma_.data(), width, width, height};
  stereo::DisparityMap map{width, height, {}};
  const float share = static_cast<float>(left) / static_cast<float>(frames);
  // What is unknown is as far as what lies beside it.
  float last = 0;
  for (const float value : whole_.values) {
    if (value > 0) last = value;
    map.values.push_back(known(turning_ ? 0 : last * share));
  }
  std::vector<std::uint8_t> drawn(luma_.size());
  std::vector<std::uint8_t> unused(luma_.size());
  const WritablePlane to{drawn.data(), width, width, height};
  const WritablePlane nowhere{unused.data(), width, width, height};
  (void)stereo::synthesize_right_view({from, from, from}, map, {}, {to, nowhere, nowhere});

  // The turn that brings what is held back to its place.
  const double focal = kFocal * width;
  const double turn = std::atan(held_ * share / focal);
  const double cosine = std::cos(turn);
  const double sine = std::sin(turn);
  const Canvas canvas{width, height, std::move(drawn)};
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = truth_.width_px, .height_px = height});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      if (p == 0) {
        for (int x = 0; x < plane.width_px; ++x) {
          const double across = x + left_ - width / 2.0;
          const double depth = focal * cosine + across * sine;
          const double at_x = focal * (across * cosine - focal * sine) / depth + width / 2.0;
          const double at_y = focal * (y - height / 2.0) / depth + height / 2.0;
          plane.row(y)[x] = static_cast<std::uint8_t>(canvas.at(at_x, at_y) + 0.5);
        }
      } else {
        std::fill_n(plane.row(y), plane.width_px, std::uint8_t{128});
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

}  // namespace streamkit::quality
