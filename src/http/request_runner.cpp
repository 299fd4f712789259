#include "http/request_runner.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <streamkit/core/text.hpp>
#include <utility>

#include <streamkit/http/forwarded_client.hpp>

namespace streamkit::http {
namespace {

using Kind = IoResult::Kind;
using State = RequestParser::State;

// The number of bytes of one body that a thread receives before another body has its turn.
constexpr std::uint64_t kTurnBytes = 8 << 20;
constexpr std::string_view kPoolIsFull = "too many requests are waiting for the disk: try again";

std::string too_large(std::uint64_t limit) {
  return "the body must have at most " + std::to_string(limit) + " bytes";
}

bool is_over(const RequestParser& parser) noexcept {
  return parser.state() == State::Done || parser.state() == State::Failed;
}

}  // namespace

Task<bool> RequestRunner::run() {
  if (!co_await read_head()) co_return false;
  if (parser_->state() == State::Failed) co_return co_await reject_failed_head();
  if (options_.trust_proxy && !count_client()) co_return co_await reject_client();

  auto admitted = admit();
  if (auto* rejected = std::get_if<Response>(&admitted)) {
    // If the body has not been received, it is unknown where the next request begins.
    const bool keep_alive = parser_->state() == State::Done && parser_->keep_alive();
    if (keep_alive) co_return co_await write(*rejected, !state_.stopping);
    co_await write_last(*rejected);
    co_return false;
  }
  admission_ = std::get<Admission>(std::move(admitted));
  if (parser_->state() != State::Done && !co_await read_body()) co_return false;

  const auto response = co_await respond();
  if (!response) co_return false;
  const bool keep_alive = parser_->keep_alive() && !state_.stopping;
  co_return co_await write(*response, keep_alive);
}

// --- The request ---

Task<bool> RequestRunner::read_head() {
  connection_.allow_forever();
  connection_.allow(options_.idle_timeout);
  connection_.idle = true;
  if (state_.stopping) co_return false;
  std::string_view bytes = connection_.take_kept();
  if (bytes.empty()) {
    // Usually nothing has arrived yet: waiting first saves a read that would fail.
    if (!connection_.transport->has_pending() && !co_await connection_.wait_for(Kind::WantRead)) {
      co_return false;
    }
    if (!co_await read_more(bytes, head_read_bytes())) co_return false;
  }
  connection_.idle = false;
  parser_.emplace(RequestParser::Limits{options_.max_header_bytes, options_.max_headers});
  connection_.begin_transfer(options_.header_timeout);
  connection_.allow(options_.header_timeout);
  for (;;) {
    std::size_t taken = 0;
    do {
      taken = parser_->put(bytes);
      bytes.remove_prefix(taken);
    } while (taken > 0 && !bytes.empty() && parser_->state() == State::Head);
    connection_.keep(bytes);
    if (parser_->state() != State::Head) break;
    if (!co_await read_more(bytes, head_read_bytes())) co_return false;
  }
  head_ = std::move(parser_->request());
  head_.remote_address = connection_.remote_address;
  head_.secure = options_.tls.has_value();
  head_.has_body = parser_->state() == State::Body;
  head_.received_at = steady_clock::now();
  co_return true;
}

Task<bool> RequestRunner::read_more(std::string_view& bytes, std::size_t limit) {
  for (;;) {
    const std::span<char> scratch(connection_.loop.scratch);
    const auto result = connection_.read(bytes, scratch.first(std::min(limit, scratch.size())));
    if (result.kind == Kind::Done) co_return true;
    if (result.kind == Kind::Closed) co_return false;
    if (!co_await connection_.wait_for(result.kind)) co_return false;
  }
}

Task<bool> RequestRunner::reject_failed_head() {
  const auto failure = parser_->failure();
  const Response response = error(failure.status, failure.message);
  co_await write_last(response);
  co_return false;
}

// Behind a proxy, the connections are the proxy's: a client has as many requests in progress as it
// could have connections.
bool RequestRunner::count_client() {
  auto client = client_address(head_, options_.trust_proxy);
  if (client.loopback) return true;
  if (!state_.clients.enter(client.key)) return false;
  counted_client_ = std::move(client.key);
  return true;
}

Task<bool> RequestRunner::reject_client() {
  state_.context.count("streamkit_http_connections_refused_total");
  const Response response = error(429, "too many requests of this client are in progress");
  co_await write_last(response);
  co_return false;
}

AdmissionResult RequestRunner::admit() noexcept try {
  return state_.handler.admit(head_);
} catch (const std::exception& failure) {
  state_.context.log(LogLevel::Error, "admission failed", {{"reason", failure.what()}});
  return error(500, "internal error");
}

Task<bool> RequestRunner::read_body() {
  const auto rejected = check_body();
  connection_.begin_transfer(options_.transfer_timeout);
  begin_pace();
  std::string_view bytes = connection_.take_kept();
  if (!rejected && bytes.empty() &&
      net::equal_ignoring_case(head_.header("Expect"), "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await send(kContinue, {}, false)) co_return false;
  }
  if (rejected) {
    co_await write_last(*rejected);
    co_return false;
  }
  connection_.keep(bytes);
  connection_.is_late = false;
  connection_.reports_late = true;
  bool whole = false;
  if (admission_.blocking) {
    whole = co_await read_body_elsewhere();
  } else {
    whole = co_await read_body_here();
  }
  connection_.reports_late = false;
  if (!whole && connection_.is_late) co_await reject_late_body();
  co_return whole;
}

// Checks what is known of a body before it arrives.
std::optional<Response> RequestRunner::check_body() {
  const auto announced = parser_->announced_bytes();
  if (announced && *announced > admission_.max_body_bytes) {
    return error(413, too_large(admission_.max_body_bytes));
  }
  auto client = client_address(head_, options_.trust_proxy);
  if (client.loopback) client.key.clear();
  return check_limit(body_.begin(std::move(client.key), admission_.sender));
}

std::optional<Response> RequestRunner::check_limit(BodyLimits::Limit limit) {
  using Limit = BodyLimits::Limit;
  if (limit == Limit::None) return {};
  const bool all = limit == Limit::All;
  const std::string_view name = all ? "all" : limit == Limit::Client ? "client" : "sender";
  state_.context.count("streamkit_http_bodies_refused_total", 1, {{"limit", name}});
  if (all) return error(503, "too many request bodies are in progress: try again");
  auto response =
      error(429, limit == Limit::Client ? "too many request bodies of this client are in progress"
                                        : "too many request bodies of this sender are in progress");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

Task<void> RequestRunner::reject_late_body() {
  state_.context.count("streamkit_http_bodies_refused_total", 1, {{"limit", "rate"}});
  release_exchange();
  const Response response =
      error(408, "the body arrives too slowly: at least " +
                     std::to_string(options_.min_bytes_per_second) + " bytes per second");
  co_await write_last(response);
}

Task<bool> RequestRunner::read_body_here() {
  std::string_view bytes = connection_.take_kept();
  for (;;) {
    const auto rejected = take_bytes(bytes);
    connection_.keep(bytes);
    if (rejected) {
      release_exchange();
      co_await write_last(*rejected);
      co_return false;
    }
    if (is_over(*parser_)) co_return true;
    connection_.allow(options_.stall_timeout);
    if (!co_await read_more(bytes, connection_.loop.scratch.size())) co_return false;
  }
}

// Receives a body for an exchange that may block. A thread of the receiving pool reads what has
// arrived and passes it to the exchange. The wait for more happens on the loop, so that a slow
// client does not occupy a thread of the pool.
Task<bool> RequestRunner::read_body_elsewhere() {
  const bool has_some = !connection_.kept.empty() || connection_.transport->has_pending();
  auto kind = has_some ? Kind::Done : Kind::WantRead;
  std::optional<Response> rejected;
  const std::function<void()> turn = [&] { kind = take_turn(rejected); };
  while (!is_over(*parser_)) {
    connection_.allow(options_.stall_timeout);
    if (kind == Kind::Closed) break;
    if (kind != Kind::Done && !co_await connection_.wait_for(kind)) break;
    connection_.lend();
    const bool taken = co_await run_on(state_.receiving, turn);
    connection_.take_back();
    if (!taken) rejected = error(503, kPoolIsFull);
    if (!rejected) continue;
    release_exchange();
    co_await write_last(*rejected);
    co_return false;
  }
  co_return is_over(*parser_);
}

// Runs on a thread that may block. Returns Done if the body is complete, or if another body has its
// turn.
Kind RequestRunner::take_turn(std::optional<Response>& rejected) noexcept try {
  thread_local std::vector<char> scratch;
  scratch.resize(connection_.loop.scratch.size());
  std::string_view bytes = connection_.take_kept(scratch);
  for (std::uint64_t read_bytes = 0;;) {
    rejected = take_bytes(bytes);
    connection_.keep(bytes);
    const bool ends = rejected || is_over(*parser_) || read_bytes >= kTurnBytes;
    if (ends) return Kind::Done;
    const auto result = connection_.read(bytes, scratch);
    if (result.kind != Kind::Done) return result.kind;
    read_bytes += result.bytes;
  }
} catch (const std::exception& failure) {
  state_.context.log(LogLevel::Error, "receiving a body failed", {{"reason", failure.what()}});
  return Kind::Closed;
}

std::optional<Response> RequestRunner::take_bytes(std::string_view& bytes) {
  while (!bytes.empty() && !is_over(*parser_)) {
    const std::size_t taken = parser_->put(bytes);
    const auto failure = parser_->failure();
    if (failure.status != 0) return error(failure.status, failure.message);
    if (auto rejected = take_piece(parser_->body_piece())) return rejected;
    bytes.remove_prefix(taken);
    if (taken == 0) break;
  }
  return {};
}

std::optional<Response> RequestRunner::take_piece(std::string_view piece) {
  if (piece.empty()) return {};
  received_bytes_ += piece.size();
  if (received_bytes_ > admission_.max_body_bytes) {
    return error(413, too_large(admission_.max_body_bytes));
  }
  try {
    if (auto response = admission_.exchange->on_body(bytes_of(piece))) return response;
    return check_limit(body_.hold(admission_.exchange->held_bytes()));
  } catch (const std::exception& failure) {
    state_.context.log(LogLevel::Error, "receiving a body failed", {{"reason", failure.what()}});
    return error(500, "internal error");
  }
}

// --- The response ---

// Returns no value if the client disconnected while its response was postponed.
Task<std::optional<Response>> RequestRunner::respond() {
  // The time that a handler takes does not count towards the client's timeouts.
  connection_.allow_forever();
  bool watched = false;
  std::optional<Response> response;
  while (!response) {
    const auto before = connection_.loop.topics.version();
    std::optional<Reply> reply;
    if (!co_await ask(reply)) {
      response = error(503, kPoolIsFull);
    } else if (auto* ready = std::get_if<Response>(&*reply)) {
      admission_.exchange.reset();
      response = std::move(*ready);
    } else if (state_.stopping) {
      response = error(503, "the server is stopping");
    } else {
      if (!watched) connection_.input_ready = false;
      if (!std::exchange(watched, true)) connection_.watch_input();
      co_await postpone(std::get<AskAgain>(*reply), before);
      if (connection_.input_ready && client_left()) co_return std::nullopt;
    }
  }
  boost::system::error_code ignored;
  if (watched) connection_.socket.cancel(ignored);  // ends watch_input()
  co_return response;
}

// Calls the exchange. Returns false if it may block and too many requests wait for that.
Task<bool> RequestRunner::ask(std::optional<Reply>& reply) {
  if (!admission_.blocking) {
    reply = call_exchange();
    co_return true;
  }
  const std::function<void()> call = [&] {
    reply = call_exchange();
    // Destroyed on this thread, because the destructor may block as well.
    if (std::holds_alternative<Response>(*reply)) admission_.exchange.reset();
  };
  co_return co_await run_on(state_.blocking, call);
}

// Waits for the delay or the topic, unless the topic was woken since `before`.
Task<void> RequestRunner::postpone(const AskAgain& again, Wakeups::Version before) {
  Wakeups& topics = connection_.loop.topics;
  // What was notified before this line is seen by the next check of the input.
  connection_.notified = connection_.input_ready;
  const auto until = steady_clock::now() + again.delay;
  if (again.topic.empty()) {
    co_await connection_.doze(until);
  } else if (topics.wait(again.topic, connection_, before)) {
    co_await connection_.doze(until);
    topics.leave(again.topic, connection_);
  }
}

// Returns false if the queue is full.
Task<bool> RequestRunner::run_on(BlockingPool& pool, const std::function<void()>& work) {
  // Only the thread of the loop reads and writes `done`. The call of post() also makes what `work`
  // did visible to it.
  bool done = false;
  const bool taken = pool.submit([&work, &done, connection = connection_.shared_from_this()] {
    work();
    asio::post(connection->socket.get_executor(), [&done, connection] {
      done = true;
      connection->notify();
    });
  });
  if (!taken) co_return false;
  while (!done) co_await connection_.doze(steady_clock::time_point::max());
  co_return true;
}

Reply RequestRunner::call_exchange() noexcept try {
  return admission_.exchange->respond();
} catch (const std::exception& failure) {
  state_.context.log(LogLevel::Error, "request handler failed", {{"reason", failure.what()}});
  return error(500, "internal error");
}

// The destructor of an exchange that may block may block as well, so it runs on the pool.
void RequestRunner::release_exchange() {
  if (!admission_.exchange || !admission_.blocking) return;
  std::shared_ptr<Exchange> exchange = std::move(admission_.exchange);
  (void)state_.receiving.submit([exchange = std::move(exchange)] {});
}

Response RequestRunner::error(int status, std::string_view message) const {
  return state_.handler.error(head_, status, message);
}

}  // namespace streamkit::http
