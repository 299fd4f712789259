#pragma once

#include <optional>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

#include "desktop/audio_handles.hpp"

namespace streamkit::desktop {

/// Returns an error with the reason that the context states.
[[nodiscard]] Error pulse_error(pa_context* context, const std::string& what);

/// Returns a running loop.
Result<PulseLoopPtr> start_pulse_loop();

/// Begins to connect; `on_state` is called by the loop's thread. The loop must be locked.
Result<PulseContextPtr> connect_pulse(pa_threaded_mainloop* loop, const std::string& server,
                                      pa_context_notify_cb_t on_state, void* user);

/// Returns the id of a device, and the device of an id; nothing if it is not an audio device's.
[[nodiscard]] std::string audio_id(const std::string& device);
[[nodiscard]] std::optional<std::string> parse_audio_id(std::string_view id);

}  // namespace streamkit::desktop
