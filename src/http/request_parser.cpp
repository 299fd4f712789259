#include "http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace streamkit::http {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

constexpr std::size_t kUsualHeaders = 16;
// The length of "0\r\n\r\n", the least that follows where a chunk may begin. With fewer bytes,
// Boost 1.81 asserts in basic_parser::parse_chunk_header() if a last chunk arrives byte by byte.
constexpr std::size_t kLeastChunk = 5;

std::string_view view(string_view text) noexcept { return {text.data(), text.size()}; }

struct Target {
  /// Empty if the Host header contains the authority.
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

// Splits "/path?query", "http://host/path?query" or "*". Source: RFC 9112 3.2.
std::optional<Target> split_target(std::string_view text) noexcept {
  Target target;
  if (!text.starts_with('/') && text != "*") {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto name = text.substr(0, scheme);
    if (!net::equal_ignoring_case(name, "http") && !net::equal_ignoring_case(name, "https")) {
      return {};
    }
    text.remove_prefix(scheme + 3);
    target.authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(target.authority.size());
    if (target.authority.empty() || target.authority.find('@') != std::string_view::npos) return {};
  }
  const auto question = text.find('?');
  target.path = text.substr(0, question);
  if (target.path.empty()) target.path = "/";
  if (question != std::string_view::npos) target.query = text.substr(question + 1);
  return target;
}

}  // namespace

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  explicit Impl(Limits limits) : limits_(limits) {
    body_limit(boost::none);  // the limit depends on the request, so the caller counts the body
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.head_bytes, std::numeric_limits<std::uint32_t>::max())));
    request_.headers.reserve(kUsualHeaders);
  }

  std::size_t put_some(std::string_view bytes) {
    piece_ = {};
    std::size_t taken = 0;
    if (!got_some()) {
      // Some clients send an additional line end after a request. Source: RFC 9112 2.2.
      while (bytes.substr(taken).starts_with("\r\n")) taken += 2;
      bytes.remove_prefix(taken);
      overhead_bytes_ += taken;
      if (bytes.empty() || bytes == "\r") {
        check_overhead(0);
        return taken;
      }
    }
    if (is_header_done() && chunked() && chunk_left_bytes_ == 0 && bytes.size() < kLeastChunk) {
      check_overhead(bytes.size());
      return taken;
    }
    error_code failure;
    const std::size_t parsed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), failure);
    overhead_bytes_ += parsed - piece_.size();
    if (failure && failure != http::error::need_more) {
      fail(failure == http::error::header_limit ? kTooLarge : kMalformed);
    } else if (failure) {
      check_overhead(bytes.size() - parsed);
    }
    if (is_header_done() && !head_checked_ && failure_.status == 0) {
      finish_head(bytes.substr(0, parsed));
    }
    check_overhead(0);
    return taken + parsed;
  }

  State state() const noexcept {
    if (failure_.status != 0) return State::Failed;
    if (is_done()) return State::Done;
    return is_header_done() ? State::Body : State::Head;
  }

  RequestHead request_;
  std::string_view piece_;
  Failure failure_;
  bool http11_ = true;

 private:
  static constexpr Failure kMalformed{400, "malformed request"};
  static constexpr Failure kTooLarge{431, "the head of the request is too large"};

  void fail(Failure failure) noexcept {
    if (failure_.status == 0) failure_ = failure;
  }

  // Boost's parser limits only the part that it has not consumed yet, so the whole is limited here.
  void check_overhead(std::size_t waiting) noexcept {
    if (overhead_bytes_ + waiting <= limits_.head_bytes) return;
    fail(is_header_done() ? kMalformed : kTooLarge);
  }

  // `head` contains the whole head, because Boost's parser consumes it only when it is complete.
  void finish_head(std::string_view head) {
    head_checked_ = true;
    overhead_bytes_ = 0;
    // Boost's parser joins a folded line to the header before it, while other parsers see a header
    // of its own. Source: RFC 9112 5.2.
    if (head.find("\r\n ") != head.npos || head.find("\r\n\t") != head.npos) {
      return fail({400, "a header must not continue on the next line"});
    }
    const auto target = split_target(target_);
    if (!target) return fail({400, "the request target must be a path"});
    request_.path = target->path;
    request_.query = target->query;
    if (hosts_ > 1) return fail({400, "there is more than one Host header"});
    if (http11_ && hosts_ == 0) return fail({400, "the Host header is missing"});
    // The authority in the target takes precedence over the Host header. Source: RFC 9112 3.2.2.
    if (!target->authority.empty()) {
      for (auto& [name, value] : request_.headers) {
        if (net::equal_ignoring_case(name, "Host")) value = target->authority;
      }
    }
    if (http11_ && request_.header("Host").empty()) fail({400, "the Host header is empty"});
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request_.method = view(method);
    target_ = view(target);
    http11_ = version >= 11;
  }

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& failure) override {
    const auto refuse = [&](Failure reason) {
      fail(reason);
      failure = http::error::bad_field;
    };
    if (++headers_ > limits_.headers) return refuse({431, "the request has too many headers"});
    if (is_header_done()) return;  // a trailer, which is ignored
    if (field == http::field::content_length && ++lengths_ > 1) return refuse(kMalformed);
    if (field == http::field::content_length &&
        !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return refuse(kMalformed);
    }
    if (field == http::field::transfer_encoding &&
        (!http11_ || !net::equal_ignoring_case(view(value), "chunked"))) {
      return refuse({400, "the only supported transfer coding is chunked"});
    }
    if (field == http::field::host) ++hosts_;
    request_.headers.push_back({std::string(view(name)), std::string(view(value))});
  }

  void on_header_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code&) override {
    chunk_left_bytes_ = size;
    // Extensions of all chunks count together, so that those of many small chunks are bounded too.
    // The bytes of this header are added when it is consumed.
    overhead_bytes_ = extension_bytes_;
    extension_bytes_ += extensions.size();
    headers_ = 0;
  }
  void on_finish_impl(error_code&) override {}

  std::size_t on_body_impl(string_view body, error_code&) override {
    piece_ = view(body);
    return body.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& failure) override {
    chunk_left_bytes_ -= body.size();
    return on_body_impl(body, failure);
  }

  const Limits limits_;
  std::string target_;
  bool head_checked_ = false;
  std::uint64_t chunk_left_bytes_ = 0;
  // Consumed since the head or the last chunk header, without the body, and extensions before.
  std::size_t overhead_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t headers_ = 0;
  std::size_t lengths_ = 0;
  std::size_t hosts_ = 0;
};

RequestParser::RequestParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

std::size_t RequestParser::put(std::string_view bytes) { return impl_->put_some(bytes); }
RequestParser::State RequestParser::state() const noexcept { return impl_->state(); }
std::string_view RequestParser::body_piece() const noexcept { return impl_->piece_; }
RequestParser::Failure RequestParser::failure() const noexcept { return impl_->failure_; }
RequestHead& RequestParser::request() noexcept { return impl_->request_; }

std::optional<std::uint64_t> RequestParser::announced_bytes() const noexcept {
  if (impl_->chunked()) return {};
  const auto length = impl_->content_length();
  return length ? *length : 0;
}

bool RequestParser::keep_alive() const noexcept { return is_http11() && impl_->keep_alive(); }
bool RequestParser::is_http11() const noexcept { return impl_->http11_; }

}  // namespace streamkit::http
