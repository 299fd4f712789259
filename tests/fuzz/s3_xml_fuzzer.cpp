#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "s3/request_documents.hpp"
#include "s3/xml.hpp"

namespace {

using namespace streamkit::s3;

void write(XmlWriter& xml, const XmlNode& node) {
  if (node.children.empty()) return xml.text(node.name, node.text);
  xml.open(node.name);
  for (const auto& child : node.children) write(xml, child);
  xml.close(node.name);
}

std::size_t count(const XmlNode& node) {
  std::size_t elements = 1;
  for (const auto& child : node.children) elements += count(child);
  return elements;
}

}  // namespace

// What parses is bounded, and written it parses to the same; what the two documents of clients
// yield is within their bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr XmlLimits kLimits{.bytes = 64 * 1024, .depth = 5, .elements = 200};
  if (const auto root = parse_xml(text, kLimits)) {
    if (size > kLimits.bytes || count(*root) > kLimits.elements) std::abort();
    XmlWriter xml;
    write(xml, *root);
    const auto again = parse_xml(std::move(xml).take());
    if (!again || *again != *root) std::abort();
  }
  if (const auto parts = parse_complete_request(text)) {
    if (parts->empty()) std::abort();
    for (const auto& part : *parts) {
      if (part.number < 1 || part.number > 10'000) std::abort();
    }
  }
  if (const auto request = parse_delete_request(text)) {
    if (request->keys.empty() || request->keys.size() > 1000) std::abort();
  }
  return 0;
}
