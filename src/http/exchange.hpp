#pragma once

#include <atomic>
#include <functional>
#include <stop_token>

#include <streamkit/http/server.hpp>
#include "http/blocking_pool.hpp"
#include "http/byte_budget.hpp"
#include "http/connection.hpp"
#include "http/request_parser.hpp"

namespace streamkit::http {

// What all connections of a server share.
struct HttpServices {
  HttpServices(HttpServerConfig its_config, RequestHandler& its_handler, Context its_context)
      : config(std::move(its_config)),
        handler(its_handler),
        context(its_context),
        bodies(config.max_body_bytes_in_flight),
        receiving(config.threads, config.max_blocking_queue),
        blocking(config.blocking_threads, config.max_blocking_queue) {}

  const HttpServerConfig config;
  RequestHandler& handler;
  const Context context;
  ByteBudget bodies;
  // Where receivers that may block take bodies. They compute, mostly: more threads than cores cost
  // caches, and behind those that sync they would wait.
  BlockingPool receiving;
  BlockingPool blocking;
  std::atomic<bool> stopping = false;
  // Ends reads of response bodies, once stop() has closed the connections that want them.
  std::stop_source reading;
};

// One request and its answer.
class HttpExchange {
 public:
  HttpExchange(HttpServices& services, Connection& connection)
      : services_(services),
        config_(services.config),
        connection_(connection),
        share_(services.bodies) {}

  // True when the connection may carry another one.
  Task<bool> run();

 private:
  // --- The request ---
  Task<bool> read_head();
  Task<bool> read_more(std::string_view& bytes);
  Task<bool> refuse_failed_head();
  std::variant<Admission, Response> admit() noexcept;
  Task<bool> read_body();
  Task<bool> collect_body();
  Task<bool> hand_over_body();
  IoResult::Kind take_turn(std::optional<Response>& refused) noexcept;
  std::optional<Response> take_bytes(std::string_view& bytes);
  std::optional<Response> take_piece(std::string_view piece);

  // --- The answer ---
  Task<Response> answer();
  Task<bool> run_on(BlockingPool& pool, const std::function<void()>& work);
  Reply call_handler() noexcept;
  Response refusal(int status, std::string_view message) const;

  // --- Writing ---
  Task<bool> write(const Response& response, bool keep_alive);
  Task<void> write_last(const Response& response);
  Task<bool> write_events(const EventStream& events, BodyFraming framing);
  std::optional<std::string> next_events(const EventStream& events) const noexcept;
  bool client_left();
  Task<bool> send(std::string_view first, std::string_view second, bool more);
  Task<bool> send_file(FileSlice slice);
  Task<bool> send_parts(FileSlice slice);
  Task<std::size_t> read_part(const FileSlice& slice, std::span<std::uint8_t> into);

  HttpServices& services_;
  const HttpServerConfig& config_;
  Connection& connection_;
  // From the first byte on: idle connections need none.
  std::optional<RequestParser> parser_;
  Request request_;
  Admission admission_;
  std::uint64_t received_bytes_ = 0;
  // Of the budget for bodies.
  ByteBudget::Share share_;
};

}  // namespace streamkit::http
