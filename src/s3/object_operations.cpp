#include "s3/object_operations.hpp"

#include <array>
#include <cstdio>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/iso8601.hpp>

#include <streamkit/http/conditional_request.hpp>
#include "s3/error.hpp"
#include "s3/request_check.hpp"
#include "s3/request_documents.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kOwner = "streamkit";

// The store keeps no content types. These are the types of the files that this system writes.
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

Error read_error(const Error& failure) {
  // A key that no store accepts does not name any object.
  if (failure.code == ErrorCode::NotFound || failure.code == ErrorCode::InvalidArgument) {
    return rejection(Code::NoSuchKey, "there is no such object");
  }
  return failure.with_context("open object");
}

}  // namespace

Result<http::Response> ObjectOperations::get(const http::RequestHead& request,
                                             const UploadBody& call) const {
  auto object = objects_.open(call.address().key, {});
  if (!object) return read_error(object.error());
  const auto& info = (*object)->info();
  const auto tag = '"' + object_etag(info) + '"';
  const auto selection = http::select_response(request.headers, {.etag = tag,
                                                                 .modified = info.modified,
                                                                 .size_bytes = info.size_bytes,
                                                                 .accepts_bare_tags = true});
  if (selection.status == 412) {
    return rejection(Code::PreconditionFailed, "a condition of the request does not hold");
  }
  if (selection.status == 416) {
    return rejection(Code::InvalidRange,
                     "the object has " + std::to_string(info.size_bytes) + " bytes");
  }
  http::Response response{selection.status,
                          {{"Content-Type", std::string(content_type_of(info.key))},
                           {"ETag", tag},
                           {"Last-Modified", net::format_http_date(info.modified)},
                           {"Accept-Ranges", "bytes"}}};
  if (selection.status == 304) return response;
  if (selection.status == 206) {
    response.headers.push_back({"Content-Range", http::content_range(selection, info.size_bytes)});
  }
  response.body = http::FileSlice{*std::move(object), selection.offset, selection.length};
  return response;
}

Result<http::Response> ObjectOperations::remove(const UploadBody& call) const {
  if (auto removed = objects_.remove(call.address().key, {}); !removed) {
    return removed.error().with_context("remove object");
  }
  return http::Response{204};
}

Result<http::Response> ObjectOperations::remove_many(const UploadBody& call) const {
  if (!call.is_protected()) {
    return rejection(Code::InvalidRequest, "send Content-MD5 or an x-amz-checksum- header");
  }
  const auto request = parse_delete_request(call.body());
  if (!request) return request.error();
  XmlWriter xml;
  xml.open_s3("DeleteResult");
  for (const auto& key : request->keys) {
    auto removed = is_internal_key(key)
                       ? rejection(Code::AccessDenied, "this name is reserved for the server")
                       : objects_.remove(key, {});
    // A key that no store accepts does not name any object.
    if (!removed && removed.error().code == ErrorCode::InvalidArgument) removed = {};
    if (removed && request->quiet) continue;
    const std::string_view element = removed ? "Deleted" : "Error";
    xml.open(element);
    xml.text("Key", key);
    if (!removed) {
      xml.text("Code", error_row(removed.error()).code);
      xml.text("Message", is_for_client(removed.error()) ? removed.error().message : "try again");
    }
    xml.close(element);
  }
  xml.close("DeleteResult");
  return http::text_response(200, "application/xml", std::move(xml).take());
}

http::Response ObjectOperations::location() const {
  // The oldest region is represented by an empty element. Source: Amazon S3 API Reference,
  // "GetBucketLocation".
  XmlWriter xml;
  xml.open_s3("LocationConstraint");
  if (region_ != "us-east-1") xml.content(region_);
  xml.close("LocationConstraint");
  return http::text_response(200, "application/xml", std::move(xml).take());
}

http::Response ObjectOperations::buckets(std::string_view bucket) const {
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

http::Response stored_response(const UploadBody& call, std::string_view etag) {
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
