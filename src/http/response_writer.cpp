#include <array>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>
#include <vector>

#include "http/request_runner.hpp"

// The part of RequestRunner that writes responses.

namespace streamkit::http {
namespace {

using Kind = IoResult::Kind;

constexpr milliseconds kLingerTime{10'000};
constexpr milliseconds kLingerSilence{2'000};
// The number of bytes that are written before other connections have their turn.
constexpr std::uint64_t kTurnBytes = 4 << 20;
constexpr milliseconds kLeastInterval{10};
// The number of bytes that are read at a time from a reader without a descriptor.
constexpr std::uint64_t kPartBytes = 256 * 1024;
constexpr milliseconds kPoolRetry{20};

std::string chunk(std::string_view piece) {
  std::array<char, 24> size = {};
  const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  std::string text;
  text.reserve(static_cast<std::size_t>(length) + piece.size() + 2);
  text.append(size.data(), static_cast<std::size_t>(length)).append(piece).append("\r\n");
  return text;
}

}  // namespace

Task<bool> RequestRunner::write(const Response& response, bool keep_alive) {
  connection_.begin_transfer(options_.transfer_timeout);
  begin_pace();
  const auto* events = std::get_if<EventStream>(&response.body);
  auto framing = BodyFraming::Length;
  if (events != nullptr) {
    framing = parser_->is_http11() ? BodyFraming::Chunked : BodyFraming::UntilClose;
    keep_alive = keep_alive && framing == BodyFraming::Chunked;
  }
  const auto now = state_.context.clock_or_system().system_now();
  const std::string head =
      format_head(response, {keep_alive, framing}, connection_.loop.date.at(now));
  const bool with_body = head_.method != "HEAD" && !has_no_body(response.status);
  bool sent = false;
  if (!with_body) {
    sent = co_await send(head, {}, false);
  } else if (events != nullptr) {
    sent = co_await send(head, {}, false) && co_await write_events(*events, framing);
  } else if (const auto* slice = std::get_if<FileSlice>(&response.body)) {
    sent = co_await send(head, {}, slice->length > 0) && co_await send_file(*slice);
  } else if (const auto* texts = std::get_if<SharedTexts>(&response.body)) {
    sent = co_await send(head, {}, response.body_bytes() > 0) && co_await send_texts(*texts);
  } else {
    // A named variable is necessary: in an expression with co_await, g++ 12 evaluates both sides of
    // a conditional.
    std::string_view text;
    if (const auto& shared = std::get<SharedText>(response.body)) text = *shared;
    sent = co_await send(head, text, false);
  }
  co_return sent&& keep_alive;
}

// Writes a response and closes the connection in such a way that the client can still read it. If
// the connection were closed while bytes of the client are unread, TCP would reset it.
Task<void> RequestRunner::write_last(const Response& response) {
  connection_.reports_late = connection_.is_late = false;
  co_await write(response, false);
  connection_.transport->finish_sending();
  boost::system::error_code ignored;
  connection_.socket.shutdown(Socket::shutdown_send, ignored);
  connection_.begin_transfer(kLingerTime);
  connection_.kept.clear();
  std::string_view discarded;
  do {
    connection_.allow(kLingerSilence);
  } while (co_await connection_.wait_for(Kind::WantRead) &&
           connection_.read(discarded).kind != Kind::Closed);
}

// Returns true if the stream ended by itself or because of stop(), so that the client is still
// connected.
Task<bool> RequestRunner::write_events(const EventStream& events, BodyFraming framing) {
  connection_.allow_forever();
  connection_.input_ready = false;
  connection_.watch_input();
  Wakeups& topics = connection_.loop.topics;
  while (!state_.stopping) {
    const auto before = topics.version();
    const auto piece = next_events(events);
    if (!piece) break;
    if (!piece->empty()) {
      const std::string bytes = framing == BodyFraming::Chunked ? chunk(*piece) : *piece;
      begin_pace();
      if (!co_await send(bytes, {}, false)) co_return false;
      connection_.allow_forever();
    }
    // After text it is called again without delay, but only after other connections had their turn.
    const auto delay = piece->empty() ? std::max(events.interval, kLeastInterval) : milliseconds(0);
    const auto until = steady_clock::now() + delay;
    if (events.topic.empty()) {
      co_await connection_.doze(until);
    } else if (topics.wait(events.topic, connection_, before)) {
      co_await connection_.doze(until);
      topics.leave(events.topic, connection_);
    }
    if (connection_.input_ready && client_left()) co_return false;
  }
  boost::system::error_code ignored;
  connection_.socket.cancel(ignored);  // ends watch_input()
  if (framing == BodyFraming::Chunked) co_return co_await send("0\r\n\r\n", {}, false);
  co_return true;
}

std::optional<std::string> RequestRunner::next_events(const EventStream& events) const noexcept
    try {
  return events.next();
} catch (const std::exception& failure) {
  state_.context.log(LogLevel::Error, "event stream failed", {{"reason", failure.what()}});
  return {};
}

// Returns whether the client has disconnected. Bytes that it sends in the meantime, such as the
// next request, are kept up to a limit.
bool RequestRunner::client_left() {
  connection_.input_ready = false;
  for (;;) {
    std::string_view bytes;
    const auto result = connection_.read(bytes);
    if (result.kind == Kind::Closed) return true;
    if (result.kind != Kind::Done) break;
    connection_.keep(bytes);
    if (bytes.size() > options_.max_header_bytes) return true;
  }
  connection_.watch_input();
  return false;
}

Task<bool> RequestRunner::send(std::string_view first, std::string_view second, bool more) {
  while (!first.empty() || !second.empty()) {
    if (first.empty()) std::swap(first, second);
    const auto result = connection_.transport->write(first, second, more);
    if (result.kind == Kind::Closed) co_return false;
    if (result.kind == Kind::Done) {
      connection_.moved(result.bytes);
      const auto of_first = std::min(first.size(), result.bytes);
      first.remove_prefix(of_first);
      second.remove_prefix(result.bytes - of_first);
      continue;
    }
    connection_.allow(options_.stall_timeout);
    if (!co_await connection_.wait_for(result.kind)) co_return false;
  }
  co_return true;
}

Task<bool> RequestRunner::send_texts(const SharedTexts& texts) {
  for (std::size_t index = 0; index < texts.size(); ++index) {
    const std::string_view text = texts[index] ? *texts[index] : std::string_view();
    const bool is_last = index + 1 == texts.size();
    if (!co_await send(text, {}, !is_last)) co_return false;
  }
  co_return true;
}

Task<bool> RequestRunner::send_file(FileSlice slice) {
  if (slice.length > 0 && slice.file->descriptor() < 0) co_return co_await send_parts(slice);
  std::uint64_t in_turn = 0;
  while (slice.length > 0) {
    const auto result = connection_.transport->write_file(slice, connection_.loop.scratch);
    if (result.kind == Kind::Closed || (result.kind == Kind::Done && result.bytes == 0)) {
      co_return false;
    }
    connection_.moved(result.bytes);
    slice.offset += result.bytes;
    slice.length -= result.bytes;
    in_turn += result.bytes;
    if (result.kind != Kind::Done) {
      connection_.allow(options_.stall_timeout);
      if (!co_await connection_.wait_for(result.kind)) co_return false;
      in_turn = 0;
    } else if (in_turn >= kTurnBytes) {
      in_turn = 0;
      co_await asio::post(connection_.socket.get_executor(), asio::use_awaitable_t<Executor>{});
      if (!connection_.socket.is_open()) co_return false;
    }
  }
  co_return true;
}

Task<bool> RequestRunner::send_parts(FileSlice slice) {
  std::vector<std::uint8_t> part(std::min<std::uint64_t>(slice.length, kPartBytes));
  while (slice.length > 0) {
    const auto wanted = std::min<std::uint64_t>(slice.length, part.size());
    const auto size = co_await read_part(slice, std::span(part).first(wanted));
    if (size == 0 || !connection_.socket.is_open()) co_return false;
    slice.offset += size;
    slice.length -= size;
    begin_pace();
    connection_.allow(options_.stall_timeout);
    const std::string_view text(reinterpret_cast<const char*>(part.data()), size);
    if (!co_await send(text, {}, slice.length > 0)) co_return false;
  }
  co_return true;
}

// Reads on a thread of the blocking pool. Returns 0 on failure: the head has been sent, so the
// response can only be cut off.
Task<std::size_t> RequestRunner::read_part(const FileSlice& slice, std::span<std::uint8_t> into) {
  Result<std::size_t> got = std::size_t{0};
  const std::function<void()> read = [&]() noexcept {
    try {
      got = slice.file->read(slice.offset, into, state_.reading.get_token());
    } catch (const std::exception& failure) {
      got = Error{ErrorCode::Internal, failure.what()};
    }
  };
  // The time that a store takes does not count towards the client's timeouts.
  connection_.deadline = steady_clock::time_point::max();
  const auto give_up = steady_clock::now() + options_.stall_timeout;
  while (!co_await run_on(state_.blocking, read)) {
    // All clients share the pool; its queue drains while the requests before this one are served.
    if (state_.stopping || steady_clock::now() >= give_up) co_return 0;
    co_await connection_.doze(steady_clock::now() + kPoolRetry);
    if (!connection_.socket.is_open()) co_return 0;
  }
  if (!got) {
    state_.context.log(LogLevel::Error, "reading a response's body failed",
                       {{"reason", to_string(got.error())}});
    co_return 0;
  }
  co_return *got;
}

}  // namespace streamkit::http
