#include <curl/curl.h>

#include <mutex>
#include <optional>
#include <streamkit/client/http_client.hpp>
#include <streamkit/core/text.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/url.hpp>
#include <utility>
#include <vector>

#include "curl_error.hpp"
#include "curl_handles.hpp"
#include "held_body.hpp"
#include "sent_bytes.hpp"

namespace streamkit::client {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 << 10;

// A transfer in its own multi handle. libcurl keeps the open connection there, and another thread
// can wake the transfer through it.
struct Connection {
  CurlMultiHandle multi;
  CurlEasyHandle easy;  // after multi, so that it is cleaned up first
  // The newest one. libcurl reports it only when a transfer has ended.
  curl_socket_t socket = CURL_SOCKET_BAD;
};

int on_socket(void* user, curl_socket_t socket, curlsocktype) noexcept {
  static_cast<Connection*>(user)->socket = socket;
  return CURL_SOCKOPT_OK;
}

// Where libcurl's callbacks store the response.
struct Receiver {
  HttpResponse response;
  std::size_t max_body_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_long = false;
};

// An exception must not propagate through libcurl; if memory runs out, the transfer ends instead.
template <typename F>
std::size_t guarded(std::size_t size, F&& store) noexcept {
  try {
    return store() ? size : 0;
  } catch (...) {
    return 0;
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& receiver = *static_cast<Receiver*>(user);
  return guarded(size, [&] {
    const std::string_view line(data, size);
    receiver.header_bytes += size;
    receiver.too_long = receiver.header_bytes > kMaxHeaderBytes;
    if (receiver.too_long) return false;
    // A status line begins a new response: interim responses (1xx) precede the final one.
    if (line.starts_with("HTTP/")) receiver.response.headers.clear();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
      receiver.response.headers.push_back({std::string(trimmed(line.substr(0, colon))),
                                           std::string(trimmed(line.substr(colon + 1)))});
    }
    return true;
  });
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& receiver = *static_cast<Receiver*>(user);
  return guarded(size, [&] {
    receiver.too_long = size > receiver.max_body_bytes - receiver.response.body.size();
    if (receiver.too_long) return false;
    receiver.response.body.append(data, size);
    return true;
  });
}

Result<void> check(const HttpRequest& request) {
  if (!net::is_http_token(request.method))
    return Error{ErrorCode::InvalidArgument, "bad HTTP method"};
  for (const net::HttpHeader& header : request.headers) {
    if (!net::is_http_token(header.name))
      return Error{ErrorCode::InvalidArgument, "bad HTTP header name"};
    if (header.value.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
      return Error{ErrorCode::InvalidArgument, "bad value of HTTP header " + header.name};
    }
  }
  if (request.hold_last_byte && request.body.empty()) {
    return Error{ErrorCode::InvalidArgument, "an empty body has no last byte to hold back"};
  }
  return {};
}

// Uses libcurl's notation: "Name:" removes a header, "Name;" sends it without a value.
Result<CurlList> make_header_list(const net::HttpHeaders& headers) {
  // Expect would cost a round trip. libcurl adds a Content-Type of its own unless the header is
  // removed.
  std::vector<std::string> lines{"Expect:"};
  if (!net::find_header(headers, "Content-Type")) lines.emplace_back("Content-Type:");
  for (const net::HttpHeader& header : headers) {
    lines.push_back(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  CurlList list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return Error{ErrorCode::ResourceExhausted, "out of memory"};
    static_cast<void>(list.release());  // owned through `longer` from now on
    list.reset(longer);
  }
  return list;
}

void set_method(CURL* easy, const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_length = !request.body.empty() || request.method == "PUT" ||
                          request.method == "POST" || request.method == "PATCH";
  if (has_length) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    const char* body = reinterpret_cast<const char*>(request.body.data());
    // With a null pointer, libcurl calls its read callback.
    const bool is_held = request.hold_last_byte.has_value();
    if (!is_held) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body == nullptr ? "" : body);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_timeouts(CURL* easy, const HttpTimeouts& timeouts) {
  // Zero would select libcurl's own timeout of 300 s.
  const auto connect = timeouts.connect.count() > 0 ? timeouts.connect : std::chrono::hours(24);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.total.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeouts.stall.count()));
}

void set_options(CURL* easy, const HttpRequest& request, const HttpClientOptions& options,
                 const net::Url& url, const CurlList& headers, Receiver& receiver) {
  curl_easy_setopt(easy, CURLOPT_URL, to_string(url).c_str());
  // The path was signed unchanged, so dot segments must not be resolved.
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A pending name lookup must not delay the end of a cancelled call.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  if (net::is_loopback(url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set_method(easy, request);
  set_timeouts(easy, request.timeouts);

  receiver.max_body_bytes = request.max_response_bytes;
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
}

// What a transfer does beside libcurl.
struct Steps {
  SentBytes sent;
  HeldBody* held = nullptr;  // null if nothing is held back
  long stall_s = 0;

  void take(CURL* easy) {
    sent.update(easy);
    if (held != nullptr) held->update(easy, stall_s);
  }
};

// Returns the result of the transfer once it has ended.
std::optional<CURLcode> result_of(CURLM* multi, int running) {
  if (running > 0) return {};
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

// Runs the transfer to its end. Returns CURLE_ABORTED_BY_CALLBACK if `stop` was requested first.
CURLcode perform(const Connection& connection, Steps& steps, const std::stop_token& stop) {
  constexpr int kMaxPollMs = 1000;
  const int poll_ms = steps.sent.is_wanted() ? int{SentBytes::kInterval.count()} : kMaxPollMs;
  CURLM* const multi = connection.multi.get();
  CURL* const easy = connection.easy.get();
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  {
    const auto wake_up = [multi] { curl_multi_wakeup(multi); };
    const std::stop_callback wakes(stop, wake_up);
    const std::stop_callback wakes_too(
        steps.held != nullptr ? steps.held->release().token() : std::stop_token(), wake_up);
    int running = 1;
    while (!stop.stop_requested()) {
      const bool failed = curl_multi_perform(multi, &running) != CURLM_OK;
      const auto ended = failed ? CURLE_FAILED_INIT : result_of(multi, running);
      if (ended) {
        code = *ended;
        break;
      }
      steps.take(easy);
      curl_multi_poll(multi, nullptr, 0, poll_ms, nullptr);
    }
  }
  if (code == CURLE_OK) steps.sent.finish(easy);
  curl_multi_remove_handle(multi, easy);
  return code;
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientOptions options) : options_(std::move(options)) {}

  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) {
    if (const auto checked = check(request); !checked) return checked.error();
    const auto url = net::parse_url(request.url);
    if (!url) return url.error();
    const std::string what = request.method + " " + net::without_query(*url);
    const auto headers = make_header_list(request.headers);
    if (!headers) return headers.error().with_context(what);

    auto connection = take();
    if (!connection) return connection.error().with_context(what);
    Receiver receiver;
    set_options(connection->easy.get(), request, options_, *url, *headers, receiver);
    std::optional<HeldBody> held;
    if (request.hold_last_byte) {
      held.emplace(request.body, *request.hold_last_byte).set_options(connection->easy.get());
    }
    curl_easy_setopt(connection->easy.get(), CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(connection->easy.get(), CURLOPT_SOCKOPTDATA, &*connection);
    Steps steps{SentBytes(request.on_sent, connection->socket), held ? &*held : nullptr,
                static_cast<long>(request.timeouts.stall.count())};
    const CURLcode code = perform(*connection, steps, stop);
    long status = 0;
    curl_easy_getinfo(connection->easy.get(), CURLINFO_RESPONSE_CODE, &status);
    give_back(*std::move(connection));

    if (receiver.too_long) {
      return Error{ErrorCode::ResourceExhausted, what + ": the response is too long"};
    }
    if (code != CURLE_OK) return curl_error(code, what);
    receiver.response.status = static_cast<int>(status);
    return std::move(receiver.response);
  }

 private:
  Result<Connection> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Connection connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    Connection connection;
    connection.easy.reset(curl_easy_init());
    connection.multi.reset(curl_multi_init());
    if (!connection.easy || !connection.multi) {
      return Error{ErrorCode::ResourceExhausted, "libcurl gave no handle"};
    }
    return connection;
  }

  // Resets the options, because they point into the request, and keeps the open connection.
  void give_back(Connection connection) {
    curl_easy_reset(connection.easy.get());
    std::lock_guard lock(mutex_);
    if (idle_.size() < options_.max_idle) idle_.push_back(std::move(connection));
  }

  const HttpClientOptions options_;
  std::mutex mutex_;
  // Guarded by mutex_
  std::vector<Connection> idle_;
};

HttpClient::HttpClient(HttpClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request, std::stop_token stop) {
  return impl_->send(request, stop);
}

}  // namespace streamkit::client
