#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::s3 {

/// An element with text or with children, as in S3's documents. Attributes are dropped.
struct XmlNode {
  std::string name;
  /// The text of an element without children, with entities resolved. White space between children
  /// is dropped.
  std::string text;
  std::vector<XmlNode> children;

  /// Returns the first child of this name; null when it is missing.
  [[nodiscard]] const XmlNode* find(std::string_view child) const noexcept;
  friend bool operator==(const XmlNode&, const XmlNode&) = default;
};

/// Limits of a document that a client sends.
struct XmlLimits {
  std::size_t bytes = 2 * 1024 * 1024;
  std::size_t depth = 8;
  std::size_t elements = 60'000;
};

/// Parses one document and returns its root element. A document type is rejected, so only XML's
/// five entities and character references are known. Errors: InvalidArgument; the message names the
/// problem and its line.
Result<XmlNode> parse_xml(std::string_view text, XmlLimits limits = {});

/// Returns whether a document can contain the text unchanged: UTF-8 without control characters.
[[nodiscard]] bool is_xml_text(std::string_view text) noexcept;

/// Writes a document with its declaration. Text is escaped; characters that XML cannot contain
/// become '?'.
class XmlWriter {
 public:
  XmlWriter();
  void open(std::string_view name);
  /// Opens a root element in S3's namespace.
  void open_s3(std::string_view name);
  void close(std::string_view name);
  /// Writes the text of the open element.
  void content(std::string_view text);
  /// Writes `<name>text</name>`.
  void text(std::string_view name, std::string_view text);
  [[nodiscard]] std::string take() && { return std::move(xml_); }

 private:
  std::string xml_;
};

}  // namespace streamkit::s3
