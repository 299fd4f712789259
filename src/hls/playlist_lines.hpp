#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/core/text.hpp>
#include <string_view>

// Splits a playlist into its lines, for the parsers of media and multivariant playlists.
namespace streamkit::hls {

inline constexpr std::string_view kFirstLine = "#EXTM3U";

// CorruptData that names the line and what is expected there.
Error error_at(std::uint64_t line, std::string_view expected);

// Checks the encoding and that there is no byte order mark.
Result<void> check_encoding(std::string_view text);

// Calls `on_line` with each tag and each URI after the first line, without the blanks around it.
// `number` is the number of that line meanwhile, and afterwards one more than the last one's.
template <typename OnLine>
Result<void> read_lines(std::string_view text, std::uint64_t& number, OnLine on_line) {
  if (auto valid = check_encoding(text); !valid) return valid;
  number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end), " \t\r");
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    ++number;
    if (number == 1) {
      if (line != kFirstLine) return error_at(number, kFirstLine);
      continue;
    }
    const bool is_comment = line.starts_with('#') && !line.starts_with("#EXT");
    if (line.empty() || is_comment) continue;
    if (auto done = on_line(line); !done) return done;
  }
  ++number;
  if (number == 1) return error_at(number, kFirstLine);
  return {};
}

struct TagLine {
  std::string_view name;
  // Without the blanks around it.
  std::string_view value;
};

// Splits a line that begins with '#' at its first colon.
TagLine split_tag(std::string_view line) noexcept;

}  // namespace streamkit::hls
