#include "rtmp/amf0.hpp"

#include <algorithm>

namespace streamkit::rtmp {
namespace {

// Source: AMF 0 specification, 2.1.
constexpr std::uint8_t kNumber = 0x00;
constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kString = 0x02;
constexpr std::uint8_t kObject = 0x03;
constexpr std::uint8_t kNull = 0x05;
constexpr std::uint8_t kUndefined = 0x06;
constexpr std::uint8_t kReference = 0x07;
constexpr std::uint8_t kEcmaArray = 0x08;
constexpr std::uint8_t kObjectEnd = 0x09;
constexpr std::uint8_t kStrictArray = 0x0A;
constexpr std::uint8_t kDate = 0x0B;
constexpr std::uint8_t kLongString = 0x0C;
constexpr std::uint8_t kUnsupported = 0x0D;
constexpr std::uint8_t kXmlDocument = 0x0F;
constexpr std::uint8_t kTypedObject = 0x10;

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxValues = 4096;
constexpr std::size_t kMaxTextBytes = 0xFFFF;

void append_short_text(Bytes& bytes, std::string_view text) {
  text = text.substr(0, kMaxTextBytes);
  append_number(bytes, text.size(), 2);
  append_text(bytes, text);
}

void append_object(Bytes& bytes, const AmfValue::Object& object) {
  bytes.push_back(kObject);
  for (const auto& [name, member] : object) {
    append_short_text(bytes, name);
    append_amf(bytes, member);
  }
  append_number(bytes, kObjectEnd, 3);
}

}  // namespace

const AmfValue* AmfValue::find(std::string_view name) const noexcept {
  if (object() == nullptr) return nullptr;
  const auto found = std::find_if(object()->begin(), object()->end(),
                                  [&](const auto& member) { return member.first == name; });
  return found == object()->end() ? nullptr : &found->second;
}

std::string_view AmfValue::find_text(std::string_view name) const noexcept {
  const AmfValue* member = find(name);
  return member != nullptr && member->text() != nullptr ? std::string_view(*member->text())
                                                        : std::string_view();
}

std::optional<AmfValue> AmfReader::read() {
  if (bytes_.empty()) return {};
  AmfValue read = value(0);
  if (!bytes_.ok()) return {};
  return read;
}

AmfValue AmfReader::value(int depth) {
  if (depth > kMaxDepth || ++values_ > kMaxValues) bytes_.fail();
  switch (bytes_.u8()) {
    case kNumber:
      return bytes_.f64();
    case kBoolean:
      return bytes_.u8() != 0;
    case kString:
      return bytes_.text(bytes_.u16());
    case kXmlDocument:
    case kLongString:
      return bytes_.text(bytes_.u32());
    case kObject:
      return object(depth);
    case kTypedObject:
      bytes_.text(bytes_.u16());
      return object(depth);
    // The number of members is a hint only: some writers give 0.
    case kEcmaArray:
      bytes_.u32();
      return object(depth);
    case kStrictArray:
      return strict_array(depth);
    case kDate: {
      const double milliseconds = bytes_.f64();
      bytes_.u16();  // the time zone, reserved
      return milliseconds;
    }
    case kReference:
      bytes_.u16();
      return {};
    case kNull:
    case kUndefined:
    case kUnsupported:
      return {};
    default:
      bytes_.fail();
      return {};
  }
}

AmfValue AmfReader::object(int depth) {
  AmfValue::Object members;
  while (bytes_.ok()) {
    // Some writers leave out the end of the last object.
    if (bytes_.empty()) break;
    std::string name(bytes_.text(bytes_.u16()));
    if (name.empty() && !bytes_.empty() && bytes_.rest().front() == kObjectEnd) {
      bytes_.u8();
      break;
    }
    members.emplace_back(std::move(name), value(depth + 1));
  }
  return members;
}

AmfValue AmfReader::strict_array(int depth) {
  AmfValue::Array elements;
  for (std::uint32_t left = bytes_.u32(); left > 0 && bytes_.ok(); --left) {
    elements.push_back(value(depth + 1));
  }
  return elements;
}

void append_amf(Bytes& bytes, const AmfValue& value) {
  if (const double* number = value.number()) {
    bytes.push_back(kNumber);
    append_number(bytes, std::bit_cast<std::uint64_t>(*number), 8);
  } else if (const bool* truth = value.truth()) {
    bytes.push_back(kBoolean);
    bytes.push_back(*truth ? 1 : 0);
  } else if (const std::string* text = value.text()) {
    bytes.push_back(kString);
    append_short_text(bytes, *text);
  } else if (const AmfValue::Object* object = value.object()) {
    append_object(bytes, *object);
  } else if (const AmfValue::Array* array = value.array()) {
    bytes.push_back(kStrictArray);
    append_number(bytes, array->size(), 4);
    for (const AmfValue& element : *array) append_amf(bytes, element);
  } else {
    bytes.push_back(kNull);
  }
}

}  // namespace streamkit::rtmp
