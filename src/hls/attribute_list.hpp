#pragma once

#include <optional>
#include <string_view>

namespace streamkit::hls {

struct Attribute {
  std::string_view name;
  // Without its quotes.
  std::string_view value;
  bool quoted = false;
};

// Reads NAME=value,NAME="quoted, with commas" from left to right, without copying.
// Source: RFC 8216 section 4.2. Also skips blanks before a name, which other programs write.
class AttributeReader {
 public:
  explicit AttributeReader(std::string_view list) : rest_(list) {}

  // Returns the next attribute; nothing at the end of the list and at the first error.
  std::optional<Attribute> next() noexcept;
  bool failed() const noexcept { return failed_; }

 private:
  std::optional<Attribute> fail() noexcept;
  void skip_blanks() noexcept;

  std::string_view rest_;
  bool first_ = true;
  bool failed_ = false;
};

}  // namespace streamkit::hls
