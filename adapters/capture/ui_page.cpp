#include "capture/ui_page.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <streamkit/http/router.hpp>
#include <streamkit/http/server.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/random_text.hpp>
#include <streamkit/net/url.hpp>
#include <system_error>
#include <utility>

#include "capture/ui_files.hpp"
#include "capture/ui_guard.hpp"
#include "capture/ui_json.hpp"
#include "capture/ui_qr.hpp"
#include "capture/ui_sessions.hpp"
#include "capture/ui_status.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::size_t kTokenLength = 32;  // 160 random bits
constexpr std::uint64_t kMostBodyBytes = 16 * 1024;
constexpr std::size_t kMostConnections = 64;
constexpr std::string_view kStatusTopic = "status";

http::Response json_response(std::string json) {
  return secured(http::text_response(200, "application/json", std::move(json)));
}

int status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::AlreadyExists:
      return 409;
    case ErrorCode::Internal:
      return 500;
    default:
      return 503;
  }
}

http::Response to_response(const Error& error) {
  return ui_error(status_of(error.code), streamkit::to_string(error.code), error.message);
}

http::Response to_response(const Result<void>& done) {
  return done ? json_response("{}") : to_response(done.error());
}

http::Response word_error(int status, std::string_view message) {
  return ui_error(status, "rejected", message);
}

// Devices and servers are asked on threads that may block.
template <typename Respond>
http::Admission blocking_read(Respond respond) {
  return {.exchange = std::make_unique<http::HeadExchange<Respond>>(std::move(respond)),
          .max_body_bytes = 0,
          .blocking = true};
}

class Page final : public ControlPage, private http::Handler {
 public:
  Page(ControlPageOptions options, UiFiles files, std::string token, CaptureControl& control,
       Context context)
      : options_(std::move(options)),
        files_(std::move(files)),
        token_(std::move(token)),
        control_(control),
        context_(context),
        sessions_(options_.sessions_file, context),
        router_(routes(), word_error, {.logger = context.logger, .clock = context.clock}) {}
  ~Page() override {
    if (!server_) return;
    server_->stop();  // Its threads read from the watch, whose thread wakes them.
    watch_.reset();
  }

  Result<void> listen() {
    auto server = http::Server::start({.listen = "127.0.0.1:" + std::to_string(options_.port),
                                       .threads = 2,
                                       .blocking_threads = 4,
                                       .max_connections = kMostConnections,
                                       .stop_grace = std::chrono::milliseconds(500)},
                                      *this, {.logger = context_.logger, .clock = context_.clock});
    if (!server) return server.error();
    server_ = *std::move(server);
    watch_ = std::make_unique<StatusWatch>(
        control_, sessions_, [this] { server_->wake(kStatusTopic); }, context_);
    started_.store(true, std::memory_order_release);
    return {};
  }
  [[nodiscard]] std::string url() const override {
    return server_->local_url() + "/" + token_ + "/";
  }

 private:
  // Before a route is looked up, which would take a time that depends on the path.
  [[nodiscard]] http::AdmissionResult admit(const http::RequestHead& head) override {
    if (auto rejected = check_ui_request(head, token_)) return *std::move(rejected);
    return router_.admit(head);
  }
  [[nodiscard]] http::Response error(const http::RequestHead& head, int status,
                                     std::string_view message) const override {
    return router_.error(head, status, message);
  }
  std::vector<http::Route> routes();
  std::vector<http::Route> file_routes();
  std::vector<http::Route> read_routes();
  std::vector<http::Route> change_routes();
  template <typename Respond>
  http::Route read_route(std::string pattern, Respond respond, bool blocking = false);
  template <typename Act>
  http::Route change_route(std::string call, Act act);
  http::Response preview(const http::RequestHead& head);
  http::Response choices() const;
  http::Response encoders() const;
  http::Response qr() const;
  http::Response events() const;
  Result<void> start_capture(std::string_view body);
  Result<void> choose_recording(CaptureRequest& request) const;
  [[nodiscard]] std::string name_of(const std::string& source_id);

  const ControlPageOptions options_;
  const UiFiles files_;
  const std::string token_;
  CaptureControl& control_;
  const Context context_;
  RecentSessions sessions_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<StatusWatch> watch_;
  // Requests are rejected until watch_ is there.
  std::atomic<bool> started_ = false;
  mutable std::mutex mutex_;
  // Guarded by mutex_: the request that was started last.
  CaptureRequest current_;
};

template <typename Respond>
http::Route Page::read_route(std::string pattern, Respond respond, bool blocking) {
  http::Route route{
      .name = "ui", .pattern = "/" + token_ + "/" + pattern, .methods = {"GET", "HEAD"}};
  route.admit = [this, respond, blocking](
                    const http::RequestHead& head,
                    const http::PathParameters& path) -> http::AdmissionResult {
    if (!started_.load(std::memory_order_acquire)) return word_error(503, "starting, try again");
    auto call = [&head, respond, path]() -> http::Reply { return respond(head, path); };
    if (blocking) return blocking_read(std::move(call));
    return http::respond_to_head(head, std::move(call));
  };
  return route;
}

// `act` is callable as Result<void>(std::string_view body).
template <typename Act>
http::Route Page::change_route(std::string call, Act act) {
  http::Route route{
      .name = "ui", .pattern = "/" + token_ + "/api/" + std::move(call), .methods = {"POST"}};
  route.admit = [this, act](const http::RequestHead& head,
                            const http::PathParameters&) -> http::AdmissionResult {
    if (!started_.load(std::memory_order_acquire)) return word_error(503, "starting, try again");
    // A form of another page cannot send this type.
    if (head.header("Content-Type") != "application/json") {
      return word_error(415, "send JSON as application/json");
    }
    auto admission = http::respond_to_body(
        kMostBodyBytes,
        [act](std::string_view body) -> http::Reply { return to_response(act(body)); });
    admission.blocking = true;
    return admission;
  };
  return route;
}

std::vector<http::Route> Page::file_routes() {
  using Head = http::RequestHead;
  using Path = http::PathParameters;
  return {
      read_route("", [this](const Head&, const Path&) { return files_.page(); }),
      read_route("assets/{name}",
                 [this](const Head&, const Path& path) { return files_.asset(path["name"]); }),
      read_route("result",
                 [this](const Head&, const Path&) {
                   return files_.result(watch_->snapshot().playlist_url);
                 }),
      read_route("qr.svg", [this](const Head&, const Path&) { return qr(); }),
  };
}

std::vector<http::Route> Page::read_routes() {
  using Head = http::RequestHead;
  using Path = http::PathParameters;
  constexpr bool kBlocking = true;
  return {
      read_route("api/choices", [this](const Head&, const Path&) { return choices(); }),
      read_route(
          "api/status",
          [this](const Head&, const Path&) { return json_response(*watch_->snapshot().json); }),
      read_route("api/events", [this](const Head&, const Path&) { return events(); }),
      read_route("api/sessions",
                 [this](const Head&, const Path&) { return json_response(sessions_.json()); }),
      read_route(
          "api/sources",
          [this](const Head&, const Path&) {
            return json_response(sources_json(control_.sources()));
          },
          kBlocking),
      read_route(
          "api/encoders", [this](const Head&, const Path&) { return encoders(); }, kBlocking),
      read_route(
          "api/preview.jpg", [this](const Head& head, const Path&) { return preview(head); },
          kBlocking),
  };
}

std::vector<http::Route> Page::change_routes() {
  return {
      change_route("start", [this](std::string_view body) { return start_capture(body); }),
      change_route("pause",
                   [this](std::string_view body) {
                     return parse_paused(body).and_then(
                         [this](bool paused) { return control_.pause(paused); });
                   }),
      change_route("audio",
                   [this](std::string_view body) {
                     return parse_audio_setting(body).and_then([this](const AudioSetting& set) {
                       return control_.set_audio(set.id, set.level, set.muted);
                     });
                   }),
      change_route("stop", [this](std::string_view) { return control_.stop_capture(); }),
      change_route("end", [this](std::string_view) { return control_.end_session(); }),
  };
}

std::vector<http::Route> Page::routes() {
  std::vector<http::Route> all = file_routes();
  for (auto& route : read_routes()) all.push_back(std::move(route));
  for (auto& route : change_routes()) all.push_back(std::move(route));
  return all;
}

http::Response Page::preview(const http::RequestHead& head) {
  const auto id = net::percent_decode(head.query_value("source").value_or(""));
  if (!id || id->empty()) return word_error(400, "name a source");
  auto jpeg = control_.preview(*id);
  if (!jpeg) return to_response(jpeg.error());
  return secured(http::text_response(200, "image/jpeg", std::string(jpeg->begin(), jpeg->end())));
}

http::Response Page::choices() const {
  const std::lock_guard lock(mutex_);
  return json_response(choices_json(options_, current_));
}

http::Response Page::encoders() const {
  std::vector<EncoderChoice> found;
  if (options_.encoders) found = options_.encoders();
  return json_response(encoders_json(found));
}

http::Response Page::qr() const {
  auto svg = qr_svg(watch_->snapshot().playlist_url);
  if (!svg) return ui_error(404, "not_found", "there is no playlist yet");
  auto response = http::text_response(200, "image/svg+xml", *std::move(svg));
  response.headers.push_back({"Content-Security-Policy", "default-src 'none'"});
  return secured(std::move(response));
}

http::Response Page::events() const {
  http::EventStream stream;
  stream.topic = std::string(kStatusTopic);
  stream.next = [watch = watch_.get(), seen = std::uint64_t{0}]() mutable {
    const auto snapshot = watch->snapshot();
    const bool first = seen == 0;
    if (snapshot.serial == seen) return std::optional(std::string());
    seen = snapshot.serial;
    return std::optional((first ? "retry: 1000\n" : "") + ("data: " + *snapshot.json) + "\n\n");
  };
  http::Response response;
  response.headers.push_back({"Content-Type", "text/event-stream"});
  response.body = std::move(stream);
  return secured(std::move(response));
}

Result<void> Page::start_capture(std::string_view body) {
  auto request = parse_start(body);
  if (!request) return request.error();
  if (auto chosen = choose_recording(*request); !chosen) return chosen.error();
  watch_->name_source(name_of(request->source));
  auto started = control_.start(*request);
  if (!started) return started;
  const std::lock_guard lock(mutex_);
  current_ = *std::move(request);
  return {};
}

// The page names a file, never a folder, and no file is replaced.
Result<void> Page::choose_recording(CaptureRequest& request) const {
  if (request.recording.empty()) return {};
  if (options_.recordings_dir.empty()) {
    return Error{ErrorCode::InvalidArgument, "this program has no folder for recordings"};
  }
  std::error_code failure;
  std::filesystem::create_directories(options_.recordings_dir, failure);
  const auto path = options_.recordings_dir / request.recording;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, failure))) {
    return Error{ErrorCode::InvalidArgument,
                 "the recording '" + path.string() + "' exists already: choose another name"};
  }
  request.recording = path.string();
  return {};
}

std::string Page::name_of(const std::string& source_id) {
  if (source_id == "test") return "Test scene";
  for (const auto& source : control_.sources()) {
    if (source.id == source_id) return source.name;
  }
  return source_id.substr(0, source_id.find('?'));
}

}  // namespace

Result<std::unique_ptr<ControlPage>> ControlPage::start(ControlPageOptions options,
                                                        CaptureControl& control, Context context) {
  auto files = UiFiles::read(options.web_dir, options.hls_js);
  if (!files) return files.error();
  auto token = net::random_text(kTokenLength);
  if (!token) return token.error();
  auto page = std::make_unique<Page>(std::move(options), *std::move(files), *std::move(token),
                                     control, context);
  if (auto listening = page->listen(); !listening) return listening.error();
  return std::unique_ptr<ControlPage>(std::move(page));
}

std::filesystem::path shared_folder(const std::string& name) {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return {};
  auto folder = program.parent_path().parent_path() / "share" / "streamkit" / name;
  return std::filesystem::is_directory(folder, failure) ? folder : std::filesystem::path();
}

}  // namespace streamkit::capture_tool
