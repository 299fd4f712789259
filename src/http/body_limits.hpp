#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace streamkit::http {

/// Limits the number of request bodies that arrive at a time, and the memory that they take: of all
/// clients together, of each client, and of each sender. A body that is stored as it comes takes no
/// memory, whatever length it announces.
/// Thread-safety: every method from any thread.
class BodyLimits {
 public:
  /// 0: no limit.
  struct Share {
    std::uint64_t bodies = 0;
    std::uint64_t bytes = 0;
  };
  struct Options {
    Share all = {};
    Share client = {};
    Share sender = {};
  };
  /// The limit that a body would exceed.
  enum class Limit { None, All, Client, Sender };

  /// One body, from its first byte to the end of its request. The destructor returns its share. One
  /// thread at a time.
  class Body {
   public:
    explicit Body(BodyLimits& limits) noexcept : limits_(limits) {}
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    ~Body();

    /// Counts the body for its client and its sender. An empty name is not counted. Call it once.
    /// Has no effect if a limit would be exceeded.
    [[nodiscard]] Limit begin(std::string client, std::string sender);
    /// Sets the number of bytes that the body takes in memory. Has no effect if a limit would be
    /// exceeded; fewer bytes than before are always possible. Requires begin().
    [[nodiscard]] Limit hold(std::uint64_t bytes);

   private:
    BodyLimits& limits_;
    std::string client_;
    std::string sender_;
    bool counted_ = false;
    std::uint64_t bytes_ = 0;
  };

  explicit BodyLimits(Options options) : options_(options) {}

  /// Returns what all bodies take now.
  [[nodiscard]] Share used() const;

 private:
  using Names = std::map<std::string, Share>;

  [[nodiscard]] Limit add(const std::string& client, const std::string& sender, Share more);
  void remove(const std::string& client, const std::string& sender, Share less);

  const Options options_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  Share used_;
  Names clients_;
  Names senders_;
};

}  // namespace streamkit::http
