#include "dash/xml.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <streamkit/core/text.hpp>

namespace streamkit::dash {
namespace {

// Between the URI of a namespace and a name; neither contains it.
constexpr char kSeparator = ' ';

struct FreeParser {
  void operator()(XML_Parser parser) const noexcept { ::XML_ParserFree(parser); }
};
using ParserHandle = std::unique_ptr<XML_ParserStruct, FreeParser>;

std::string local_name(std::string_view name) {
  const auto separator = name.find(kSeparator);
  if (separator == name.npos) return kSeparator + std::string(name);  // in no namespace
  // Manifests of the first edition have it in other case.
  const bool is_ours = equal_ignoring_case(name.substr(0, separator), kNamespace);
  return std::string(is_ours ? name.substr(separator + 1) : name);
}

// Builds the tree in callbacks of expat.
class TreeBuilder {
 public:
  TreeBuilder(XML_Parser parser, XmlLimits limits) : parser_(parser), limits_(limits) {
    ::XML_SetUserData(parser, this);
    ::XML_SetElementHandler(
        parser,
        [](void* self, const char* name, const char** attributes) {
          of(self).open(name, attributes);
        },
        [](void* self, const char*) { of(self).close(); });
    ::XML_SetStartDoctypeDeclHandler(parser,
                                     [](void* self, const char*, const char*, const char*, int) {
                                       of(self).reject("a document type is not allowed");
                                     });
  }

  [[nodiscard]] const std::string& rejection() const noexcept { return rejection_; }
  XmlElement take_root() { return std::move(root_); }

 private:
  static TreeBuilder& of(void* self) noexcept { return *static_cast<TreeBuilder*>(self); }

  void open(const char* name, const char** attributes) {
    if (path_.size() >= limits_.depth) return reject("elements are nested too deep");
    if (++elements_ > limits_.elements) return reject("too many elements");
    XmlElement& element = path_.emplace_back();
    element.name = local_name(name);
    element.line = ::XML_GetCurrentLineNumber(parser_);
    for (; *attributes != nullptr; attributes += 2) {
      element.attributes.emplace_back(attributes[0], attributes[1]);
    }
  }

  void close() {
    // After it was stopped, expat may still report the end of the current element.
    if (path_.empty() || !rejection_.empty()) return;
    XmlElement done = std::move(path_.back());
    path_.pop_back();
    (path_.empty() ? root_ : path_.back().children.emplace_back()) = std::move(done);
  }

  void reject(const char* reason) {
    if (rejection_.empty()) rejection_ = reason;
    ::XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  const XmlLimits limits_;
  std::size_t elements_ = 0;
  // The open elements, from the root to the innermost.
  std::vector<XmlElement> path_;
  XmlElement root_;
  std::string rejection_;
};

void append_escaped(std::string& xml, std::string_view text) {
  for (const char c : text) {
    switch (c) {
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
      // A parser would make blanks of them.
      case '\t':
      case '\n':
      case '\r':
        xml += "&#" + std::to_string(static_cast<int>(c)) + ";";
        break;
      default:
        xml += c;
    }
  }
}

}  // namespace

const std::string* XmlElement::find(std::string_view attribute) const noexcept {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const auto& each) { return each.first == attribute; });
  return found == attributes.end() ? nullptr : &found->second;
}

Result<XmlElement> parse_xml(std::string_view text, XmlLimits limits) {
  if (text.size() > limits.bytes) {
    return Error{ErrorCode::CorruptData,
                 "the manifest is longer than " + std::to_string(limits.bytes) + " bytes"};
  }
  const ParserHandle parser(::XML_ParserCreateNS("UTF-8", kSeparator));
  if (!parser) return Error{ErrorCode::ResourceExhausted, "no memory for an XML parser"};
  TreeBuilder builder(parser.get(), limits);
  if (::XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) !=
      XML_STATUS_OK) {
    const std::string reason = builder.rejection().empty()
                                   ? ::XML_ErrorString(::XML_GetErrorCode(parser.get()))
                                   : builder.rejection();
    return Error{
        ErrorCode::CorruptData,
        "line " + std::to_string(::XML_GetCurrentLineNumber(parser.get())) + ": XML: " + reason};
  }
  return builder.take_root();
}

XmlWriter::XmlWriter() : xml_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

void XmlWriter::open(std::string_view name) {
  if (has_open_tag_) xml_ += ">\n";
  xml_.append(2 * path_.size(), ' ');
  xml_ += '<';
  xml_ += name;
  path_.emplace_back(name);
  has_open_tag_ = true;
}

void XmlWriter::attribute(std::string_view name, std::string_view value) {
  xml_ += ' ';
  xml_ += name;
  xml_ += "=\"";
  append_escaped(xml_, value);
  xml_ += '"';
}

void XmlWriter::close() {
  if (has_open_tag_) {
    xml_ += "/>\n";
  } else {
    xml_.append(2 * (path_.size() - 1), ' ');
    xml_.append("</").append(path_.back()).append(">\n");
  }
  has_open_tag_ = false;
  path_.pop_back();
}

}  // namespace streamkit::dash
