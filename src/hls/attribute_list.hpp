#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <streamkit/core/media_time.hpp>
#include <string>
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

// An attribute that read_attributes() looks for.
struct AttributeSlot {
  std::string_view name;
  std::optional<Attribute> found = {};
};

// Fills the slots; other attributes are ignored. Returns false for text that is not an attribute
// list, and if an attribute of a slot occurs twice.
bool read_attributes(std::string_view list, std::span<AttributeSlot> slots) noexcept;

// Returns the values of single attributes. Each returns false if the attribute is there and is not
// such a value; what is missing leaves `value` as it is.

// A quoted string that is not empty and has no control character.
bool read_text(const AttributeSlot& slot, std::string& value);
bool read_integer(const AttributeSlot& slot, std::optional<std::uint64_t>& value) noexcept;
bool read_seconds(const AttributeSlot& slot, std::optional<MediaTime>& value) noexcept;
// YES or NO.
bool read_flag(const AttributeSlot& slot, bool& value) noexcept;

}  // namespace streamkit::hls
