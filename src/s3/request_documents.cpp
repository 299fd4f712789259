#include "s3/request_documents.hpp"

#include <charconv>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr int kMaxPartNumber = 10'000;
constexpr std::size_t kMaxParts = 10'000;
constexpr std::size_t kMaxKeys = 1000;

Error malformed(std::string_view reason) { return rejection(Code::MalformedXml, reason); }

Result<XmlNode> parse_root(std::string_view xml, std::string_view name) {
  auto root = parse_xml(xml);
  if (!root) return malformed(root.error().message);
  if (root->name != name) return malformed("the document must be a " + std::string(name));
  return root;
}

Result<CompletedPart> read_part(const XmlNode& node) {
  const auto* number = node.find("PartNumber");
  const auto* etag = node.find("ETag");
  if (number == nullptr || etag == nullptr) {
    return malformed("a Part must hold PartNumber and ETag");
  }
  CompletedPart part{.number = parse_part_number(number->text),
                     .etag = std::string(without_quotes(etag->text)),
                     .checksums = {}};
  if (part.number == 0) {
    return rejection(Code::InvalidArgument, "part numbers are 1 to 10000");
  }
  for (const auto& child : node.children) {
    constexpr std::string_view kPrefix = "Checksum";
    if (!child.name.starts_with(kPrefix)) continue;
    const auto kind = parse_checksum_kind(std::string_view(child.name).substr(kPrefix.size()));
    if (!kind) return malformed("unknown checksum in a Part");
    part.checksums.push_back({*kind, child.text});
  }
  return part;
}

}  // namespace

Result<std::vector<CompletedPart>> parse_complete_request(std::string_view xml) {
  const auto root = parse_root(xml, "CompleteMultipartUpload");
  if (!root) return root.error();
  std::vector<CompletedPart> parts;
  for (const auto& node : root->children) {
    if (node.name != "Part") return malformed("CompleteMultipartUpload may contain only Part");
    auto part = read_part(node);
    if (!part) return part.error();
    parts.push_back(*std::move(part));
  }
  if (parts.empty()) return malformed("CompleteMultipartUpload must name a part");
  if (parts.size() > kMaxParts) return malformed("CompleteMultipartUpload names too many parts");
  return parts;
}

Result<DeleteRequest> parse_delete_request(std::string_view xml) {
  const auto root = parse_root(xml, "Delete");
  if (!root) return root.error();
  DeleteRequest request;
  for (const auto& node : root->children) {
    if (node.name == "Quiet") {
      request.quiet = node.text == "true";
      continue;
    }
    const auto* key = node.find("Key");
    if (node.name != "Object" || key == nullptr || key->text.empty()) {
      return malformed("Delete must hold Object elements with a Key");
    }
    if (node.children.size() != 1) {
      return rejection(Code::NotImplemented, "versions and conditions are not available here");
    }
    request.keys.push_back(key->text);
  }
  if (request.keys.empty() || request.keys.size() > kMaxKeys) {
    return malformed("Delete must name 1 to 1000 objects");
  }
  return request;
}

int parse_part_number(std::string_view text) noexcept {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool valid = failure == std::errc{} && end == text.data() + text.size() && number >= 1 &&
                     number <= kMaxPartNumber;
  return valid ? number : 0;
}

std::string checksum_element(ChecksumKind kind) {
  std::string name(to_string(kind));
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return "Checksum" + name;
}

std::string_view without_quotes(std::string_view etag) noexcept {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    return etag.substr(1, etag.size() - 2);
  }
  return etag;
}

}  // namespace streamkit::s3
