#pragma once

#include <filesystem>
#include <map>
#include <streamkit/core/result.hpp>
#include <streamkit/core/shared_text.hpp>
#include <streamkit/http/message.hpp>
#include <string>
#include <string_view>

namespace streamkit::capture_tool {

/// The files of the control page, read once. A name in a request is only looked up in a table, so
/// that no path from a request reaches the file system.
/// Thread-safety: every method may be called from any thread.
class UiFiles {
 public:
  /// Errors: NotFound, naming the file. `hls_js` may be missing.
  static Result<UiFiles> read(const std::filesystem::path& web_dir,
                              const std::filesystem::path& hls_js);

  [[nodiscard]] http::Response page() const;
  [[nodiscard]] http::Response asset(std::string_view name) const;
  /// Returns the page inside the page that plays the 3D result: it may connect to the playlist's
  /// server and to nothing else. 404 without a playlist or without hls.js.
  [[nodiscard]] http::Response result(const std::string& playlist_url) const;

 private:
  std::map<std::string, SharedText, std::less<>> texts_;
};

}  // namespace streamkit::capture_tool
