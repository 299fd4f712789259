#pragma once

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamkit::dash {

inline constexpr std::string_view kNamespace = "urn:mpeg:dash:schema:mpd:2011";

// An element with its attributes. Text is dropped: a manifest has its values in attributes.
struct XmlElement {
  // Without its prefix if it is in the namespace of DASH; else with the URI of its namespace, if
  // any, and a blank before it.
  std::string name;
  std::uint64_t line = 0;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;

  // Returns null when it is missing.
  [[nodiscard]] const std::string* find(std::string_view attribute) const noexcept;
};

// Limits of a document that somebody else sends.
struct XmlLimits {
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
  std::size_t depth = 16;
  std::size_t elements = 200'000;
};

// Parses one document and returns its root element. A document type is rejected, so that only XML's
// five entities and character references are known. Errors: CorruptData names the line.
Result<XmlElement> parse_xml(std::string_view text, XmlLimits limits = {});

// Writes a document with its declaration, an element per line.
class XmlWriter {
 public:
  XmlWriter();
  void open(std::string_view name);
  // Of the element that was opened last and has no child yet.
  void attribute(std::string_view name, std::string_view value);
  // Closes the innermost open element.
  void close();
  [[nodiscard]] std::string take() && { return std::move(xml_); }

 private:
  std::string xml_;
  std::vector<std::string> path_;
  bool has_open_tag_ = false;
};

}  // namespace streamkit::dash
