#include "desktop/cursor_overlay.hpp"

#include <algorithm>

namespace streamkit::desktop {
namespace {

constexpr int kMaxSide = 512;

std::uint32_t blend(std::uint32_t below, std::uint32_t above) {
  const std::uint32_t rest = 255 - (above >> 24);
  std::uint32_t pixel = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    const std::uint32_t sum =
        ((above >> shift) & 0xff) + (((below >> shift) & 0xff) * rest + 127) / 255;
    pixel |= std::min<std::uint32_t>(sum, 255) << shift;
  }
  return pixel;
}

}  // namespace

CursorOverlay::CursorOverlay(const XConnection& x) : x_(x) {
  xcb_xfixes_select_cursor_input(x.get(), x.root(), XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
}

void CursorOverlay::fetch_image() {
  image_known_ = true;
  pixels_.clear();
  const auto reply =
      wait_for_reply(x_, xcb_xfixes_get_cursor_image(x_.get()), xcb_xfixes_get_cursor_image_reply);
  if (!reply || reply->width > kMaxSide || reply->height > kMaxSide) return;
  const std::uint32_t* pixels = xcb_xfixes_get_cursor_image_cursor_image(reply.get());
  pixels_.assign(pixels, pixels + xcb_xfixes_get_cursor_image_cursor_image_length(reply.get()));
  width_px_ = reply->width;
  height_px_ = reply->height;
  hot_spot_ = {reply->xhot, reply->yhot};
}

RowRange CursorOverlay::draw(GrabBuffer& buffer, Point at) {
  if (!image_known_) fetch_image();
  covered_.clear();
  if (pixels_.empty()) return {};
  const RgbImage image = buffer.image();
  const int left = at.x - hot_spot_.x;
  const int top = at.y - hot_spot_.y;
  const int begin_x = std::max(left, 0);
  const int end_x = std::min(left + width_px_, image.width_px);
  const RowRange rows{std::max(top, 0), std::min(top + height_px_, image.height_px)};
  if (begin_x >= end_x || rows.empty()) return {};
  covered_x_ = begin_x;
  covered_y_ = rows.begin;
  covered_width_ = end_x - begin_x;
  for (int y = rows.begin; y < rows.end; ++y) {
    std::uint32_t* row = buffer.row(y);
    const std::uint32_t* above = pixels_.data() + static_cast<std::ptrdiff_t>(y - top) * width_px_;
    covered_.insert(covered_.end(), row + begin_x, row + end_x);
    for (int x = begin_x; x < end_x; ++x) row[x] = blend(row[x], above[x - left]);
  }
  return rows;
}

RowRange CursorOverlay::erase(GrabBuffer& buffer) {
  if (covered_.empty()) return {};
  const int height = static_cast<int>(covered_.size()) / covered_width_;
  const std::uint32_t* below = covered_.data();
  for (int y = 0; y < height; ++y, below += covered_width_) {
    std::copy(below, below + covered_width_, buffer.row(covered_y_ + y) + covered_x_);
  }
  covered_.clear();
  return {covered_y_, covered_y_ + height};
}

}  // namespace streamkit::desktop
