#include "s3/list_operations.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <streamkit/core/text.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/url.hpp>

#include "s3/error.hpp"
#include "s3/object_operations.hpp"
#include "s3/request_check.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::size_t kMaxKeys = 1000;
// Sorts after every text that it is appended to, whatever follows there, because no byte of UTF-8
// is 0xFF.
constexpr std::string_view kBeyond = "\xff";

Error invalid(std::string_view reason) { return rejection(Code::InvalidArgument, reason); }

Result<std::size_t> read_max_keys(const Address& address) {
  const auto text = address.parameter("max-keys");
  if (text.empty()) return kMaxKeys;
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return invalid("max-keys must be a number");
  }
  return std::min(value, kMaxKeys);
}

// Continuation tokens are hexadecimal, so that they need no escaping anywhere.
std::string to_token(std::string_view text) { return net::to_hex(bytes_of(text)); }

std::optional<std::string> from_token(std::string_view token) {
  std::string text;
  for (; token.size() >= 2; token.remove_prefix(2)) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(token.data(), token.data() + 2, value, 16);
    if (failure != std::errc{} || end != token.data() + 2) return {};
    text += static_cast<char>(value);
  }
  if (!token.empty()) return {};
  return text;
}

// Returns the part of the key up to the delimiter; empty if the key is listed as itself.
std::string_view common_prefix(std::string_view key, const PageRequest& request) noexcept {
  if (request.delimiter.empty()) return {};
  const auto found = key.find(request.delimiter, request.prefix.size());
  return found == std::string_view::npos ? std::string_view{}
                                         : key.substr(0, found + request.delimiter.size());
}

// Collects a page from the store's own pages.
class PageBuilder {
 public:
  explicit PageBuilder(const PageRequest& request) : request_(request), after_(request.after) {}

  const std::string& after() const noexcept { return after_; }
  bool done() const noexcept { return page_.truncated; }

  void add(const ObjectInfo& object) {
    if (object.key <= after_ || done()) return;
    if (is_internal_key(object.key)) {
      after_ = object.key.substr(0, object.key.find('/') + 1) + std::string(kBeyond);
      return;
    }
    if (page_.objects.size() + page_.prefixes.size() == request_.limit) {
      page_.truncated = true;
      return;
    }
    if (const auto common = common_prefix(object.key, request_); !common.empty()) {
      page_.prefixes.emplace_back(common);
      after_ = std::string(common) + std::string(kBeyond);
    } else {
      page_.objects.push_back(object);
      after_ = object.key;
    }
  }

  ObjectPage take() && {
    if (page_.truncated) page_.next = after_;
    return std::move(page_);
  }

 private:
  const PageRequest request_;
  // The last key that has been handled.
  std::string after_;
  ObjectPage page_;
};

// The elements that the documents of both calls have in common.
class ListDocument {
 public:
  ListDocument(const Address& address, std::size_t max_keys) {
    url_encoded_ = address.parameter("encoding-type") == "url";
    xml_.open_s3("ListBucketResult");
    xml_.text("Name", address.bucket);
    text("Prefix", address.parameter("prefix"));
    if (!address.parameter("delimiter").empty()) {
      text("Delimiter", address.parameter("delimiter"));
    }
    if (url_encoded_) xml_.text("EncodingType", "url");
    xml_.text("MaxKeys", std::to_string(max_keys));
  }

  // Keys may contain characters that XML cannot represent.
  void text(std::string_view name, std::string_view value) {
    xml_.text(name, url_encoded_ ? net::percent_encode_path(value) : std::string(value));
  }
  void plain(std::string_view name, std::string_view value) { xml_.text(name, value); }

  http::Response finish(const ObjectPage& page, bool with_owner) {
    xml_.text("IsTruncated", page.truncated ? "true" : "false");
    for (const auto& object : page.objects) {
      xml_.open("Contents");
      text("Key", object.key);
      xml_.text("LastModified", net::format_iso8601(object.modified));
      xml_.text("ETag", '"' + object_etag(object) + '"');
      xml_.text("Size", std::to_string(object.size_bytes));
      if (with_owner) write_owner(xml_);
      xml_.text("StorageClass", "STANDARD");
      xml_.close("Contents");
    }
    for (const auto& prefix : page.prefixes) {
      xml_.open("CommonPrefixes");
      text("Prefix", prefix);
      xml_.close("CommonPrefixes");
    }
    xml_.close("ListBucketResult");
    return http::text_response(200, "application/xml", std::move(xml_).take());
  }

 private:
  bool url_encoded_ = false;
  XmlWriter xml_;
};

Result<void> check_encoding(const Address& address) {
  const auto encoding = address.parameter("encoding-type");
  if (encoding.empty() || encoding == "url") return {};
  return invalid("encoding-type must be url");
}

}  // namespace

Result<ObjectPage> list_page(ObjectStore& objects, const PageRequest& request) {
  PageBuilder builder(request);
  // An empty page has no key from which a next page could continue.
  if (request.limit == 0) return ObjectPage{};
  while (!builder.done()) {
    const auto found = objects.list(request.prefix, builder.after(), kMaxKeys, {});
    if (!found) return found.error().with_context("list objects");
    for (const auto& object : *found) builder.add(object);
    if (found->size() < kMaxKeys) break;
  }
  return std::move(builder).take();
}

Result<http::Response> list_objects(ObjectStore& objects, const Address& address) {
  const auto max_keys = read_max_keys(address);
  if (!max_keys) return max_keys.error();
  if (auto checked = check_encoding(address); !checked) return checked.error();
  const auto delimiter = address.parameter("delimiter");
  std::string after(address.parameter("marker"));
  // A marker that was returned as a common prefix represents all keys below it.
  const bool is_prefix = !delimiter.empty() && after.ends_with(delimiter);
  if (is_prefix) after += kBeyond;
  const auto page = list_page(objects, {address.parameter("prefix"), delimiter, after, *max_keys});
  if (!page) return page.error();

  ListDocument document(address, *max_keys);
  document.text("Marker", address.parameter("marker"));
  if (page->truncated) {
    std::string_view next = page->next;
    if (next.ends_with(kBeyond)) next.remove_suffix(kBeyond.size());
    document.text("NextMarker", next);
  }
  return document.finish(*page, true);
}

Result<http::Response> list_objects_v2(ObjectStore& objects, const Address& address) {
  const auto max_keys = read_max_keys(address);
  if (!max_keys) return max_keys.error();
  if (auto checked = check_encoding(address); !checked) return checked.error();
  const auto token = address.parameter("continuation-token");
  const auto start_after = address.parameter("start-after");
  const auto decoded = from_token(token);
  if (!decoded) return invalid("invalid continuation token");
  const auto after = token.empty() ? start_after : std::string_view(*decoded);
  const auto page = list_page(
      objects, {address.parameter("prefix"), address.parameter("delimiter"), after, *max_keys});
  if (!page) return page.error();

  ListDocument document(address, *max_keys);
  if (!start_after.empty()) document.text("StartAfter", start_after);
  if (!token.empty()) document.plain("ContinuationToken", token);
  if (page->truncated) document.plain("NextContinuationToken", to_token(page->next));
  document.plain("KeyCount", std::to_string(page->objects.size() + page->prefixes.size()));
  return document.finish(*page, address.parameter("fetch-owner") == "true");
}

}  // namespace streamkit::s3
