#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rtmp/wire.hpp"

namespace streamkit::rtmp {

/// A value of the Action Message Format 0. Source: Adobe's AMF 0 specification.
class AmfValue {
 public:
  struct Null {};
  using Object = std::vector<std::pair<std::string, AmfValue>>;
  using Array = std::vector<AmfValue>;

  AmfValue() = default;
  AmfValue(double number) : value_(number) {}
  AmfValue(bool truth) : value_(truth) {}
  AmfValue(std::string text) : value_(std::move(text)) {}
  AmfValue(std::string_view text) : value_(std::string(text)) {}
  AmfValue(const char* text) : value_(std::string(text)) {}
  AmfValue(Object object) : value_(std::move(object)) {}
  AmfValue(Array array) : value_(std::move(array)) {}

  [[nodiscard]] const double* number() const noexcept { return std::get_if<double>(&value_); }
  [[nodiscard]] const bool* truth() const noexcept { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::string* text() const noexcept {
    return std::get_if<std::string>(&value_);
  }
  /// Objects and the arrays with names, which AMF calls ECMA arrays.
  [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&value_); }
  [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&value_); }
  /// Returns a member of an object; null if this is not an object or has no such member.
  [[nodiscard]] const AmfValue* find(std::string_view name) const noexcept;
  /// Returns a member that is a text; empty if there is none.
  [[nodiscard]] std::string_view find_text(std::string_view name) const noexcept;

 private:
  std::variant<Null, double, bool, std::string, Object, Array> value_;
};

/// Reads values one after another. Values that are nested deeper than 16 levels, or more than 4096
/// in all, are malformed.
class AmfReader {
 public:
  explicit AmfReader(ByteView bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  /// Returns nothing at the end and for what is malformed or AMF 3; every later call does, too.
  [[nodiscard]] std::optional<AmfValue> read();

 private:
  AmfValue value(int depth);
  AmfValue object(int depth);
  AmfValue strict_array(int depth);

  WireReader bytes_;
  std::size_t values_ = 0;
};

/// Appends a value. A text of more than 65,535 bytes is cut.
void append_amf(Bytes& bytes, const AmfValue& value);

}  // namespace streamkit::rtmp
