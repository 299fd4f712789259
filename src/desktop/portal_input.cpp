#include <algorithm>
#include <cstdlib>
#include <optional>
#include <streamkit/core/contained.hpp>
#include <streamkit/desktop/portal_input.hpp>
#include <utility>

#include "desktop/cast_session.hpp"
#include "desktop/choice_file.hpp"
#include "desktop/frame_options.hpp"
#include "desktop/portal_id.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::chrono::seconds kListTime{5};
constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLongestRetry{2000};

Result<void> check(const PortalInputOptions& options) {
  if (!parse_portal_id(options.source)) {
    return Error{ErrorCode::InvalidArgument,
                 "'" + options.source +
                     "' is not a source of the desktop portal: use portal:screen or portal:window"};
  }
  if (auto valid = check_frames(options.width_px, options.height_px, options.frame_rate); !valid) {
    return valid;
  }
  if (auto valid = check_wait(options.patience, "patience"); !valid) return valid;
  return check_wait(options.user_timeout, "time of the user");
}

class PortalInput final : public VideoInput {
 public:
  /// The options have been checked.
  static Result<std::unique_ptr<VideoInput>> open(const PortalInputOptions& options,
                                                  const Context& context);

  [[nodiscard]] const VideoFormat& format() const noexcept override { return format_; }

  Result<LiveVideoItem> read(std::stop_token stop) override {
    return contained([&] { return read_item(stop); });
  }

 private:
  PortalInput(const PortalInputOptions& options, const Context& context, WakeDescriptor wake)
      : options_(options),
        context_(context),
        wake_(std::move(wake)),
        request_{*parse_portal_id(options.source), options.draw_cursor,
                 read_choice(options.choice_file)} {}

  Result<void> connect(const std::stop_token& stop, CaptureTime until);
  Result<LiveVideoItem> read_item(const std::stop_token& stop);
  Result<LiveVideoItem> reconnect(const std::stop_token& stop);
  Error lost_for_good(const Error& error);
  LiveVideoItem lose(std::string message, bool for_good);
  LiveVideoItem report(InputEvent event) const;

  const PortalInputOptions options_;
  const Context context_;
  const WakeDescriptor wake_;
  CastRequest request_;
  VideoFormat format_;
  std::optional<FrameScaler> scaler_;
  std::unique_ptr<CastSession> session_;  // null while it is lost
  bool ended_ = false;
  CaptureTime lost_at_ = {};
  std::chrono::milliseconds retry_after_ = kFirstRetry;
};

Result<std::unique_ptr<VideoInput>> PortalInput::open(const PortalInputOptions& options,
                                                      const Context& context) {
  auto wake = WakeDescriptor::create();
  if (!wake) return wake.error();
  std::unique_ptr<PortalInput> input(new PortalInput(options, context, *std::move(wake)));
  const auto until = std::chrono::steady_clock::now() + options.user_timeout;
  if (auto connected = input->connect(options.stop, until); !connected) return connected.error();
  input->format_ = frame_format(options.width_px, options.height_px, options.frame_rate,
                                input->session_->width_px(), input->session_->height_px());
  input->scaler_.emplace(input->format_);
  return std::unique_ptr<VideoInput>(std::move(input));
}

Result<void> PortalInput::connect(const std::stop_token& stop, CaptureTime until) {
  const std::stop_callback on_stop(stop, [this] { wake_.wake(); });
  auto session = CastSession::open(request_, options_.frame_rate, {stop, wake_, until});
  if (!session) return session.error();
  session_ = *std::move(session);
  // A token can be used once; the new one stands for the same choice.
  request_.restore_token = session_->restore_token();
  if (options_.choice_file.empty() || request_.restore_token.empty()) return {};
  if (auto written = write_choice(options_.choice_file, request_.restore_token); !written) {
    context_.log(LogLevel::Warning, "the choice of the screen or window is not remembered",
                 {{"error", to_string(written.error())}});
  }
  return {};
}

LiveVideoItem PortalInput::report(InputEvent event) const {
  context_.log(event.state == InputState::Running ? LogLevel::Info : LogLevel::Warning,
               event.message);
  return event;
}

LiveVideoItem PortalInput::lose(std::string message, bool for_good) {
  session_.reset();
  ended_ = for_good;
  lost_at_ = std::chrono::steady_clock::now();
  retry_after_ = kFirstRetry;
  return report({lost_at_, InputState::Lost, std::move(message)});
}

Result<LiveVideoItem> PortalInput::read_item(const std::stop_token& stop) {
  if (ended_) return LiveVideoItem(EndOfStream{});
  const std::stop_callback on_stop(stop, [this] { wake_.wake(); });
  if (!session_) return reconnect(stop);
  auto item = session_->next(*scaler_, stop, wake_);
  if (!item) return item.error();
  if (auto* frame = std::get_if<LiveFrame>(&*item)) return LiveVideoItem(std::move(*frame));
  if (auto* event = std::get_if<InputEvent>(&*item)) return report(*std::move(event));
  if (const auto* gone = std::get_if<CastGone>(&*item)) {
    return lose("the desktop's stream was lost: " + gone->reason, false);
  }
  return lose("the desktop has ended the capture: it was stopped there, or its source is gone",
              true);
}

Error PortalInput::lost_for_good(const Error& error) {
  ended_ = true;
  return {ErrorCode::Unavailable,
          "the desktop's stream was lost and did not come back: " + error.message, error.domain,
          error.native_code};
}

Result<LiveVideoItem> PortalInput::reconnect(const std::stop_token& stop) {
  const CaptureTime give_up = lost_at_ + options_.patience;
  for (;;) {
    // The desktop takes a moment to find out that its part is gone, too.
    const CaptureTime now = std::chrono::steady_clock::now();
    const CaptureTime next = std::min(now + retry_after_, give_up);
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < next) {
      wake_.wait(-1, next);
    }
    retry_after_ = std::min(2 * retry_after_, kLongestRetry);
    const auto connected = connect(stop, give_up);
    if (connected) {
      return report(
          {std::chrono::steady_clock::now(), InputState::Running, "the desktop's stream is back"});
    }
    const Error& error = connected.error();
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (error.code == ErrorCode::PermissionDenied) return lost_for_good(error);
    if (std::chrono::steady_clock::now() >= give_up) return lost_for_good(error);
  }
}

SourceInfo info_of(CastKind kind) {
  SourceInfo info;
  info.id = portal_id(kind);
  info.kind = kind == CastKind::Screen ? SourceKind::Screen : SourceKind::Window;
  info.name = kind == CastKind::Screen ? "A screen; the desktop asks which"
                                       : "A window; the desktop asks which";
  info.is_default = kind == CastKind::Screen;
  return info;
}

Result<std::vector<SourceInfo>> list() {
  const char* display = std::getenv("WAYLAND_DISPLAY");
  if (display == nullptr || *display == '\0') return std::vector<SourceInfo>{};
  auto wake = WakeDescriptor::create();
  if (!wake) return wake.error();
  auto bus = PortalBus::open();
  if (!bus) return bus.error();
  const std::stop_token never;
  const auto until = std::chrono::steady_clock::now() + kListTime;
  const auto abilities = cast_abilities(**bus, {never, *wake, until});
  if (!abilities) return abilities.error();
  std::vector<SourceInfo> sources;
  for (const CastKind kind : {CastKind::Screen, CastKind::Window}) {
    if (abilities->has(kind)) sources.push_back(info_of(kind));
  }
  return sources;
}

}  // namespace

Result<std::vector<SourceInfo>> list_portal_sources() {
  return contained([] { return list(); });
}

Result<std::unique_ptr<VideoInput>> open_portal_input(const PortalInputOptions& options,
                                                      Context context) {
  return contained([&]() -> Result<std::unique_ptr<VideoInput>> {
    if (const auto valid = check(options); !valid) return valid.error();
    return PortalInput::open(options, context);
  });
}

}  // namespace streamkit::desktop
