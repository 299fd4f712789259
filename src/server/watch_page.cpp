#include "server/watch_page.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <streamkit/store/chunk_key.hpp>

#include <streamkit/http/open_file.hpp>
#include <streamkit/server/server.hpp>
#include "server/json_error.hpp"
#include "server/route_names.hpp"

namespace streamkit::server {
namespace {

constexpr std::string_view kPageFile = "watch.html";

struct Asset {
  std::string_view name;
  std::string_view content_type;
};

// Only the names in this table are served, so that no path from a request reaches the file system.
constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::array kAssets = {
    Asset{"watch.css", "text/css; charset=utf-8"},
    Asset{"clipboard.js", kScript},
    Asset{"controls.js", kScript},
    Asset{"feed.js", kScript},
    Asset{"fullscreen.js", kScript},
    Asset{"hls.min.js", kScript},
    Asset{"player.js", kScript},
    Asset{"stereo_layout.js", kScript},
    Asset{"stereo_painter.js", kScript},
    Asset{"stereo_view.js", kScript},
    Asset{"watch.js", kScript},
};

// Everything must come from this server, without inline scripts and styles, and the page must not
// be framed by other sites. hls.js passes data to the video element through a blob URL.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

http::Route watch_route() {
  return {.name = "watch", .pattern = "/watch/{rest...}", .rate_weight = kViewingWeight};
}

}  // namespace

Result<std::unique_ptr<WatchPage>> WatchPage::open(const std::filesystem::path& web_dir,
                                                   SessionStore& sessions) {
  std::ifstream file(web_dir / kPageFile, std::ios::binary);
  std::string page{std::istreambuf_iterator<char>(file), {}};
  std::string_view missing = page.empty() ? kPageFile : "";
  for (const auto& asset : kAssets) {
    if (!std::filesystem::is_regular_file(web_dir / asset.name)) missing = asset.name;
  }
  if (!missing.empty()) {
    return Error{ErrorCode::NotFound,
                 "the watch page's folder " + web_dir.string() + " has no " + std::string(missing)};
  }
  return std::unique_ptr<WatchPage>(new WatchPage(web_dir, std::move(page), sessions));
}

std::vector<http::Route> WatchPage::routes() {
  auto route = watch_route();
  route.methods = {"GET", "HEAD"};
  route.admit = [this](const http::RequestHead& head, const http::PathParameters& path) {
    return http::respond_to_head(
        head, [this, &head, rest = path["rest"]] { return respond(head, rest); });
  };
  return {std::move(route)};
}

http::Route no_watch_page() {
  auto route = watch_route();
  route.admit = [](const http::RequestHead& head, const http::PathParameters&) {
    return http::respond_to_head(head, [] {
      return error_response(404, "not_found", "this server was started without the watch page");
    });
  };
  return route;
}

http::Response WatchPage::respond(const http::RequestHead& request, std::string_view rest) {
  constexpr std::string_view kAssetPrefix = "assets/";
  if (rest.starts_with(kAssetPrefix)) return asset(request, rest.substr(kAssetPrefix.size()));
  return is_valid_session_id(rest) ? page(rest) : invalid_session_id();
}

http::Response WatchPage::asset(const http::RequestHead& request, std::string_view name) const {
  for (const auto& asset : kAssets) {
    if (asset.name != name) continue;
    auto file = http::OpenFile::open(web_dir_ / name);
    if (!file) break;
    const auto modified = (*file)->modified();
    auto response =
        worded_file_response(request, *std::move(file), modified, std::string(asset.content_type));
    // The names do not change between versions, so clients must revalidate them. Usually the
    // response is 304.
    response.headers.push_back({"Cache-Control", "no-cache"});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    return response;
  }
  return error_response(404, "not_found", "no such file");
}

http::Response WatchPage::page(std::string_view session_id) {
  const auto session = sessions_.find(session_id);
  if (!session && session.error().code != ErrorCode::NotFound) {
    return error_response(503, "unavailable", "the session store is not available, try again");
  }
  // An empty mode lets the page report that the stream does not exist.
  const std::string_view mode = session ? to_string(session->mode) : "";
  std::string html = page_;
  replace_all(html, "{{session_id}}", session_id);
  replace_all(html, "{{mode}}", mode);
  auto response =
      http::text_response(session ? 200 : 404, "text/html; charset=utf-8", std::move(html));
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"Content-Security-Policy", std::string(kContentSecurityPolicy)});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  return response;
}

std::filesystem::path default_web_dir() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return {};
  auto web_dir = program.parent_path().parent_path() / "share" / "streamkit" / "web";
  return std::filesystem::is_regular_file(web_dir / kPageFile, failure) ? web_dir
                                                                        : std::filesystem::path();
}

}  // namespace streamkit::server
