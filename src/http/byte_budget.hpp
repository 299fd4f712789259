#pragma once

#include <atomic>
#include <cstdint>

namespace streamkit::http {

/// Limits the number of bytes that all holders together have at a time.
/// Thread-safety: every method from any thread.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t limit_bytes) noexcept : limit_bytes_(limit_bytes) {}

  /// The bytes that one holder has taken from a budget. The destructor returns them. One thread at
  /// a time.
  class Share {
   public:
    explicit Share(ByteBudget& budget) noexcept : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { budget_.used_bytes_ -= bytes_; }

    /// Takes further bytes. Returns false, without taking any, if fewer are left.
    [[nodiscard]] bool grow(std::uint64_t bytes) noexcept {
      if (!budget_.take(bytes)) return false;
      bytes_ += bytes;
      return true;
    }

   private:
    ByteBudget& budget_;
    std::uint64_t bytes_ = 0;
  };

  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }

 private:
  bool take(std::uint64_t bytes) noexcept {
    std::uint64_t used = used_bytes_.load();
    do {
      if (bytes > limit_bytes_ - used) return false;
    } while (!used_bytes_.compare_exchange_weak(used, used + bytes));
    return true;
  }

  const std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> used_bytes_ = 0;
};

}  // namespace streamkit::http
