#include "hls/playlist_lines.hpp"

#include <algorithm>

#include "hls/utf8.hpp"

namespace streamkit::hls {

Error error_at(std::uint64_t line, std::string_view expected) {
  return {ErrorCode::CorruptData,
          "line " + std::to_string(line) + ": expected " + std::string(expected)};
}

Result<void> check_encoding(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) return error_at(1, "#EXTM3U without a byte order mark");
  const auto valid = valid_utf8_prefix(text);
  if (valid == text.size()) return {};
  const auto lines = std::count(text.begin(), text.begin() + static_cast<long>(valid), '\n');
  return error_at(static_cast<std::uint64_t>(lines) + 1, "UTF-8");
}

TagLine split_tag(std::string_view line) noexcept {
  const auto colon = line.find(':');
  if (colon == line.npos) return {line, {}};
  return {line.substr(0, colon), trimmed(line.substr(colon + 1), " \t")};
}

}  // namespace streamkit::hls
