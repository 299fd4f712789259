#include "http/request_runner.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace streamkit::http {
namespace {

using Kind = IoResult::Kind;
using State = RequestParser::State;

// What a thread that may block takes of one body before it is another one's turn.
constexpr std::uint64_t kTurnBytes = 8 << 20;
constexpr std::string_view kPoolIsFull = "too many requests wait for the disk: try again";

std::string too_large(std::uint64_t limit) {
  return "the body may have " + std::to_string(limit) + " bytes at most";
}

bool is_over(const RequestParser& parser) noexcept {
  return parser.state() == State::Done || parser.state() == State::Failed;
}

}  // namespace

Task<bool> HttpExchange::run() {
  if (!co_await read_head()) co_return false;
  if (parser_->state() == State::Failed) co_return co_await refuse_failed_head();

  auto admitted = admit();
  if (auto* refused = std::get_if<Response>(&admitted)) {
    // With a body on its way nobody knows where the next request begins.
    const bool keep_alive = parser_->state() == State::Done && parser_->keep_alive();
    if (keep_alive) co_return co_await write(*refused, !services_.stopping);
    co_await write_last(*refused);
    co_return false;
  }
  admission_ = std::get<Admission>(std::move(admitted));
  request_.receiver = admission_.receiver;
  if (parser_->state() != State::Done && !co_await read_body()) co_return false;

  const Response response = co_await answer();
  const bool keep_alive = parser_->keep_alive() && !services_.stopping;
  co_return co_await write(response, keep_alive);
}

// --- The request ---

Task<bool> HttpExchange::read_head() {
  connection_.allow_forever();
  connection_.allow(config_.idle_timeout);
  connection_.idle = true;
  if (services_.stopping) co_return false;
  std::string_view bytes = connection_.take_kept();
  if (bytes.empty()) {
    // Most of the time nothing is there yet: waiting first saves a read that fails.
    if (!connection_.transport->has_pending() && !co_await connection_.wait_for(Kind::WantRead)) {
      co_return false;
    }
    if (!co_await read_more(bytes)) co_return false;
  }
  connection_.idle = false;
  parser_.emplace(RequestParser::Limits{config_.max_header_bytes, config_.max_headers});
  connection_.begin_transfer(config_.header_timeout);
  connection_.allow(config_.header_timeout);
  for (;;) {
    std::size_t taken = 0;
    do {
      taken = parser_->put(bytes);
      bytes.remove_prefix(taken);
    } while (taken > 0 && !bytes.empty() && parser_->state() == State::Head);
    connection_.keep(bytes);
    if (parser_->state() != State::Head) break;
    if (!co_await read_more(bytes)) co_return false;
  }
  request_ = std::move(parser_->request());
  request_.remote_address = connection_.remote_address;
  request_.secure = config_.tls.has_value();
  request_.received_at = steady_clock::now();
  co_return true;
}

Task<bool> HttpExchange::read_more(std::string_view& bytes) {
  for (;;) {
    const auto result = connection_.read(bytes);
    if (result.kind == Kind::Done) co_return true;
    if (result.kind == Kind::Closed) co_return false;
    if (!co_await connection_.wait_for(result.kind)) co_return false;
  }
}

Task<bool> HttpExchange::refuse_failed_head() {
  const auto failure = parser_->failure();
  const Response response = refusal(failure.status, failure.message);
  co_await write_last(response);
  co_return false;
}

std::variant<Admission, Response> HttpExchange::admit() noexcept try {
  return services_.handler.admit(request_);
} catch (const std::exception& failure) {
  services_.context.log(LogLevel::Error, "admission failed", {{"reason", failure.what()}});
  return refusal(500, "internal error");
}

Task<bool> HttpExchange::read_body() {
  const auto announced = parser_->announced_bytes();
  std::optional<Response> refused;
  if (announced && *announced > admission_.body_limit_bytes) {
    refused = refusal(413, too_large(admission_.body_limit_bytes));
  } else if (!share_.grow(announced.value_or(0))) {
    refused = refusal(503, "too many bodies are on their way: try again");
  } else if (announced && !admission_.receiver) {
    request_.body.reserve(*announced);
  }
  connection_.begin_transfer(config_.transfer_timeout);
  std::string_view bytes = connection_.take_kept();
  if (!refused && bytes.empty() &&
      net::equal_ignoring_case(request_.header("Expect"), "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await send(kContinue, {}, false)) co_return false;
  }
  if (refused) {
    co_await write_last(*refused);
    co_return false;
  }
  connection_.keep(bytes);
  if (admission_.blocking && admission_.receiver) co_return co_await hand_over_body();
  co_return co_await collect_body();
}

Task<bool> HttpExchange::collect_body() {
  std::string_view bytes = connection_.take_kept();
  for (;;) {
    const auto refused = take_bytes(bytes);
    connection_.keep(bytes);
    if (refused) {
      co_await write_last(*refused);
      co_return false;
    }
    if (is_over(*parser_)) co_return true;
    connection_.allow(config_.stall_timeout);
    if (!co_await read_more(bytes)) co_return false;
  }
}

// The receiver may block: threads made for that read what is there and hand it over. Here is waited
// for more, since a slow client must not keep one of them.
Task<bool> HttpExchange::hand_over_body() {
  const bool has_some = !connection_.kept.empty() || connection_.transport->has_pending();
  auto kind = has_some ? Kind::Done : Kind::WantRead;
  std::optional<Response> refused;
  const std::function<void()> turn = [&] { kind = take_turn(refused); };
  while (!is_over(*parser_)) {
    connection_.allow(config_.stall_timeout);
    if (kind == Kind::Closed) break;
    if (kind != Kind::Done && !co_await connection_.wait_for(kind)) break;
    connection_.lend();
    const bool taken = co_await run_on(services_.receiving, turn);
    connection_.take_back();
    if (!taken) refused = refusal(503, kPoolIsFull);
    if (!refused) continue;
    co_await write_last(*refused);
    break;
  }
  if (is_over(*parser_) && !refused) co_return true;
  // Taking back what came of a body may block as well.
  request_.receiver.reset();
  (void)services_.receiving.submit([receiver = std::exchange(admission_.receiver, {})] {});
  co_return false;
}

// On a thread that may block. Done: the body is over, or it is another one's turn.
Kind HttpExchange::take_turn(std::optional<Response>& refused) noexcept try {
  thread_local std::vector<char> scratch;
  scratch.resize(connection_.loop.scratch.size());
  std::string_view bytes = connection_.take_kept(scratch);
  for (std::uint64_t read_bytes = 0;;) {
    refused = take_bytes(bytes);
    connection_.keep(bytes);
    const bool ends = refused || is_over(*parser_) || read_bytes >= kTurnBytes;
    if (ends) return Kind::Done;
    const auto result = connection_.read(bytes, scratch);
    if (result.kind != Kind::Done) return result.kind;
    read_bytes += result.bytes;
  }
} catch (const std::exception& failure) {
  services_.context.log(LogLevel::Error, "taking a body failed", {{"reason", failure.what()}});
  return Kind::Closed;
}

std::optional<Response> HttpExchange::take_bytes(std::string_view& bytes) {
  while (!bytes.empty() && !is_over(*parser_)) {
    const std::size_t taken = parser_->put(bytes);
    const auto failure = parser_->failure();
    if (failure.status != 0) return refusal(failure.status, failure.message);
    if (auto refused = take_piece(parser_->body_piece())) return refused;
    bytes.remove_prefix(taken);
    if (taken == 0) break;
  }
  return {};
}

std::optional<Response> HttpExchange::take_piece(std::string_view piece) {
  if (piece.empty()) return {};
  received_bytes_ += piece.size();
  if (received_bytes_ > admission_.body_limit_bytes) {
    return refusal(413, too_large(admission_.body_limit_bytes));
  }
  if (!parser_->announced_bytes() && !share_.grow(piece.size())) {
    return refusal(503, "too many bodies are on their way: try again");
  }
  if (!admission_.receiver) {
    request_.body += piece;
    return {};
  }
  try {
    return admission_.receiver->take(piece);
  } catch (const std::exception& failure) {
    services_.context.log(LogLevel::Error, "taking a body failed", {{"reason", failure.what()}});
    return refusal(500, "internal error");
  }
}

// --- The answer ---

Task<Response> HttpExchange::answer() {
  // The time that a handler takes is not the client's fault.
  connection_.allow_forever();
  Topics& topics = connection_.loop.topics;
  for (;;) {
    const auto before = topics.version();
    std::optional<Reply> reply;
    if (!admission_.blocking) {
      reply = call_handler();
    } else {
      const std::function<void()> ask = [&] { reply = call_handler(); };
      if (!co_await run_on(services_.blocking, ask)) co_return refusal(503, kPoolIsFull);
    }
    if (auto* response = std::get_if<Response>(&*reply)) co_return std::move(*response);
    if (services_.stopping) co_return refusal(503, "the server is stopping");

    const auto& again = std::get<AskAgain>(*reply);
    connection_.notified = false;
    const auto until = steady_clock::now() + again.delay;
    if (again.topic.empty()) {
      co_await connection_.doze(until);
    } else if (topics.wait(again.topic, connection_, before)) {
      co_await connection_.doze(until);
      topics.leave(again.topic, connection_);
    }
  }
}

// False when the queue is full.
Task<bool> HttpExchange::run_on(BlockingPool& pool, const std::function<void()>& work) {
  // Written and read by the loop's thread alone; posting makes what `work` did visible with it.
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

Reply HttpExchange::call_handler() noexcept try {
  return services_.handler.handle(request_);
} catch (const std::exception& failure) {
  services_.context.log(LogLevel::Error, "request handler failed", {{"reason", failure.what()}});
  return refusal(500, "internal error");
}

Response HttpExchange::refusal(int status, std::string_view message) const {
  return services_.handler.refuse(request_, status, message);
}

}  // namespace streamkit::http
