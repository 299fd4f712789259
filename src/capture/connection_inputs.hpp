#pragma once

#include <memory>
#include <streamkit/core/live_input.hpp>

#include "capture/live_connection.hpp"

namespace streamkit::capture {

/// Return the inputs of a connection that has the track. They keep the connection alive.
[[nodiscard]] std::unique_ptr<VideoInput> video_of(std::shared_ptr<LiveConnection> connection);
[[nodiscard]] std::unique_ptr<AudioInput> audio_of(std::shared_ptr<LiveConnection> connection);

}  // namespace streamkit::capture
