#include "capture/picture_slots.hpp"

#include <utility>

namespace streamkit::capture {
namespace {

// The reader of the slots has been gone for long if more frames wait than this.
constexpr std::size_t kMostWaiting = 600;

}  // namespace

std::chrono::nanoseconds to_nanoseconds(MediaTime time) noexcept {
  return std::chrono::nanoseconds(to_ticks(time, 1, 1'000'000'000));
}

PictureSlots::Nanoseconds PictureSlots::closes_at(std::int64_t slot) const {
  return to_nanoseconds((rate_.time_of(slot) + rate_.time_of(slot + 1)) / 2);
}

std::int64_t PictureSlots::slot_of(Nanoseconds at) const {
  const MediaTime time = from_ticks(at.count(), 1, 1'000'000'000);
  std::int64_t slot = to_ticks(time, rate_.den, rate_.num);
  while (slot > 0 && closes_at(slot - 1) >= at) --slot;
  while (closes_at(slot) < at) ++slot;
  return slot;
}

void PictureSlots::push(Nanoseconds at, VideoFrame frame) {
  // Of several frames for one slot only the newest is needed.
  if (!waiting_.empty() && slot_of(waiting_.back().at) == slot_of(at)) {
    waiting_.back() = {at, std::move(frame)};
    ++unused_;
    return;
  }
  if (waiting_.size() >= kMostWaiting) {
    waiting_.pop_front();
    ++unused_;
  }
  waiting_.push_back({at, std::move(frame)});
}

bool PictureSlots::decided() const {
  return !waiting_.empty() && waiting_.back().at > closes_at(next_);
}

PictureSlots::Shown PictureSlots::take() {
  const Nanoseconds until = closes_at(next_);
  bool is_new = false;
  while (!waiting_.empty() && waiting_.front().at <= until) {
    if (is_new) ++unused_;
    shown_ = std::move(waiting_.front().frame);
    waiting_.pop_front();
    is_new = true;
  }
  Shown result{shown_, is_new};
  result.frame.pts = rate_.time_of(next_);
  result.frame.duration = rate_.time_of(next_ + 1) - result.frame.pts;
  ++next_;
  return result;
}

}  // namespace streamkit::capture
