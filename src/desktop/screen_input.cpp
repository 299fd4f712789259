#include <algorithm>
#include <cstdint>
#include <optional>
#include <streamkit/core/contained.hpp>
#include <streamkit/desktop/screen_input.hpp>
#include <utility>

#include "desktop/frame_options.hpp"
#include "desktop/frame_scaler.hpp"
#include "desktop/screen_session.hpp"
#include "desktop/wake_descriptor.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLongestRetry{2000};

Result<void> check(const ScreenInputOptions& options) {
  if (auto valid = check_frames(options.width_px, options.height_px, options.frame_rate); !valid) {
    return valid;
  }
  if (options.region && (options.region->width_px < 1 || options.region->height_px < 1)) {
    return Error{ErrorCode::InvalidArgument, "the region must be at least 1x1"};
  }
  return check_wait(options.patience, "patience");
}

VideoFormat format_for(const ScreenInputOptions& options, const std::optional<GrabArea>& area) {
  constexpr GrabArea kUnknown{.width_px = 1280, .height_px = 720};
  const GrabArea& source = area ? *area : kUnknown;
  return frame_format(options.width_px, options.height_px, options.frame_rate, source.width_px,
                      source.height_px);
}

class ScreenInput final : public VideoInput {
 public:
  ScreenInput(const ScreenInputOptions& options, const Context& context,
              std::unique_ptr<ScreenSession> session, WakeDescriptor wake)
      : options_(options),
        context_(context),
        session_(std::move(session)),
        wake_(std::move(wake)),
        format_(format_for(options, session_->area())),
        scaler_(format_) {}

  [[nodiscard]] const VideoFormat& format() const noexcept override { return format_; }

  Result<LiveVideoItem> read(std::stop_token stop) override {
    return contained([&] { return read_item(stop); });
  }

 private:
  Result<LiveVideoItem> read_item(const std::stop_token& stop);
  Result<LiveVideoItem> lose_server();
  Result<LiveVideoItem> reconnect(const std::stop_token& stop);
  LiveVideoItem report(InputEvent event) const;

  const ScreenInputOptions options_;
  const Context context_;
  std::unique_ptr<ScreenSession> session_;  // null while the server is away
  const WakeDescriptor wake_;
  const VideoFormat format_;
  FrameScaler scaler_;
  bool ended_ = false;
  CaptureTime server_lost_at_ = {};
  std::chrono::milliseconds retry_after_ = kFirstRetry;
};

LiveVideoItem ScreenInput::report(InputEvent event) const {
  context_.log(event.state == InputState::Running ? LogLevel::Info : LogLevel::Warning,
               event.message);
  return event;
}

Result<LiveVideoItem> ScreenInput::read_item(const std::stop_token& stop) {
  if (ended_) return LiveVideoItem(EndOfStream{});
  const std::stop_callback on_stop(stop, [this] { wake_.wake(); });
  if (!session_) return reconnect(stop);
  auto item = session_->next(stop, wake_);
  if (!item) return item.error();
  if (const auto* grabbed = std::get_if<GrabbedImage>(&*item)) {
    return LiveVideoItem(
        LiveFrame{grabbed->time, scaler_.convert(grabbed->image, grabbed->changed)});
  }
  if (auto* event = std::get_if<InputEvent>(&*item)) return report(*std::move(event));
  if (std::holds_alternative<ServerGone>(*item)) return lose_server();
  ended_ = true;
  return LiveVideoItem(EndOfStream{});
}

Result<LiveVideoItem> ScreenInput::lose_server() {
  session_.reset();
  server_lost_at_ = std::chrono::steady_clock::now();
  retry_after_ = kFirstRetry;
  return report({server_lost_at_, InputState::Lost, "the X server went away"});
}

Result<LiveVideoItem> ScreenInput::reconnect(const std::stop_token& stop) {
  const CaptureTime give_up = server_lost_at_ + options_.patience;
  while (!stop.stop_requested()) {
    auto session = ScreenSession::open(options_);
    const CaptureTime now = std::chrono::steady_clock::now();
    if (session) {
      session_ = *std::move(session);
      return report({now, InputState::Running, "the X server is back"});
    }
    if (now >= give_up) {
      return Error{ErrorCode::Unavailable,
                   "the X server went away and what was captured did not "
                   "come back: " +
                       session.error().message};
    }
    wake_.wait(-1, std::min(now + retry_after_, give_up));
    retry_after_ = std::min(2 * retry_after_, kLongestRetry);
  }
  return Error{ErrorCode::Cancelled, "stopped"};
}

}  // namespace

Result<std::unique_ptr<VideoInput>> open_screen_input(const ScreenInputOptions& options,
                                                      Context context) {
  return contained([&]() -> Result<std::unique_ptr<VideoInput>> {
    if (const auto valid = check(options); !valid) return valid.error();
    auto session = ScreenSession::open(options);
    if (!session) return session.error();
    auto wake = WakeDescriptor::create();
    if (!wake) return wake.error();
    return std::make_unique<ScreenInput>(options, context, *std::move(session), *std::move(wake));
  });
}

}  // namespace streamkit::desktop
