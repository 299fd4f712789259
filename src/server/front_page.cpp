#include "server/front_page.hpp"

#include <nlohmann/json.hpp>
#include <streamkit/core/version.hpp>

#include "server/base_url.hpp"
#include "server/json_error.hpp"

namespace streamkit::server {
namespace {

constexpr std::string_view kStyle =
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;"
    "background:#111;color:#ddd}h1{font-size:1.4rem}code,pre{background:#222;border-radius:4px}"
    "code{padding:.1rem .3rem}pre{padding:.8rem;overflow-x:auto}a{color:#8cf}";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += character;
    }
  }
  return result;
}

http::Response front_page_response(const http::RequestHead& head, FrontPage page) {
  auto base = base_url(head, page.base_url);
  if (!base) return error_response(400, "invalid_argument", base.error().message);
  page.base_url = *std::move(base);
  const bool json = prefers_json(head.header("Accept"));
  auto response = json
                      ? http::text_response(200, "application/json", front_page_json(page) + '\n')
                      : http::text_response(200, "text/html; charset=utf-8", front_page_html(page));
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"Vary", "Accept"});
  response.headers.push_back(
      {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

}  // namespace

std::string front_page_html(const FrontPage& page) {
  const std::string base = escaped(page.base_url);
  const std::string key = page.needs_key ? " --api-key KEY" : "";
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>streamkit server</title>\n<style>";
  html += kStyle;
  html +=
      "</style>\n</head>\n<body>\n<h1>streamkit server</h1>\n"
      "<p>This server takes live video in chunks, turns it into stereoscopic 3D and plays it back "
      "behind one HLS URL.</p>\n<h2>Start a stream</h2>\n";
  if (page.streaming_enabled) {
    html += "<pre>streamkit-capture video.mp4 --api-base " + base + key +
            "</pre>\n<p>It prints the playlist's URL";
    html += page.watch_page ? " and the watch page's. " : ". ";
    html += page.needs_key ? "The key comes from whoever runs this server.</p>\n"
                           : "No key is needed here.</p>\n";
  } else {
    html += "<p>New streams are switched off on this server.</p>\n";
  }
  html += "<h2>Addresses</h2>\n<ul>\n<li>Playlist of a stream: <code>" + base +
          "/stream/ID/playlist.m3u8</code></li>\n";
  if (page.watch_page) {
    html += "<li>Watch page of a stream: <code>" + base + "/watch/ID</code></li>\n";
  }
  html +=
      "<li>State of the server: <a href=\"/healthz\">/healthz</a></li>\n"
      "<li>Measurements for Prometheus: <a href=\"/metrics\">/metrics</a></li>\n"
      "<li>This page for programs: <code>curl -H 'Accept: application/json' " +
      base +
      "/</code></li>\n</ul>\n<p>The HTTP API is described in <code>docs/http-api.md</code> of the "
      "project. Version " +
      std::string(version()) + ".</p>\n</body>\n</html>\n";
  return html;
}

std::string front_page_json(const FrontPage& page) {
  nlohmann::ordered_json json = {{"service", "streamkit-server"},
                                 {"version", version()},
                                 {"streaming_enabled", page.streaming_enabled},
                                 {"needs_api_key", page.needs_key},
                                 {"create_session_url", page.base_url + "/stream_sessions"},
                                 {"health_url", page.base_url + "/healthz"},
                                 {"metrics_url", page.base_url + "/metrics"}};
  return json.dump();
}

bool prefers_json(std::string_view accept) noexcept {
  const auto json = accept.find("application/json");
  return json != std::string_view::npos && json < accept.find("text/html");
}

http::Route front_page_route(FrontPage page) {
  return {.name = "front",
          .pattern = "/",
          .methods = {"GET", "HEAD"},
          .admit = [page = std::move(page)](const http::RequestHead& head,
                                            const http::PathParameters&) {
            return http::respond_to_head(head,
                                         [&head, page] { return front_page_response(head, page); });
          }};
}

}  // namespace streamkit::server
