#include "desktop/wake_descriptor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace streamkit::desktop {
namespace {

constexpr std::chrono::hours kLongest{1};

timespec time_until(CaptureTime until) {
  const auto left = until - std::chrono::steady_clock::now();
  const auto bounded =
      std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds(0), kLongest);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(bounded);
  return {seconds.count(), (bounded - seconds).count()};
}

}  // namespace

Result<WakeDescriptor> WakeDescriptor::create() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor >= 0) return WakeDescriptor(descriptor);
  return Error{ErrorCode::ResourceExhausted, "no file descriptor is left", "posix", errno};
}

WakeDescriptor::~WakeDescriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

WakeDescriptor::WakeDescriptor(WakeDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

void WakeDescriptor::wake() const noexcept { eventfd_write(descriptor_, 1); }

void WakeDescriptor::wait(int descriptor, std::optional<CaptureTime> until) const {
  const std::array<pollfd, 1> one = {{{descriptor, POLLIN, 0}}};
  wait(one, until);
}

void WakeDescriptor::wait(std::span<const pollfd> descriptors,
                          std::optional<CaptureTime> until) const {
  assert(descriptors.size() <= kMostDescriptors);
  std::array<pollfd, kMostDescriptors + 1> all = {{{descriptor_, POLLIN, 0}}};
  std::copy(descriptors.begin(), descriptors.end(), all.begin() + 1);
  const timespec timeout = until ? time_until(*until) : timespec{};
  ppoll(all.data(), descriptors.size() + 1, until ? &timeout : nullptr, nullptr);
  // Whoever called wake() has set what the waiting thread checks next.
  eventfd_t count = 0;
  eventfd_read(descriptor_, &count);
}

}  // namespace streamkit::desktop
