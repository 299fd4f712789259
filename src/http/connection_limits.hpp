#pragma once

#include <map>
#include <mutex>
#include <string>

namespace streamkit::http {

/// Counts the connections of each client. All addresses of an IPv6 /64 are one client, because one
/// subscriber usually has a whole /64. Loopback addresses are not counted: a proxy may use them.
/// Thread-safety: every method from any thread.
class ConnectionLimits {
 public:
  /// Allows `limit` connections for each client. 0: no limit.
  explicit ConnectionLimits(std::size_t limit) : limit_(limit) {}

  /// Counts a connection. `address` is an IPv4 or IPv6 address as text. Returns false, without
  /// counting, if the limit is reached.
  [[nodiscard]] bool enter(const std::string& address);
  /// Ends a connection. Call it once for each enter() that returned true.
  void leave(const std::string& address);

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::size_t> counts_;
};

}  // namespace streamkit::http
