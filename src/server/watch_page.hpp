#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/result.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>

namespace streamkit::server {

/// Serves GET /watch/{session_id}, a page that plays the stream, and /watch/assets/{name}, its
/// files.
/// Thread-safety: every method may be called from any thread, concurrently.
class WatchPage {
 public:
  /// Reads the page from `web_dir`. `sessions` must outlive this object.
  /// Errors: NotFound (a file of the page is missing; the message names it).
  static Result<std::unique_ptr<WatchPage>> open(const std::filesystem::path& web_dir,
                                                 SessionStore& sessions);

  /// Returns the routes. This object must outlive them.
  [[nodiscard]] std::vector<http::Route> routes();

 private:
  WatchPage(std::filesystem::path web_dir, std::string page, SessionStore& sessions)
      : web_dir_(std::move(web_dir)), page_(std::move(page)), sessions_(sessions) {}
  [[nodiscard]] http::Response asset(const http::RequestHead& request, std::string_view name) const;
  [[nodiscard]] http::Response respond(const http::RequestHead& request, std::string_view rest);
  [[nodiscard]] http::Response page(std::string_view session_id);

  const std::filesystem::path web_dir_;
  const std::string page_;
  SessionStore& sessions_;
};

/// Returns the route of /watch in a server without the page: 404.
[[nodiscard]] http::Route no_watch_page();

}  // namespace streamkit::server
