#include "http/response_head.hpp"

#include <array>
#include <streamkit/net/http_date.hpp>

namespace streamkit::http {
namespace {

struct Reason {
  int status;
  std::string_view text;
};

constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{304, "Not Modified"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{409, "Conflict"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{416, "Range Not Satisfiable"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{503, "Service Unavailable"},
    Reason{507, "Insufficient Storage"},
};

std::string_view reason(int status) noexcept {
  for (const auto& row : kReasons) {
    if (row.status == status) return row.text;
  }
  return "Status";
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  const std::size_t begin = head.size();
  head += value;
  for (std::size_t i = begin; i < head.size(); ++i) {
    const auto code = static_cast<unsigned char>(head[i]);
    if (code < 0x20 || code == 0x7F) head[i] = ' ';
  }
  head += "\r\n";
}

std::size_t size_bound(const Response& response) noexcept {
  std::size_t size = 192;  // the status line and the headers that the server adds
  for (const auto& [name, value] : response.headers) size += name.size() + value.size() + 4;
  return size;
}

}  // namespace

std::string format_head(const Response& response, HeadOptions options, std::string_view date) {
  std::string head;
  head.reserve(size_bound(response));
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) append_header(head, name, value);
  append_header(head, "Date", date);
  if (options.framing == BodyFraming::Chunked) {
    append_header(head, "Transfer-Encoding", "chunked");
  } else if (options.framing == BodyFraming::Length && !has_no_body(response.status)) {
    append_header(head, "Content-Length", std::to_string(response.body_bytes()));
  }
  if (!options.keep_alive) append_header(head, "Connection", "close");
  head += "\r\n";
  return head;
}

std::string_view DateText::at(WallTime now) {
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (second != second_ || text_.empty()) {
    second_ = second;
    text_ = net::format_http_date(now);
  }
  return text_;
}

}  // namespace streamkit::http
