#include "s3/object_operations.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/iso8601.hpp>

#include <streamkit/http/byte_range.hpp>
#include "s3/error.hpp"
#include "s3/request_check.hpp"
#include "s3/request_documents.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kOwner = "streamkit";

// The store keeps no types; these are what this system writes.
std::string_view content_type_of(std::string_view key) noexcept {
  struct Row {
    std::string_view ending;
    std::string_view type;
  };
  constexpr std::array kTypes = {Row{".mp4", "video/mp4"},
                                 Row{".m3u8", "application/vnd.apple.mpegurl"},
                                 Row{".json", "application/json"}, Row{".txt", "text/plain"}};
  for (const auto& row : kTypes) {
    if (key.ends_with(row.ending)) return row.type;
  }
  return "application/octet-stream";
}

// A list of tags, or "*". Source: RFC 9110 13.1.1 and 13.1.2.
bool names_tag(std::string_view list, std::string_view tag) noexcept {
  while (!list.empty()) {
    auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || without_quotes(item) == tag) return true;
  }
  return false;
}

enum class Condition { Holds, Fails, NotModified };

// "Sun, 06 Nov 1994 08:49:37 GMT"; empty for anything else, which has no effect then.
// Source: RFC 9110 5.6.7 and 13.1.3.
std::optional<WallTime> parse_date(std::string_view text) {
  std::tm parts = {};
  const std::string date(text);
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Condition check_conditions(const http::Request& request, std::string_view tag, WallTime changed) {
  // Headers know seconds only.
  const auto time = std::chrono::floor<std::chrono::seconds>(changed);
  const auto match = request.header("If-Match");
  const auto none_match = request.header("If-None-Match");
  const auto unmodified = parse_date(request.header("If-Unmodified-Since"));
  const auto modified = parse_date(request.header("If-Modified-Since"));
  if (!match.empty() && !names_tag(match, tag)) return Condition::Fails;
  if (match.empty() && unmodified && time > *unmodified) return Condition::Fails;
  if (!none_match.empty() && names_tag(none_match, tag)) return Condition::NotModified;
  if (none_match.empty() && modified && time <= *modified) return Condition::NotModified;
  return Condition::Holds;
}

Error no_such_key() { return s3_refusal(S3Code::NoSuchKey, "there is no such object"); }

Result<void> set_range(const http::Request& request, std::shared_ptr<const ByteReader> file,
                       http::Response& response) {
  const auto size = file->size_bytes();
  const auto range = http::parse_range(request.header("Range"), size);
  if (range.kind == http::RangeRequest::Kind::Unsatisfiable) {
    return s3_refusal(S3Code::InvalidRange, "the object has " + std::to_string(size) + " bytes");
  }
  response.body = http::FileSlice{file, 0, size};
  if (range.kind == http::RangeRequest::Kind::Part) {
    response.status = 206;
    response.body = http::FileSlice{std::move(file), range.offset, range.length};
    response.headers.push_back(
        {"Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                              std::to_string(range.offset + range.length - 1) + "/" +
                              std::to_string(size)});
  }
  return {};
}

}  // namespace

Result<http::Response> S3Objects::get(const http::Request& request, const S3Call& call) const {
  const auto& key = call.address().key;
  auto object = objects_.open(key, {});
  if (!object && (object.error().code == ErrorCode::NotFound ||
                  object.error().code == ErrorCode::InvalidArgument)) {
    return no_such_key();
  }
  if (!object) return object.error().with_context("open object");
  const auto modified = (*object)->info().modified;
  const auto tag = object_etag((*object)->info());
  http::Response response{200,
                          {{"Content-Type", std::string(content_type_of(key))},
                           {"ETag", '"' + tag + '"'},
                           {"Last-Modified", net::format_http_date(modified)},
                           {"Accept-Ranges", "bytes"}}};
  switch (check_conditions(request, tag, modified)) {
    case Condition::Fails:
      return s3_refusal(S3Code::PreconditionFailed, "a condition of the request does not hold");
    case Condition::NotModified:
      response.status = 304;
      return response;
    case Condition::Holds:
      break;
  }
  if (auto set = set_range(request, *std::move(object), response); !set) return set.error();
  return response;
}

Result<http::Response> S3Objects::remove(const S3Call& call) const {
  if (auto removed = objects_.remove(call.address().key, {}); !removed) {
    return removed.error().with_context("remove object");
  }
  return http::Response{204};
}

Result<http::Response> S3Objects::remove_many(const S3Call& call) const {
  if (!call.is_protected()) {
    return s3_refusal(S3Code::InvalidRequest, "send Content-MD5 or an x-amz-checksum- header");
  }
  const auto request = parse_delete_request(call.body());
  if (!request) return request.error();
  XmlWriter xml;
  xml.open_s3("DeleteResult");
  for (const auto& key : request->keys) {
    auto removed = is_internal_key(key) ? s3_refusal(S3Code::AccessDenied,
                                                     "objects of this name are the server's own")
                                        : objects_.remove(key, {});
    // A key that no store takes names nothing.
    if (!removed && removed.error().code == ErrorCode::InvalidArgument) removed = {};
    if (removed && request->quiet) continue;
    const std::string_view element = removed ? "Deleted" : "Error";
    xml.open(element);
    xml.text("Key", key);
    if (!removed) {
      xml.text("Code", to_s3_error(removed.error()).code);
      xml.text("Message", is_for_client(removed.error()) ? removed.error().message : "try again");
    }
    xml.close(element);
  }
  xml.close("DeleteResult");
  return http::text_response(200, "application/xml", std::move(xml).take());
}

http::Response S3Objects::location() const {
  // The oldest region has no name here. Source: Amazon S3 API Reference, "GetBucketLocation".
  XmlWriter xml;
  xml.open_s3("LocationConstraint");
  if (region_ != "us-east-1") xml.content(region_);
  xml.close("LocationConstraint");
  return http::text_response(200, "application/xml", std::move(xml).take());
}

http::Response S3Objects::buckets(std::string_view bucket) const {
  XmlWriter xml;
  xml.open_s3("ListAllMyBucketsResult");
  write_owner(xml);
  xml.open("Buckets");
  xml.open("Bucket");
  xml.text("Name", bucket);
  xml.text("CreationDate", net::format_iso8601(started_));
  xml.close("Bucket");
  xml.close("Buckets");
  xml.close("ListAllMyBucketsResult");
  return http::text_response(200, "application/xml", std::move(xml).take());
}

std::string object_etag(const ObjectInfo& object) {
  std::array<char, 40> text = {};
  std::snprintf(text.data(), text.size(), "%016llx%016llx-1",
                static_cast<unsigned long long>(object.modified.time_since_epoch().count()),
                static_cast<unsigned long long>(object.size_bytes));
  return text.data();
}

http::Response stored_response(const S3Call& call, std::string_view etag) {
  http::Response response{200, {{"ETag", '"' + std::string(etag) + '"'}}};
  if (const auto& checksum = call.checksum()) {
    response.headers.push_back(
        {"x-amz-checksum-" + std::string(to_string(checksum->kind)), checksum->base64});
    response.headers.push_back({"x-amz-checksum-type", "FULL_OBJECT"});
  }
  return response;
}

void write_owner(XmlWriter& xml) {
  xml.open("Owner");
  xml.text("ID", kOwner);
  xml.text("DisplayName", kOwner);
  xml.close("Owner");
}

}  // namespace streamkit::s3
