#pragma once

#include <atomic>
#include <functional>
#include <stop_token>

#include <streamkit/http/handler.hpp>
#include <streamkit/http/server.hpp>
#include "http/blocking_pool.hpp"
#include "http/body_limits.hpp"
#include "http/connection.hpp"
#include "http/connection_limits.hpp"
#include "http/request_parser.hpp"

namespace streamkit::http {

// What all connections of a server share.
struct ServerState {
  ServerState(ServerOptions its_options, Handler& its_handler, Context its_context)
      : options(std::move(its_options)),
        handler(its_handler),
        context(its_context),
        clients(options.max_connections_per_client),
        bodies({{options.max_bodies, options.max_body_bytes_in_flight},
                {options.max_bodies_per_client, options.max_body_bytes_per_client},
                {options.max_bodies_per_sender, options.max_body_bytes_per_sender}}),
        // Each connection has at most one task here, so that no body waits in vain for a place.
        receiving(options.threads, options.max_connections),
        blocking(options.blocking_threads, options.max_blocking_queue) {}

  const ServerOptions options;
  Handler& handler;
  const Context context;
  ConnectionLimits clients;
  BodyLimits bodies;
  // Receives bodies for exchanges that may block. Its threads mostly compute: more of them than
  // cores would compete for the caches. It is separate from `blocking`, so that bodies do not wait
  // for threads that sync files.
  BlockingPool receiving;
  BlockingPool blocking;
  std::atomic<bool> stopping = false;
  // Cancels reads of response bodies after stop() has closed the connections that wait for them.
  std::stop_source reading;
};

// Reads one request and writes its response.
class RequestRunner {
 public:
  RequestRunner(ServerState& state, Connection& connection)
      : state_(state), options_(state.options), connection_(connection), body_(state.bodies) {}
  RequestRunner(const RequestRunner&) = delete;
  RequestRunner& operator=(const RequestRunner&) = delete;
  ~RequestRunner() {
    if (!counted_client_.empty()) state_.clients.leave(counted_client_);
    release_exchange();
  }

  // Returns true if the connection may carry another request.
  Task<bool> run();

 private:
  // --- The request ---
  Task<bool> read_head();
  // Reads further bytes after those that were kept, together at most `limit`.
  Task<bool> read_more(std::string_view& bytes, std::size_t limit);
  // A head is read in small parts: what follows it stays in the kernel until its turn.
  [[nodiscard]] std::size_t head_read_bytes() const noexcept {
    constexpr std::size_t kBeyondTheLimit = 1024;
    return options_.max_header_bytes + kBeyondTheLimit;
  }
  Task<bool> reject_failed_head();
  Task<bool> reject_client();
  [[nodiscard]] bool count_client();
  AdmissionResult admit() noexcept;
  Task<bool> read_body();
  std::optional<Response> check_body();
  std::optional<Response> check_limit(BodyLimits::Limit limit);
  Task<void> reject_late_body();
  Task<bool> read_body_here();
  Task<bool> read_body_elsewhere();
  IoResult::Kind take_turn(std::optional<Response>& rejected) noexcept;
  std::optional<Response> take_bytes(std::string_view& bytes);
  std::optional<Response> take_piece(std::string_view piece);

  // --- The response ---
  Task<std::optional<Response>> respond();
  Task<bool> ask(std::optional<Reply>& reply);
  Task<void> postpone(const AskAgain& again, Wakeups::Version before);
  Task<bool> run_on(BlockingPool& pool, const std::function<void()>& work);
  Reply call_exchange() noexcept;
  void release_exchange();
  Response error(int status, std::string_view message) const;
  void begin_pace() noexcept {
    connection_.begin_pace(options_.min_bytes_per_second, options_.stall_timeout);
  }

  // --- Writing ---
  Task<bool> write(const Response& response, bool keep_alive);
  Task<void> write_last(const Response& response);
  Task<bool> write_events(const EventStream& events, BodyFraming framing);
  std::optional<std::string> next_events(const EventStream& events) const noexcept;
  bool client_left();
  Task<bool> send(std::string_view first, std::string_view second, bool more);
  Task<bool> send_file(FileSlice slice);
  Task<bool> send_texts(const SharedTexts& texts);
  Task<bool> send_parts(FileSlice slice);
  Task<std::size_t> read_part(const FileSlice& slice, std::span<std::uint8_t> into);

  ServerState& state_;
  const ServerOptions& options_;
  Connection& connection_;
  // Created at the first byte of a request, because idle connections do not need a parser.
  std::optional<RequestParser> parser_;
  RequestHead head_;
  // After the head, because its exchange refers to the head.
  Admission admission_;
  std::uint64_t received_bytes_ = 0;
  BodyLimits::Body body_;
  // The client whose requests in progress include this one; empty: they are not counted.
  std::string counted_client_;
};

}  // namespace streamkit::http
