#include "desktop/screen_session.hpp"

#include <algorithm>
#include <utility>

namespace streamkit::desktop {
namespace {

// How often a target is looked at while events come, and while it is lost.
constexpr std::chrono::milliseconds kLookInterval{50};
constexpr std::chrono::milliseconds kLostInterval{250};

CaptureTime now_time() { return std::chrono::steady_clock::now(); }

RowRange united(RowRange a, RowRange b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

std::string size_text(const GrabArea& area) {
  return std::to_string(area.width_px) + "x" + std::to_string(area.height_px);
}

bool same_size(const GrabArea& a, const GrabArea& b) {
  return a.width_px == b.width_px && a.height_px == b.height_px;
}

/// What to report about a change, empty if there is nothing.
std::string description(const std::string& kind, const TargetView& before, const TargetView& now,
                        const std::optional<GrabArea>& last_area) {
  const std::string subject = "the " + kind + " ";
  if (now.state != before.state) {
    switch (now.state) {
      case InputState::Covered:
        return subject + "is covered by others; it is captured all the same";
      case InputState::Minimized:
        return subject + "is minimized or hidden: its last frame stays until it is shown again";
      case InputState::Lost:
        return subject + (kind == "window" ? "was closed" : "was disconnected");
      case InputState::Running:
        break;
    }
    if (before.state == InputState::Lost) return subject + "is back, " + size_text(*now.area);
    return subject + "is shown again";
  }
  if (!now.area || !last_area || same_size(*now.area, *last_area)) return {};
  return subject + "was resized to " + size_text(*now.area);
}

}  // namespace

Result<std::unique_ptr<ScreenSession>> ScreenSession::open(const ScreenInputOptions& options) {
  auto x = XConnection::open(options.display);
  if (!x) return x.error();
  auto target = find_target(**x, options.source, options.region);
  if (!target) return target.error();
  return std::unique_ptr<ScreenSession>(
      new ScreenSession(*std::move(x), *std::move(target), options));
}

ScreenSession::ScreenSession(std::unique_ptr<XConnection> x, std::unique_ptr<CaptureTarget> target,
                             const ScreenInputOptions& options)
    : x_(std::move(x)),
      target_(std::move(target)),
      frame_duration_(std::chrono::duration_cast<std::chrono::nanoseconds>(
          options.frame_rate.frame_duration())),
      patience_(options.patience),
      buffer_(*x_) {
  if (options.draw_cursor) cursor_.emplace(*x_);
  watch_damage();
  const TargetView view = target_->look();
  if (view.area) use_area(*view.area);
  view_.area = view.area;
  view_.damage_origin = view.damage_origin;
  // Another state than Running is reported first.
  look_again_ = true;
}

ScreenSession::~ScreenSession() = default;

Result<SessionItem> ScreenSession::next(const std::stop_token& stop, const WakeDescriptor& wake) {
  while (!stop.stop_requested()) {
    handle_events();
    if (!x_->alive()) return ServerGone{};
    const CaptureTime now = now_time();
    if (auto item = step(now)) return *std::move(item);
    // Waiting for replies may have queued events, which the descriptor does not show.
    if (XcbEventPtr event{xcb_poll_for_queued_event(x_->get())}) {
      handle(*event);
      continue;
    }
    xcb_flush(x_->get());
    wake.wait(xcb_get_file_descriptor(x_->get()), wake_time(now));
  }
  return Error{ErrorCode::Cancelled, "stopped"};
}

bool ScreenSession::shows_pixels() const noexcept {
  return view_.area && (view_.state == InputState::Running || view_.state == InputState::Covered);
}

std::optional<SessionItem> ScreenSession::step(CaptureTime now) {
  const bool lost = view_.state == InputState::Lost;
  if (lost && target_->may_be_gone_forever() && now - lost_at_ >= patience_) return EndOfStream{};
  if ((look_again_ || lost) && now >= looked_at_ + (lost ? kLostInterval : kLookInterval)) {
    if (auto event = look(now)) return *std::move(event);
  }
  if (!shows_pixels()) return std::nullopt;
  if (cursor_ && now >= next_pointer_) follow_pointer(now);
  if ((dirty_.empty() && !pointer_changed_) || now < next_frame_) return std::nullopt;
  if (auto image = grab(now)) return *image;
  return std::nullopt;
}

CaptureTime ScreenSession::wake_time(CaptureTime now) const {
  // Nothing but events wakes a session that shows nothing new; the hour is a bound, no more.
  CaptureTime time = now + std::chrono::hours(1);
  const bool lost = view_.state == InputState::Lost;
  if (lost) time = std::min(time, looked_at_ + kLostInterval);
  if (lost && target_->may_be_gone_forever()) time = std::min(time, lost_at_ + patience_);
  if (look_again_) time = std::min(time, looked_at_ + kLookInterval);
  if (!shows_pixels()) return time;
  if (cursor_) time = std::min(time, next_pointer_);
  if (!dirty_.empty() || pointer_changed_) time = std::min(time, next_frame_);
  return time;
}

void ScreenSession::handle_events() {
  while (XcbEventPtr event{xcb_poll_for_event(x_->get())}) handle(*event);
}

void ScreenSession::handle(const xcb_generic_event_t& event) {
  const int type = event.response_type & 0x7f;
  if (type == x_->damage_notify()) {
    const auto& notify = reinterpret_cast<const xcb_damage_notify_event_t&>(event);
    if (!view_.area || notify.damage != damage_) return;
    const int x = notify.area.x - view_.damage_origin.x;
    const int y = notify.area.y - view_.damage_origin.y;
    if (x >= view_.area->width_px || x + notify.area.width <= 0) return;
    dirty_ =
        united(dirty_, {std::max(y, 0), std::min(y + notify.area.height, view_.area->height_px)});
    return;
  }
  if (type == x_->cursor_notify()) {
    if (cursor_) cursor_->forget_image();
    pointer_changed_ = pointer_.has_value();
    return;
  }
  if (type != 0 && target_->changes_with(event)) look_again_ = true;  // 0 is an error
}

void ScreenSession::watch_damage() {
  if (damaged_window_ == target_->window()) return;
  // That of a window that is gone went with it.
  damaged_window_ = target_->window();
  damage_ = xcb_generate_id(x_->get());
  xcb_damage_create(x_->get(), damage_, damaged_window_, XCB_DAMAGE_REPORT_LEVEL_BOUNDING_BOX);
}

std::optional<InputEvent> ScreenSession::look(CaptureTime now) {
  looked_at_ = now;
  look_again_ = false;
  const TargetView before = view_;
  TargetView view = target_->look();
  if (!x_->alive()) return std::nullopt;
  watch_damage();
  const std::string message = description(target_->kind(), before, view, before.area);
  if (view.state == InputState::Lost && before.state != InputState::Lost) lost_at_ = now;
  // The size of the last frame is kept, for the next one may have another.
  if (!view.area) {
    view.area = before.area;
    view.damage_origin = before.damage_origin;
    dirty_ = {};
  } else if (view.area != before.area || view.state != before.state) {
    use_area(*view.area);
  }
  view_ = view;
  if (message.empty()) return std::nullopt;
  return InputEvent{now, view.state, message};
}

void ScreenSession::use_area(const GrabArea& area) {
  buffer_.resize(area.width_px, area.height_px);
  if (cursor_) cursor_->forget_covered();
  dirty_ = {0, area.height_px};
}

void ScreenSession::follow_pointer(CaptureTime now) {
  next_pointer_ = now + frame_duration_;
  const auto pointer = target_->pointer(view_);
  if (pointer == pointer_) return;
  pointer_ = pointer;
  pointer_changed_ = true;
}

std::optional<GrabbedImage> ScreenSession::grab(CaptureTime now) {
  const RowRange drawn = std::exchange(dirty_, RowRange{});
  RowRange changed = drawn;
  if (cursor_) changed = united(changed, cursor_->erase(buffer_));
  pointer_changed_ = false;
  // What is drawn from here on is reported anew, and may be in these pixels already.
  if (!drawn.empty()) xcb_damage_subtract(x_->get(), damage_, XCB_NONE, XCB_NONE);
  const CaptureTime time = now_time();
  if (!buffer_.fetch(*view_.area, drawn)) {
    // It is going away, or changing its size, which look() will show.
    look_again_ = true;
    dirty_ = {0, view_.area->height_px};
    next_frame_ = now + frame_duration_;
    return std::nullopt;
  }
  if (cursor_ && pointer_) changed = united(changed, cursor_->draw(buffer_, *pointer_));
  // A late frame does not shift the ones after it, unless it is later than a frame lasts.
  next_frame_ = std::max(next_frame_ + frame_duration_, now);
  if (next_frame_ < now + frame_duration_ / 4) next_frame_ = now + frame_duration_;
  return GrabbedImage{time, buffer_.image(), changed};
}

}  // namespace streamkit::desktop
