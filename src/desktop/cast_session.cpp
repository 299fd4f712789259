#include "desktop/cast_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace streamkit::desktop {
namespace {

constexpr std::chrono::seconds kFormatTime{20};
// A desktop that waits for a change before it sends the first frame.
constexpr std::chrono::seconds kFirstFrameTime{2};
// The desktop reports the end of a cast after the end of its stream.
constexpr std::chrono::milliseconds kReportTime{500};
// A stream pauses for a moment when its size changes.
constexpr std::chrono::seconds kLongestPause{5};

CaptureTime now_time() { return std::chrono::steady_clock::now(); }

std::string kind_name(CastKind kind) { return kind == CastKind::Screen ? "screen" : "window"; }

}  // namespace

Result<std::unique_ptr<CastSession>> CastSession::open(const CastRequest& request,
                                                       FrameRate most_frames,
                                                       const PortalWait& wait) {
  auto bus = PortalBus::open();
  if (!bus) return bus.error();
  auto cast = ScreenCast::start(**bus, request, wait);
  if (!cast) return cast.error();
  auto stream = PipewireStream::connect((*cast)->take_remote(), (*cast)->node(), most_frames);
  if (!stream) return stream.error();
  std::unique_ptr<CastSession> session(
      new CastSession(*std::move(bus), *std::move(cast), *std::move(stream), request, most_frames));
  if (auto begun = session->wait_for_frame(wait); !begun) return begun.error();
  return session;
}

CastSession::CastSession(std::unique_ptr<PortalBus> bus, std::unique_ptr<ScreenCast> cast,
                         std::unique_ptr<PipewireStream> stream, const CastRequest& request,
                         FrameRate most_frames)
    : kind_(kind_name(request.kind)),
      frame_duration_(
          std::chrono::duration_cast<std::chrono::nanoseconds>(most_frames.frame_duration())),
      bus_(std::move(bus)),
      cast_(std::move(cast)),
      stream_(std::move(stream)) {}

Result<void> CastSession::wait_for_frame(const PortalWait& wait) {
  CaptureTime until = now_time() + kFormatTime;
  bool has_format = false;
  for (;;) {
    handle_events();
    {
      const PipewireLock locked = stream_->lock();
      if (!stream_->failure().empty() || cast_->ended()) {
        return Error{ErrorCode::Unavailable,
                     "the stream of the " + kind_ + " does not begin: " + stream_->failure()};
      }
      if (stream_->format() && !has_format) until = now_time() + kFirstFrameTime;
      has_format = stream_->format().has_value();
      if (stream_->has_frame() || (has_format && now_time() >= until)) return note_size();
    }
    if (wait.stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (now_time() >= until) {
      return Error{ErrorCode::Unavailable,
                   "the stream of the " + kind_ +
                       " does not begin; PipeWire needs a session manager such as WirePlumber"};
    }
    wait_for_events(wait.wake, until);
  }
}

Result<void> CastSession::note_size() {
  width_px_ = stream_->format()->width_px;
  height_px_ = stream_->format()->height_px;
  if (const auto image = image_of_frame()) {
    width_px_ = image->width_px;
    height_px_ = image->height_px;
  }
  return {};
}

void CastSession::handle_events() {
  bus_->process();
  stream_->clear();
}

void CastSession::wait_for_events(const WakeDescriptor& wake, CaptureTime until) const {
  const std::array<pollfd, 2> both = {{bus_->descriptor(), {stream_->descriptor(), POLLIN, 0}}};
  wake.wait(both, std::min(until, bus_->deadline().value_or(until)));
}

Result<CastItem> CastSession::next(FrameScaler& scaler, const std::stop_token& stop,
                                   const WakeDescriptor& wake) {
  while (!stop.stop_requested()) {
    handle_events();
    const CaptureTime now = now_time();
    CaptureTime until;
    {
      const PipewireLock locked = stream_->lock();
      if (auto item = loss(now)) return *std::move(item);
      if (auto item = step(scaler, now)) return *std::move(item);
      until = wake_time(now);
    }
    wait_for_events(wake, until);
  }
  return Error{ErrorCode::Cancelled, "stopped"};
}

CaptureTime CastSession::wake_time(CaptureTime now) const {
  // Nothing but events wakes a session that shows nothing new; the hour is a bound, no more.
  CaptureTime until = now + std::chrono::hours(1);
  if (stream_->has_frame()) until = std::max(next_frame_, now);
  if (stopped_at_) until = std::min(until, now + kReportTime);
  return until;
}

std::optional<CastItem> CastSession::loss(CaptureTime now) {
  if (cast_->ended()) return CastEnded{};
  const bool failed = !stream_->failure().empty();
  if (stream_->is_streaming()) was_streaming_ = true;
  if (!failed && (stream_->is_streaming() || !was_streaming_)) {
    stopped_at_.reset();
    return std::nullopt;
  }
  if (!stopped_at_) stopped_at_ = now;
  if (failed && now - *stopped_at_ >= kReportTime) return CastGone{stream_->failure()};
  if (now - *stopped_at_ >= kLongestPause) return CastGone{"its stream has stopped"};
  return std::nullopt;
}

std::optional<RgbImage> CastSession::image_of_frame() {
  const auto frame = stream_->frame();
  if (!frame) return std::nullopt;
  return upright(rgb_image(frame->image, frame->part, converted_), frame->turn, upright_);
}

std::optional<CastItem> CastSession::step(FrameScaler& scaler, CaptureTime now) {
  if (!stream_->has_frame() || now < next_frame_) return std::nullopt;
  const auto image = image_of_frame();
  if (!image) {
    stream_->release_frame();
    return std::nullopt;
  }
  if (image->width_px != width_px_ || image->height_px != height_px_) {
    width_px_ = image->width_px;
    height_px_ = image->height_px;
    return InputEvent{now, InputState::Running,
                      "the " + kind_ + " was resized to " + std::to_string(width_px_) + "x" +
                          std::to_string(height_px_)};
  }
  // A late frame does not shift the ones after it, unless it is later than a frame lasts.
  next_frame_ = std::max(next_frame_ + frame_duration_, now);
  if (next_frame_ < now + frame_duration_ / 4) next_frame_ = now + frame_duration_;
  LiveFrame frame{stream_->frame()->time, scaler.convert(*image, {0, image->height_px})};
  stream_->release_frame();
  return frame;
}

}  // namespace streamkit::desktop
