#include "capture/ui_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <streamkit/net/url.hpp>

#include "capture/ui_guard.hpp"

namespace streamkit::capture_tool {
namespace {

struct Asset {
  std::string_view name;
  std::string_view content_type;
};

constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kStyle = "text/css; charset=utf-8";
constexpr std::string_view kPage = "control.html";
constexpr std::string_view kResult = "result.html";
constexpr std::string_view kHls = "hls.min.js";
constexpr std::array kAssets = {
    Asset{"control.css", kStyle},  Asset{"panels.css", kStyle},
    Asset{"result.css", kStyle},   Asset{"icon.svg", "image/svg+xml"},
    Asset{"actions.js", kScript},  Asset{"api.js", kScript},
    Asset{"audio.js", kScript},    Asset{"control.js", kScript},
    Asset{"live.js", kScript},     Asset{"result.js", kScript},
    Asset{"sessions.js", kScript}, Asset{"settings.js", kScript},
    Asset{"share.js", kScript},    Asset{"sources.js", kScript},
    Asset{"text.js", kScript},
};

// Everything must come from this program, without inline scripts and styles, and no other page may
// frame this one.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// hls.js passes data to the video element through a blob URL.
std::string result_policy(const std::string& origin) {
  return "default-src 'none'; script-src 'self'; style-src 'self'; media-src blob:; connect-src " +
         origin + "; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

http::Response html(std::string text, std::string policy) {
  auto response = http::text_response(200, "text/html; charset=utf-8", std::move(text));
  response.headers.push_back({"Content-Security-Policy", std::move(policy)});
  return secured(std::move(response));
}

}  // namespace

Result<UiFiles> UiFiles::read(const std::filesystem::path& web_dir,
                              const std::filesystem::path& hls_js) {
  UiFiles files;
  std::vector<std::string_view> names = {kPage, kResult};
  for (const auto& asset : kAssets) names.push_back(asset.name);
  for (const auto name : names) {
    auto text = read_text(web_dir / name);
    if (text.empty()) {
      return Error{ErrorCode::NotFound, "the control page's folder '" + web_dir.string() +
                                            "' has no " + std::string(name)};
    }
    files.texts_.emplace(name, std::make_shared<const std::string>(std::move(text)));
  }
  if (auto text = hls_js.empty() ? std::string() : read_text(hls_js); !text.empty()) {
    files.texts_.emplace(kHls, std::make_shared<const std::string>(std::move(text)));
  }
  return files;
}

http::Response UiFiles::page() const {
  return html(*texts_.find(kPage)->second, std::string(kPagePolicy));
}

http::Response UiFiles::asset(std::string_view name) const {
  const auto* const known = std::find_if(kAssets.begin(), kAssets.end(),
                                         [&](const Asset& asset) { return asset.name == name; });
  const auto text = texts_.find(name);
  if (text == texts_.end() || (known == kAssets.end() && name != kHls)) {
    return ui_error(404, "not_found", "no such file");
  }
  http::Response response;
  response.headers.push_back(
      {"Content-Type", std::string(known == kAssets.end() ? kScript : known->content_type)});
  response.body = text->second;
  return secured(std::move(response));
}

http::Response UiFiles::result(const std::string& playlist_url) const {
  const auto url = net::parse_url(playlist_url);
  if (!url || !texts_.contains(kHls)) {
    return ui_error(404, "not_found", "there is no 3D result to show");
  }
  constexpr std::string_view kMark = "{{playlist_url}}";
  std::string text = *texts_.find(kResult)->second;
  if (const auto at = text.find(kMark); at != std::string::npos) {
    text.replace(at, kMark.size(), html_escaped(playlist_url));
  }
  return html(std::move(text), result_policy(url->scheme + "://" + net::host_header(*url)));
}

}  // namespace streamkit::capture_tool
