#include "s3/xml.hpp"

#include <expat.h>

#include <memory>

namespace streamkit::s3 {
namespace {

struct FreeParser {
  void operator()(XML_Parser parser) const noexcept { ::XML_ParserFree(parser); }
};
using ParserHandle = std::unique_ptr<XML_ParserStruct, FreeParser>;

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Builds the tree in callbacks of expat.
class TreeBuilder {
 public:
  TreeBuilder(XML_Parser parser, XmlLimits limits) : parser_(parser), limits_(limits) {
    ::XML_SetUserData(parser, this);
    ::XML_SetElementHandler(
        parser, [](void* self, const char* name, const char**) { of(self).open(name); },
        [](void* self, const char*) { of(self).close(); });
    ::XML_SetCharacterDataHandler(parser, [](void* self, const char* text, int size) {
      of(self).path_.back().text.append(text, static_cast<std::size_t>(size));
    });
    ::XML_SetStartDoctypeDeclHandler(parser,
                                     [](void* self, const char*, const char*, const char*, int) {
                                       of(self).refuse("a document type is not allowed");
                                     });
  }

  const std::string& refusal() const noexcept { return refusal_; }
  XmlNode take_root() { return std::move(root_); }

 private:
  static TreeBuilder& of(void* self) noexcept { return *static_cast<TreeBuilder*>(self); }

  void open(const char* name) {
    if (path_.size() >= limits_.depth) return refuse("elements are nested too deep");
    if (++elements_ > limits_.elements) return refuse("too many elements");
    path_.push_back({name, {}, {}});
  }

  void close() {
    // After it was stopped, expat may still report the end of the current element.
    if (path_.empty() || !refusal_.empty()) return;
    XmlNode done = std::move(path_.back());
    path_.pop_back();
    if (!done.children.empty()) {
      if (!is_blank(done.text)) return refuse("there is text between elements");
      done.text.clear();
    }
    (path_.empty() ? root_ : path_.back().children.emplace_back()) = std::move(done);
  }

  void refuse(const char* reason) {
    if (refusal_.empty()) refusal_ = reason;
    ::XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  const XmlLimits limits_;
  std::size_t elements_ = 0;
  // The open elements, from the root to the innermost.
  std::vector<XmlNode> path_;
  XmlNode root_;
  std::string refusal_;
};

// Returns the length of the UTF-8 character that `text` begins with, or 0 if XML cannot contain it.
// Source: RFC 3629 section 4; XML 1.0 section 2.2.
std::size_t character_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return first >= 0x20 || first == '\t' || first == '\n' || first == '\r';
  }
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned code = (first & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    const bool allowed = code >= 0x800 && (code < 0xD800 || code > 0xDFFF) && code < 0xFFFE;
    return follows(1) && follows(2) && allowed ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4 || !follows(1) || !follows(2) || !follows(3)) return 0;
  const unsigned code = (first & 0x07U) << 18 | (byte(1) & 0x3FU) << 12;
  return code >= 0x10000 && code <= 0x10FFFF ? 4 : 0;
}

void append_escaped(std::string& xml, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    switch (length == 0 ? '\0' : text.front()) {
      case '\0':
        xml += '?';
        break;
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      // An XML parser would convert it to a line feed.
      case '\r':
        xml += "&#13;";
        break;
      default:
        xml += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

const XmlNode* XmlNode::find(std::string_view child) const noexcept {
  for (const auto& node : children) {
    if (node.name == child) return &node;
  }
  return nullptr;
}

Result<XmlNode> parse_xml(std::string_view text, XmlLimits limits) {
  const auto refuse = [](std::string reason) {
    return Error{ErrorCode::InvalidArgument, "XML: " + std::move(reason)};
  };
  if (text.size() > limits.bytes) return refuse("the document is too long");
  const ParserHandle parser(::XML_ParserCreate("UTF-8"));
  if (!parser) return Error{ErrorCode::ResourceExhausted, "no memory for an XML parser"};
  TreeBuilder builder(parser.get(), limits);
  if (::XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) !=
      XML_STATUS_OK) {
    const std::string reason = builder.refusal().empty()
                                   ? ::XML_ErrorString(::XML_GetErrorCode(parser.get()))
                                   : builder.refusal();
    return refuse(reason + " in line " + std::to_string(::XML_GetCurrentLineNumber(parser.get())));
  }
  return builder.take_root();
}

bool is_xml_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

XmlWriter::XmlWriter() : xml_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

void XmlWriter::open(std::string_view name) { xml_.append("<").append(name).append(">"); }

void XmlWriter::open_s3(std::string_view name) {
  xml_.append("<").append(name).append(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
}

void XmlWriter::close(std::string_view name) { xml_.append("</").append(name).append(">"); }

void XmlWriter::content(std::string_view text) { append_escaped(xml_, text); }

void XmlWriter::text(std::string_view name, std::string_view text) {
  open(name);
  content(text);
  close(name);
}

}  // namespace streamkit::s3
