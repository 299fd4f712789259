#include "desktop/audio_connection.hpp"

#include <streamkit/desktop/desktop_id.hpp>

namespace streamkit::desktop {
namespace {

constexpr std::string_view kPrefix = "pulse:";
constexpr std::string_view kScreen = "screen:";

}  // namespace

Error pulse_error(pa_context* context, const std::string& what) {
  const int code = context == nullptr ? PA_ERR_UNKNOWN : pa_context_errno(context);
  const ErrorCode kind = code == PA_ERR_NOENTITY ? ErrorCode::NotFound : ErrorCode::Unavailable;
  return Error{kind, what + ": " + pa_strerror(code), "pulse", code};
}

Result<PulseLoopPtr> start_pulse_loop() {
  PulseLoopPtr loop(pa_threaded_mainloop_new());
  if (loop == nullptr || pa_threaded_mainloop_start(loop.get()) < 0) {
    return Error{ErrorCode::ResourceExhausted, "cannot start a thread for the audio server"};
  }
  return loop;
}

Result<PulseContextPtr> connect_pulse(pa_threaded_mainloop* loop, const std::string& server,
                                      pa_context_notify_cb_t on_state, void* user) {
  PulseContextPtr context(pa_context_new(pa_threaded_mainloop_get_api(loop), "streamkit"));
  if (context == nullptr) return Error{ErrorCode::ResourceExhausted, "out of memory"};
  pa_context_set_state_callback(context.get(), on_state, user);
  const int code = pa_context_connect(context.get(), server.empty() ? nullptr : server.c_str(),
                                      PA_CONTEXT_NOAUTOSPAWN, nullptr);
  if (code < 0) return pulse_error(context.get(), "cannot reach the audio server");
  return context;
}

// Names are escaped as those of screens are.
std::string audio_id(const std::string& device) {
  return std::string(kPrefix) + to_string(DesktopId{.screen = device}).substr(kScreen.size());
}

std::optional<std::string> parse_audio_id(std::string_view id) {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  const auto parsed =
      parse_desktop_id(std::string(kScreen) + std::string(id.substr(kPrefix.size())));
  return parsed ? std::optional(parsed->screen) : std::nullopt;
}

}  // namespace streamkit::desktop
