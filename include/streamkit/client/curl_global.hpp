#pragma once

#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <utility>

namespace streamkit::client {

/// libcurl's process-global state, which belongs to the application: create one at the start of
/// main() and keep it while any HttpClient lives. Without one the first request sets the state up,
/// and it stays until the process ends.
class STREAMKIT_API CurlGlobal {
 public:
  /// Errors: Internal.
  static Result<CurlGlobal> create();

  CurlGlobal(CurlGlobal&& other) noexcept : owned_(std::exchange(other.owned_, false)) {}
  CurlGlobal& operator=(CurlGlobal&&) = delete;
  ~CurlGlobal();

 private:
  CurlGlobal() = default;
  bool owned_ = true;
};

}  // namespace streamkit::client
