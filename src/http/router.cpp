#include <streamkit/http/router.hpp>

#include <algorithm>
#include <cassert>

#include "http/route_pattern.hpp"

namespace streamkit::http {
namespace {

constexpr std::string_view kOther = "other";

std::string join(const std::vector<std::string>& methods) {
  std::string text;
  for (const auto& method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
  }
  return text;
}

void allow_any_origin(Response& response) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back(
      {"Access-Control-Expose-Headers", "Content-Length, Content-Range, Date, ETag, Retry-After"});
}

Response preflight(std::string methods) {
  return {204,
          {{"Access-Control-Allow-Methods", std::move(methods)},
           {"Access-Control-Allow-Headers", "Range, If-Range, If-None-Match"},
           {"Access-Control-Max-Age", "86400"}}};
}

void count(const Context& context, const Route& route, int status) {
  constexpr std::array<std::string_view, 5> kStatusClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 1, 5)) - 1;
  context.count("streamkit_http_requests_total", 1,
                {{"route", route.name}, {"status", kStatusClasses[status_class]}});
}

// Counts and logs the response of a route.
void finish(const Context& context, const Route& route,
            std::chrono::steady_clock::time_point received_at, Response& response) {
  if (route.cors) allow_any_origin(response);
  count(context, route, response.status);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - received_at;
  context.observe("streamkit_http_request_seconds", taken.count(), {{"route", route.name}});
}

class RecordedExchange final : public Exchange {
 public:
  RecordedExchange(std::unique_ptr<Exchange> exchange, const Context& context, const Route& route,
                   std::chrono::steady_clock::time_point received_at)
      : exchange_(std::move(exchange)),
        context_(context),
        route_(route),
        received_at_(received_at) {}

  std::optional<Response> on_body(std::span<const std::uint8_t> bytes) override {
    auto response = exchange_->on_body(bytes);
    if (response) finish(context_, route_, received_at_, *response);
    return response;
  }
  std::uint64_t held_bytes() const noexcept override { return exchange_->held_bytes(); }
  Reply respond() override {
    auto reply = exchange_->respond();
    if (auto* response = std::get_if<Response>(&reply)) {
      finish(context_, route_, received_at_, *response);
    }
    return reply;
  }

 private:
  const std::unique_ptr<Exchange> exchange_;
  const Context& context_;
  const Route& route_;
  const std::chrono::steady_clock::time_point received_at_;
};

Response plain_error(int status, std::string_view message) {
  return text_response(status, "text/plain; charset=utf-8", std::string(message) + '\n');
}

AdmissionResult respond_with(const RequestHead& head, Response response) {
  return respond_to_head(
      head, [response = std::move(response)]() mutable -> Reply { return std::move(response); });
}

}  // namespace

struct Router::Row {
  Route route;
  RoutePattern pattern;
  /// The methods for the Allow header; empty if `admit` checks the method.
  std::string methods;
};

// The routes whose paths begin with the same part.
struct Router::Group {
  std::string first_part;
  std::vector<Row> rows;
};

Router::Router(std::vector<Route> routes, ErrorWording wording, Context context)
    : wording_(wording ? std::move(wording) : ErrorWording(plain_error)),
      context_(context),
      other_{.name = std::string(kOther)} {
  for (auto& route : routes) {
    assert(route.admit);
    Row row{{}, RoutePattern(route.pattern), join(route.methods)};
    row.route = std::move(route);
    const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& existing) {
      return existing.first_part == row.pattern.first_part();
    });
    auto& rows = group != groups_.end()
                     ? group->rows
                     : groups_.emplace_back(Group{row.pattern.first_part(), {}}).rows;
    rows.push_back(std::move(row));
  }
}

Router::~Router() = default;

void Router::claim(std::string name, Claimant claimant) {
  claimed_.name = std::move(name);
  claimant_ = std::move(claimant);
}

void Router::guard(Guard guard) { guard_ = std::move(guard); }

bool Router::matches(std::string_view path) const noexcept {
  PathParameters ignored;
  return find(path, ignored) != nullptr;
}

const Router::Row* Router::find(std::string_view path, PathParameters& parameters) const noexcept {
  const auto first_part = first_part_of(path);
  for (const auto& group : groups_) {
    if (group.first_part != first_part) continue;
    for (const auto& row : group.rows) {
      parameters.clear();
      if (row.pattern.match(path.substr(first_part.size()), parameters)) return &row;
    }
    break;
  }
  parameters.clear();
  return nullptr;
}

AdmissionResult Router::admit(const RequestHead& head) {
  Handler* const claimer = claimant_ ? claimant_(head) : nullptr;
  PathParameters parameters;
  const Row* const row = claimer == nullptr ? find(head.path, parameters) : nullptr;
  const Route& route = claimer != nullptr ? claimed_ : row != nullptr ? row->route : other_;
  if (auto rejected = guard_ ? guard_(head, route) : std::nullopt) {
    count(context_, route, rejected->status);
    if (route.cors) allow_any_origin(*rejected);
    return *std::move(rejected);
  }
  if (claimer == nullptr) return record(route, head, admit_to(row, head, parameters));
  auto admitted = claimer->admit(head);
  if (const auto* rejected = std::get_if<Response>(&admitted)) {
    count(context_, route, rejected->status);
    return admitted;
  }
  return record(route, head, std::move(admitted));
}

AdmissionResult Router::admit_to(const Row* row, const RequestHead& head,
                                 const PathParameters& parameters) const {
  if (row == nullptr) return respond_with(head, wording_(404, "no such resource"));
  const Route& route = row->route;
  if (route.check) {
    if (auto rejected = route.check(parameters)) return respond_with(head, *std::move(rejected));
  }
  const auto& methods = route.methods;
  const bool allowed =
      methods.empty() || std::find(methods.begin(), methods.end(), head.method) != methods.end();
  if (allowed && (methods.empty() || head.method != "OPTIONS")) {
    return route.admit(head, parameters);
  }
  return respond_with(head, respond_to_method(*row, head.method));
}

Response Router::respond_to_method(const Row& row, std::string_view method) const {
  if (method == "OPTIONS" && row.methods.find(method) != std::string::npos) {
    return row.route.cors ? preflight(row.methods) : Response{204, {{"Allow", row.methods}}};
  }
  auto response = wording_(405, "use " + row.methods);
  response.headers.push_back({"Allow", row.methods});
  return response;
}

AdmissionResult Router::record(const Route& route, const RequestHead& head,
                               AdmissionResult admitted) const {
  if (auto* response = std::get_if<Response>(&admitted)) {
    finish(context_, route, head.received_at, *response);
  } else {
    auto& exchange = std::get<Admission>(admitted).exchange;
    exchange =
        std::make_unique<RecordedExchange>(std::move(exchange), context_, route, head.received_at);
  }
  return admitted;
}

Response Router::error(const RequestHead& head, int status, std::string_view message) const {
  if (const Handler* const claimer = claimant_ ? claimant_(head) : nullptr) {
    auto response = claimer->error(head, status, message);
    count(context_, claimed_, response.status);
    return response;
  }
  PathParameters ignored;
  const Row* const row = find(head.path, ignored);
  count(context_, row != nullptr ? row->route : other_, status);
  return wording_(status, message);
}

}  // namespace streamkit::http
