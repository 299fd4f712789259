#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <streamkit/http/byte_range.hpp>
#include "http/request_parser.hpp"

using namespace streamkit::http;

namespace {

using State = RequestParser::State;

constexpr RequestParser::Limits kLimits{.head_bytes = 4096, .headers = 20};

void require(bool holds) {
  if (!holds) std::abort();
}

struct Parsed {
  State state = State::Head;
  RequestHead request;
  std::string body;
  std::string rest;
  bool http11 = false;
  bool keep_alive = false;
  std::optional<std::uint64_t> announced_bytes;
};

Parsed parse(std::string_view bytes, std::size_t step) {
  RequestParser parser(kLimits);
  Parsed parsed;
  const auto over = [&] {
    return parser.state() == State::Done || parser.state() == State::Failed;
  };
  while (!bytes.empty() && !over()) {
    const auto piece = bytes.substr(0, std::min(step, bytes.size()));
    parsed.rest += piece;
    bytes.remove_prefix(piece.size());
    while (!parsed.rest.empty() && !over()) {
      const std::size_t taken = parser.put(parsed.rest);
      require(taken <= parsed.rest.size());
      parsed.body += parser.body_piece();
      parsed.rest.erase(0, taken);
      if (taken == 0) break;
    }
    // Whoever sends slowly fills no memory.
    if (!over()) require(parsed.rest.size() <= kLimits.head_bytes);
  }
  parsed.rest += bytes;
  parsed.state = parser.state();
  if (parsed.state == State::Failed) {
    require(parser.failure().status == 400 || parser.failure().status == 431);
  }
  parsed.request = parser.request();
  if (parsed.state == State::Body || parsed.state == State::Done) {
    parsed.http11 = parser.is_http11();
    parsed.keep_alive = parser.keep_alive();
    parsed.announced_bytes = parser.announced_bytes();
  }
  return parsed;
}

std::string print(const RequestHead& request) {
  std::string head = request.method + " " + request.path;
  if (!request.query.empty()) head += "?" + request.query;
  head += " HTTP/1.1\r\n";
  bool host = false;
  for (const auto& [name, value] : request.headers) {
    host = host || streamkit::net::equal_ignoring_case(name, "Host");
    head += name + ": " + value + "\r\n";
  }
  // Of HTTP/1.0, which needs none.
  if (!host || request.header("Host").empty()) return {};
  return head + "\r\n";
}

bool is_control(char character) {
  const auto code = static_cast<unsigned char>(character);
  return (code < 0x20 && character != '\t') || code == 0x7F;
}

void check_request(const RequestHead& request) {
  require(!request.method.empty());
  require(request.path.starts_with('/') || request.path == "*");
  require(std::none_of(request.path.begin(), request.path.end(), is_control));
  require(std::none_of(request.query.begin(), request.query.end(), is_control));
  require(request.headers.size() <= kLimits.headers);
  for (const auto& [name, value] : request.headers) {
    require(!name.empty() && std::none_of(value.begin(), value.end(), is_control));
    require(request.header(name).data() != nullptr);
  }
  require(request.has_query("nowait") == request.query_value("nowait").has_value());
  const std::string printed = print(request);
  if (printed.empty() || printed.size() > kLimits.head_bytes) return;
  const auto again = parse(printed, printed.size()).request;
  require(again.method == request.method && again.path == request.path);
  require(again.query == request.query && again.headers == request.headers);
}

// Whether a next request may follow: said twice, here by the words of RFC 9112 9.3.
void check_keep_alive(const Parsed& parsed) {
  const auto& headers = parsed.request.headers;
  const auto is_connection = [](const auto& header) {
    return streamkit::net::equal_ignoring_case(header.name, "Connection");
  };
  const auto closes = [&](const auto& header) {
    return is_connection(header) && streamkit::net::equal_ignoring_case(header.value, "close");
  };
  if (!parsed.http11 || std::any_of(headers.begin(), headers.end(), closes)) {
    require(!parsed.keep_alive);
  } else if (parsed.announced_bytes &&
             std::none_of(headers.begin(), headers.end(), is_connection)) {
    require(parsed.keep_alive);
  }
  if (!parsed.announced_bytes) require(parsed.http11);
  if (parsed.state == State::Done && parsed.announced_bytes) {
    require(parsed.body.size() == *parsed.announced_bytes);
  }
}

void check_range(std::string_view text) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0}}) {
    const auto range = parse_range(text, size);
    if (range.kind != RangeRequest::Kind::Part) continue;
    require(range.length > 0 && range.offset < size && range.length <= size - range.offset);
    const auto again = parse_range("bytes=" + std::to_string(range.offset) + "-" +
                                       std::to_string(range.offset + range.length - 1),
                                   size);
    require(again.kind == range.kind && again.offset == range.offset &&
            again.length == range.length);
  }
}

}  // namespace

// Whatever the pieces that bytes come in, the same request is read; what is read is harmless, and
// printed and read again it is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_range(bytes);
  const auto whole = parse(bytes, bytes.size());
  if (whole.state == State::Body || whole.state == State::Done) {
    check_request(whole.request);
    check_keep_alive(whole);
  }
  check_range(whole.request.header("Range"));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const auto pieces = parse(bytes, step);
    // What is wrong may show later in pieces, but never not at all.
    require((pieces.state == State::Done) == (whole.state == State::Done));
    if (whole.state != State::Done) continue;
    require(pieces.request.path == whole.request.path);
    require(pieces.request.headers == whole.request.headers);
    require(pieces.body == whole.body && pieces.rest == whole.rest);
    require(pieces.keep_alive == whole.keep_alive && pieces.http11 == whole.http11);
    require(pieces.announced_bytes == whole.announced_bytes);
  }
  return 0;
}
