#include "load/answer_head.hpp"

#include <charconv>
#include <streamkit/net/http_headers.hpp>

namespace streamkit::load {
namespace {

constexpr std::size_t kMaxHeadBytes = 16 * 1024;

Error corrupt(std::string_view what) {
  return {ErrorCode::CorruptData, "the answer has " + std::string(what)};
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::optional<AnswerHead>> parse_answer_head(std::string_view received) {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (received.size() > kMaxHeadBytes) return corrupt("no end of its head");
    return std::optional<AnswerHead>();
  }
  std::string_view rest = received.substr(0, end + 2);
  const std::string_view first = rest.substr(0, rest.find("\r\n"));
  const auto status = parse_number<int>(first.substr(std::min<std::size_t>(9, first.size()), 3));
  if (!first.starts_with("HTTP/1.1 ") || !status) return corrupt("no HTTP/1.1 status line");
  rest.remove_prefix(first.size() + 2);

  AnswerHead head{.status = *status, .head_bytes = end + 4};
  bool has_length = *status == 204 || *status == 304;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return corrupt("a header line without ':'");
    const auto name = line.substr(0, colon);
    const auto value = trimmed(line.substr(colon + 1));
    if (net::equal_ignoring_case(name, "Content-Length")) {
      const auto length = parse_number<std::uint64_t>(value);
      if (!length) return corrupt("a Content-Length that is no number");
      head.body_bytes = *length;
      has_length = true;
    } else if (net::equal_ignoring_case(name, "Connection")) {
      head.closes = net::equal_ignoring_case(value, "close");
    }
  }
  if (!has_length) return corrupt("no Content-Length");
  return std::optional<AnswerHead>(head);
}

}  // namespace streamkit::load
