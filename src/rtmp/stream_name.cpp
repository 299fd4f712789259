#include "rtmp/stream_name.hpp"

#include <charconv>

namespace streamkit::rtmp {
namespace {

constexpr std::size_t kMaxParameters = 32;

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const bool complete = text[i] == '%' && i + 2 < text.size();
    const char* digits = text.data() + i + 1;
    if (complete && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace

std::string split_query(std::string_view text, QueryParameters& parameters) {
  const auto mark = text.find('?');
  if (mark == std::string_view::npos) return std::string(text);
  std::string_view query = text.substr(mark + 1);
  while (!query.empty() && parameters.size() < kMaxParameters) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = pair.find('=');
    if (pair.empty() || equals == 0) continue;
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    parameters.emplace_back(percent_decoded(pair.substr(0, equals)), percent_decoded(value));
  }
  return std::string(text.substr(0, mark));
}

}  // namespace streamkit::rtmp
