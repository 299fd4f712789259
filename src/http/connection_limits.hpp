#pragma once

#include <map>
#include <mutex>
#include <string>

namespace streamkit::http {

/// How many connections each client has. All addresses of an IPv6 /64 are one client, since one
/// subscriber usually has that many. Loopback addresses are not counted: a proxy may be there.
/// Thread-safety: every method from any thread.
class ConnectionLimits {
 public:
  /// `limit` connections for each client; 0: any number.
  explicit ConnectionLimits(std::size_t limit) : limit_(limit) {}

  /// `address` as text, IPv4 or IPv6. False, with nothing counted, for one too many.
  [[nodiscard]] bool enter(const std::string& address);
  /// Once for each enter() that was true.
  void leave(const std::string& address);

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::map<std::string, std::size_t> counts_;
};

}  // namespace streamkit::http
