#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <thread>
#include <variant>

namespace streamkit::desktop {

/// Much more than an idle machine needs.
constexpr std::chrono::seconds kPatience{60};

/// What a read gave within `limit`; Cancelled if nothing came.
inline Result<LiveVideoItem> read_within(VideoInput& input, std::chrono::milliseconds limit) {
  std::stop_source stop;
  std::stop_source done;
  const std::jthread timer([&stop, end = done.get_token(), limit] {
    system_clock().wait_until(std::chrono::steady_clock::now() + limit, end);
    stop.request_stop();
  });
  auto item = input.read(stop.get_token());
  done.request_stop();
  return item;
}

/// Reads until a frame of which `is_right` holds; nothing if none comes in time. What else comes is
/// passed over.
inline std::optional<LiveFrame> frame_with(VideoInput& input,
                                           const std::function<bool(const VideoFrame&)>& is_right) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    auto item = read_within(input, kPatience);
    if (!item || std::holds_alternative<EndOfStream>(*item)) return std::nullopt;
    auto* frame = std::get_if<LiveFrame>(&*item);
    if (frame != nullptr && is_right(frame->frame)) return *std::move(frame);
  }
  return std::nullopt;
}

/// Reads until an event of this state.
inline std::optional<InputEvent> event_with(VideoInput& input, InputState state) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    auto item = read_within(input, kPatience);
    if (!item || std::holds_alternative<EndOfStream>(*item)) return std::nullopt;
    const auto* event = std::get_if<InputEvent>(&*item);
    if (event != nullptr && event->state == state) return *event;
  }
  return std::nullopt;
}

}  // namespace streamkit::desktop
