#pragma once

#include <cstdint>
#include <streamkit/client/publisher.hpp>
#include <streamkit/store/uploader.hpp>

namespace streamkit::client {

/// Estimates a link from the uploads over it. Thread-safety: none.
class LinkMonitor {
 public:
  void add(const UploadSample& sample);
  [[nodiscard]] const LinkStatus& status() const noexcept { return status_; }
  /// Slower than real time, until it is clearly faster again.
  [[nodiscard]] bool is_slow() const noexcept { return slow_; }
  [[nodiscard]] std::uint64_t sample_count() const noexcept { return count_; }

 private:
  LinkStatus status_;
  std::uint64_t count_ = 0;
  bool slow_ = false;
};

/// Chooses the video bit rate for a link. It goes down as soon as an upload took longer than nine
/// tenths of real time and the link does not carry the present rate, to four fifths of what it
/// carries; and up by a quarter after several uploads that took less than half of real time, so
/// that it does not swing. Uploads of older chunks, after an outage, do not lower it further.
/// Thread-safety: none.
class BitRateController {
 public:
  explicit BitRateController(const AdaptiveBitRate& options);

  /// Call it after each upload. Returns the bit rate for what is encoded from now on; 0 when the
  /// rate is not adapted.
  int update(const UploadSample& sample, const LinkStatus& link);
  [[nodiscard]] int bit_rate_bps() const noexcept { return rate_bps_; }

 private:
  const AdaptiveBitRate options_;
  int rate_bps_;
  int fast_uploads_ = 0;  // in a row
};

}  // namespace streamkit::client
