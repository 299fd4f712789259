#include "input_watcher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "flash_clip.hpp"

namespace streamkit::capture {

using std::chrono::milliseconds;

InputWatcher::InputWatcher(UrlInputs inputs)
    : inputs_(std::move(inputs)),
      video_([this] { watch_video(); }),
      audio_([this] { watch_audio(); }) {}

InputWatcher::~InputWatcher() { stop_.request_stop(); }

void InputWatcher::report(bool met) { EXPECT_TRUE(met) << "the input did not do so in a minute"; }

InputWatcher::Seen InputWatcher::wait_for_seconds(std::size_t count) {
  std::optional<std::size_t> flashes;
  std::size_t tones = 0;
  return wait_for([&](const Seen& seen) {
    if (!flashes) {
      flashes = seen.flashes.size() + count;
      tones = seen.tones.size() + count;
    }
    return seen.flashes.size() >= *flashes && seen.tones.size() >= tones;
  });
}

InputWatcher::Seen InputWatcher::wait_for_state(InputState state) {
  return wait_for(
      [&](const Seen& seen) { return !seen.events.empty() && seen.events.back() == state; });
}

void InputWatcher::watch_video() {
  bool was_flash = true;
  for (;;) {
    auto item = inputs_.video->read(stop_.get_token());
    std::lock_guard lock(mutex_);
    changed_.notify_all();
    if (!item) {
      seen_.failure = item.error();
      return;
    }
    if (const auto* event = std::get_if<InputEvent>(&*item)) seen_.events.push_back(event->state);
    seen_.ended = std::holds_alternative<EndOfStream>(*item);
    if (seen_.ended) return;
    const auto* frame = std::get_if<LiveFrame>(&*item);
    if (frame == nullptr) continue;
    ++seen_.frames;
    seen_.any_early = seen_.any_early || frame->time > std::chrono::steady_clock::now();
    const bool flash = is_flash(frame->frame);
    if (flash && !was_flash) seen_.flashes.push_back(frame->time);
    was_flash = flash;
  }
}

void InputWatcher::watch_audio() {
  for (;;) {
    auto item = inputs_.audio->read(stop_.get_token());
    if (!item || std::holds_alternative<EndOfStream>(*item)) return;
    const auto* run = std::get_if<LiveAudio>(&*item);
    const auto begin = run == nullptr ? std::nullopt : tone_begin(*run);
    if (!begin) continue;
    std::lock_guard lock(mutex_);
    changed_.notify_all();
    if (!seen_.tones.empty() && *begin - seen_.tones.back() < milliseconds(500)) {
      continue;
    }
    seen_.tones.push_back(*begin);
  }
}

void expect_in_step(const InputWatcher::Seen& seen) {
  std::size_t found = 0;
  for (const CaptureTime flash : seen.flashes) {
    found += std::any_of(seen.tones.begin(), seen.tones.end(), [&](CaptureTime tone) {
      return std::chrono::abs(tone - flash) < milliseconds(33);
    });
  }
  EXPECT_GE(found + 2, seen.flashes.size());
  EXPECT_GE(found, 1u);
}

}  // namespace streamkit::capture
