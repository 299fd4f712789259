#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <streamkit/http/handler.hpp>

namespace streamkit::http {

/// The parts of a path that a pattern names, as sent. They are views of the path and the pattern.
class STREAMKIT_API PathParameters {
 public:
  static constexpr std::size_t kMaxParameters = 4;

  /// Returns the value of a parameter; empty when the pattern does not have it.
  [[nodiscard]] std::string_view operator[](std::string_view name) const noexcept;
  void add(std::string_view name, std::string_view value) noexcept;
  void clear() noexcept { size_ = 0; }

 private:
  std::array<std::pair<std::string_view, std::string_view>, kMaxParameters> values_;
  std::size_t size_ = 0;
};

/// One row of a route table.
struct STREAMKIT_API Route {
  /// The name of the route in metrics, as in "playlist". Several rows may share a name.
  std::string name = {};
  /// The pattern of the path, as in "/stream/{session}/playlist.m3u8". `{name}` is one part of the
  /// path, which may be empty; `{name...}`, at the end only, is the rest, with any number of parts.
  /// At most PathParameters::kMaxParameters of them.
  std::string pattern = {};
  /// The accepted methods. Others are rejected with 405, and the router itself responds to OPTIONS
  /// if it is listed. Empty: `admit` checks the method.
  std::vector<std::string> methods = {};
  /// The amount of a client's rate limit that a request takes.
  double rate_weight = 1;
  /// True when pages of every origin may read the responses.
  bool cors = false;
  /// Checks the parameters before the method is checked. A response rejects the request. Empty: all
  /// are valid.
  std::function<std::optional<Response>(const PathParameters& path)> check = {};
  /// Admits a request as Handler::admit() does. `path` is valid only during the call; the values
  /// that it returns are valid for as long as `head`.
  std::function<AdmissionResult(const RequestHead& head, const PathParameters& path)> admit = {};
};

/// Dispatches requests by path and records request metrics: streamkit_http_requests_total by route
/// and class of status, and streamkit_http_request_seconds by route, from the head of a request to
/// its response. Paths that match no row belong to the route "other" and are rejected with 404.
/// Thread-safety: claim() and guard() before the server starts; the rest from any thread.
class STREAMKIT_API Router final : public Handler {
 public:
  /// Returns the response to an error: 400, 404, 405, 408, 413, 429, 431, 500 or 503. The router
  /// adds Allow to 405.
  using ErrorWording = std::function<Response(int status, std::string_view message)>;
  /// Returns the handler that takes a request, or null.
  using Claimant = std::function<Handler*(const RequestHead& head)>;
  /// Checks a request by its head before it is admitted. A response rejects the request.
  using Guard = std::function<std::optional<Response>(const RequestHead& head, const Route& route)>;

  /// The first row that matches a path is used. Precondition: every pattern begins with '/' and
  /// every row has `admit`. The targets of `context` must outlive this object. An empty `wording`
  /// sends the message as plain text.
  Router(std::vector<Route> routes, ErrorWording wording, Context context);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router() override;

  /// Calls `claimant` before the routes are matched, for endpoints that are recognized by a
  /// signature or a host. Its requests are counted as the route `name`.
  void claim(std::string name, Claimant claimant);
  /// Calls `guard` for every request, claimed ones too.
  void guard(Guard guard);

  /// Returns whether a row matches the path.
  [[nodiscard]] bool matches(std::string_view path) const noexcept;

  [[nodiscard]] AdmissionResult admit(const RequestHead& head) override;
  [[nodiscard]] Response error(const RequestHead& head, int status,
                               std::string_view message) const override;

 private:
  struct Row;
  struct Group;

  [[nodiscard]] const Row* find(std::string_view path, PathParameters& parameters) const noexcept;
  [[nodiscard]] AdmissionResult admit_to(const Row* row, const RequestHead& head,
                                         const PathParameters& parameters) const;
  [[nodiscard]] Response respond_to_method(const Row& row, std::string_view method) const;
  [[nodiscard]] AdmissionResult record(const Route& route, const RequestHead& head,
                                       AdmissionResult admitted) const;

  const ErrorWording wording_;
  const Context context_;
  std::vector<Group> groups_;
  const Route other_;
  Route claimed_;
  Claimant claimant_;
  Guard guard_;
};

}  // namespace streamkit::http
