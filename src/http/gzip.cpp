#include <streamkit/http/gzip.hpp>

#include <zlib.h>

namespace streamkit::http {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // the largest window, with a gzip header
constexpr int kMemoryLevel = 8;

std::string_view trim(std::string_view text) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// A weight of 0, as in "q=0" or "q=0.0", means that the encoding is not acceptable.
bool has_zero_weight(std::string_view parameters) noexcept {
  const auto equals = parameters.find("q=");
  if (equals == std::string_view::npos) return false;
  return parameters.substr(equals + 2).find_first_not_of("0. \t") == std::string_view::npos;
}

}  // namespace

Result<std::string> gzip(std::string_view text) {
  z_stream stream = {};
  int status = ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits,
                              kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (status != Z_OK) return Error{ErrorCode::Internal, "gzip", "zlib", status};
  std::string out(::deflateBound(&stream, text.size()), '\0');
  // zlib does not change its input, although its interface is not const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  status = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (status != Z_STREAM_END) return Error{ErrorCode::Internal, "gzip", "zlib", status};
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  while (!accept_encoding.empty()) {
    const auto item = accept_encoding.substr(0, accept_encoding.find(','));
    const auto semicolon = item.find(';');
    const auto coding = trim(item.substr(0, semicolon));
    const auto parameters = semicolon == std::string_view::npos ? "" : item.substr(semicolon);
    if (coding == "gzip" || coding == "x-gzip") return !has_zero_weight(parameters);
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
  }
  return false;
}

}  // namespace streamkit::http
