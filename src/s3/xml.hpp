#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::s3 {

/// An element with text or with children, as S3's documents are made of. Attributes are dropped.
struct XmlNode {
  std::string name;
  /// Of an element without children, entities resolved; the white space between children is not
  /// kept.
  std::string text;
  std::vector<XmlNode> children;

  /// The first child of this name; null: there is none.
  [[nodiscard]] const XmlNode* find(std::string_view child) const noexcept;
  friend bool operator==(const XmlNode&, const XmlNode&) = default;
};

/// What a client may send at most.
struct XmlLimits {
  std::size_t bytes = 2 * 1024 * 1024;
  std::size_t depth = 8;
  std::size_t elements = 60'000;
};

/// Reads one document; the root element. No document type, so no entities but XML's own five and
/// character references. Errors: InvalidArgument, saying what is wrong and in which line.
Result<XmlNode> parse_xml(std::string_view text, XmlLimits limits = {});

/// Whether a document can hold the text as it is: UTF-8, without control characters.
[[nodiscard]] bool is_xml_text(std::string_view text) noexcept;

/// Writes a document with its declaration. Text is escaped; what XML cannot hold becomes '?'.
class XmlWriter {
 public:
  XmlWriter();
  void open(std::string_view name);
  /// A root element in S3's namespace.
  void open_s3(std::string_view name);
  void close(std::string_view name);
  /// Text of the element that is open.
  void content(std::string_view text);
  /// `<name>text</name>`
  void text(std::string_view name, std::string_view text);
  [[nodiscard]] std::string take() && { return std::move(xml_); }

 private:
  std::string xml_;
};

}  // namespace streamkit::s3
