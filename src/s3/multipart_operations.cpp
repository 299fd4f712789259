#include "s3/multipart_operations.hpp"

#include <algorithm>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>

#include "s3/error.hpp"
#include "s3/multipart_assembly.hpp"
#include "s3/object_operations.hpp"
#include "s3/request_documents.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::size_t kMaxListed = 1000;
constexpr std::uint64_t kMaxStoredObjects = 4;

http::Response xml_response(XmlWriter xml) {
  return http::text_response(200, "application/xml", std::move(xml).take());
}

std::string in_upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::string_view to_string(ChecksumScope scope) noexcept {
  return scope == ChecksumScope::Composite ? "COMPOSITE" : "FULL_OBJECT";
}

// Reads the kind of checksum that CreateMultipartUpload announces. Source: Amazon S3 User Guide,
// "Checking object integrity".
Result<void> read_checksum(const http::RequestHead& request, const Address& address,
                           MultipartUpload& upload) {
  const auto name = amz_value(request, address, "x-amz-checksum-algorithm");
  const auto scope = amz_value(request, address, "x-amz-checksum-type");
  if (name.empty() && scope.empty()) return {};
  upload.checksum = parse_checksum_kind(name);
  const auto is = [&](ChecksumKind kind) { return upload.checksum == kind; };
  const bool full_only = is(ChecksumKind::Crc64Nvme);
  const bool composite_only = is(ChecksumKind::Sha1) || is(ChecksumKind::Sha256);
  const bool known = scope.empty() || scope == "COMPOSITE" || scope == "FULL_OBJECT";
  if (!upload.checksum || !known || (scope == "COMPOSITE" && full_only) ||
      (scope == "FULL_OBJECT" && composite_only)) {
    return rejection(Code::InvalidRequest,
                     "x-amz-checksum-algorithm and x-amz-checksum-type do not match");
  }
  const bool full = scope == "FULL_OBJECT" || full_only;
  upload.scope = full ? ChecksumScope::FullObject : ChecksumScope::Composite;
  return {};
}

// Reads the checksum of the object from the headers of CompleteMultipartUpload.
Result<std::optional<DeclaredChecksum>> read_expected(const http::RequestHead& request) {
  std::optional<DeclaredChecksum> expected;
  for (const auto kind : {ChecksumKind::Crc32, ChecksumKind::Crc32c, ChecksumKind::Crc64Nvme,
                          ChecksumKind::Sha1, ChecksumKind::Sha256}) {
    const auto value = request.header("x-amz-checksum-" + std::string(to_string(kind)));
    if (value.empty()) continue;
    if (expected) {
      return rejection(Code::InvalidRequest, "send one x-amz-checksum- header only");
    }
    expected = DeclaredChecksum{kind, std::string(value)};
  }
  return expected;
}

std::string digest_of(const std::vector<CompletedPart>& parts) {
  std::string text;
  for (const auto& part : parts) text += std::to_string(part.number) + "=" + part.etag + "\n";
  return net::sha256_hex(text);
}

std::string complete_document(const http::RequestHead& request, const UploadBody& call,
                              std::string_view etag,
                              const std::optional<DeclaredChecksum>& checksum) {
  XmlWriter xml;
  xml.open_s3("CompleteMultipartUploadResult");
  xml.text("Location", std::string(request.secure ? "https://" : "http://") +
                           std::string(request.header("Host")) + request.path);
  xml.text("Bucket", call.address().bucket);
  xml.text("Key", call.address().key);
  xml.text("ETag", '"' + std::string(etag) + '"');
  if (checksum) {
    const bool composite = checksum->base64.find('-') != std::string::npos;
    xml.text(checksum_element(checksum->kind), checksum->base64);
    xml.text("ChecksumType",
             to_string(composite ? ChecksumScope::Composite : ChecksumScope::FullObject));
  }
  xml.close("CompleteMultipartUploadResult");
  return std::move(xml).take();
}

}  // namespace

Result<http::Response> MultipartOperations::create(const http::RequestHead& request,
                                                   const UploadBody& call) {
  const auto& key = call.address().key;
  MultipartUpload upload{
      .id = {}, .key = key, .content_type = std::string(request.header("Content-Type"))};
  if (auto read = read_checksum(request, call.address(), upload); !read) return read.error();
  const auto begun = uploads_.count(key, options_.max_uploads);
  if (!begun) return begun.error();
  if (*begun >= options_.max_uploads) {
    return rejection(Code::SlowDown, "complete or abort other multipart uploads first");
  }
  auto created = uploads_.create(std::move(upload));
  if (!created) return created.error();

  XmlWriter xml;
  xml.open_s3("InitiateMultipartUploadResult");
  xml.text("Bucket", call.address().bucket);
  xml.text("Key", key);
  xml.text("UploadId", created->id);
  xml.close("InitiateMultipartUploadResult");
  auto response = xml_response(std::move(xml));
  if (created->checksum) {
    response.headers.push_back(
        {"x-amz-checksum-algorithm", in_upper_case(to_string(*created->checksum))});
    response.headers.push_back({"x-amz-checksum-type", std::string(to_string(created->scope))});
  }
  return response;
}

Result<http::Response> MultipartOperations::upload_part(const UploadBody& call) {
  const auto& key = call.address().key;
  const int number = parse_part_number(call.address().parameter("partNumber"));
  if (number == 0) return rejection(Code::InvalidArgument, "partNumber must be 1 to 10000");
  const auto upload = uploads_.find(key, call.address().parameter("uploadId"));
  if (!upload) return upload.error();
  const PartTotals limit{static_cast<std::int64_t>(options_.max_parts),
                         static_cast<std::int64_t>(kMaxStoredObjects * options_.max_object_bytes)};
  if (auto put = uploads_.put_part(*upload, number, call.body(), limit); !put) return put.error();
  return stored_response(call, call.etag());
}

Result<http::Response> MultipartOperations::complete(const http::RequestHead& request,
                                                     const UploadBody& call) {
  const auto wanted = parse_complete_request(call.body());
  if (!wanted) return wanted.error();
  const auto expected = read_expected(request);
  if (!expected) return expected.error();
  const auto& address = call.address();
  const auto id = address.parameter("uploadId");
  // A second completion at the same time waits, and is answered as one that comes later.
  const std::lock_guard lock(lock_of(id));
  const auto upload = uploads_.find(address.key, id);
  if (!upload) {
    if (code_of(upload.error()) != Code::NoSuchUpload) return upload.error();
    auto document = uploads_.find_completed(address.key, id, digest_of(*wanted));
    if (!document) return document.error();
    return http::text_response(200, "application/xml", *std::move(document));
  }
  auto object = assemble(uploads_, *upload, *wanted, *expected,
                         {options_.max_object_bytes, options_.min_part_bytes});
  if (!object) return object.error();
  const auto size = amz_value(request, address, "x-amz-mp-object-size");
  if (!size.empty() && size != std::to_string(object->body.size())) {
    return rejection(Code::InvalidRequest, "x-amz-mp-object-size is not the parts' size");
  }
  return finish(request, call, *upload, *object, digest_of(*wanted));
}

// Removes the upload. The object has been stored, so the response is success in any case;
// remove_stale() later removes what is left.
Result<http::Response> MultipartOperations::finish(const http::RequestHead& request,
                                                   const UploadBody& call,
                                                   const MultipartUpload& upload,
                                                   const AssembledObject& object,
                                                   const std::string& request_digest) {
  if (auto taken = committer_.put(call.admitted(), object.body, upload.content_type); !taken) {
    return taken.error();
  }
  std::string etag = object.etag;
  if (call.grant().reads_objects) {
    const auto stored = objects_.head(upload.key, {});
    if (!stored) return stored.error().with_context("read object");
    etag = object_etag(*stored);
  }
  std::string document = complete_document(request, call, etag, object.checksum);
  // Without its record, a repeated completion finds no upload; it never stores the object again.
  const auto remembered = uploads_.remember_completed(upload, request_digest, document);
  const auto cleaned = uploads_.remove(upload);
  if (!remembered || !cleaned) {
    context_.log(
        LogLevel::Warning, "a completed upload is not recorded, or parts of it are left over",
        {{"reason", streamkit::to_string(remembered ? cleaned.error() : remembered.error())}});
  }
  return http::text_response(200, "application/xml", std::move(document));
}

Result<http::Response> MultipartOperations::abort(const UploadBody& call) {
  const std::lock_guard lock(lock_of(call.address().parameter("uploadId")));
  const auto upload = uploads_.find(call.address().key, call.address().parameter("uploadId"));
  if (!upload) return upload.error();
  if (auto removed = uploads_.remove(*upload); !removed) return removed.error();
  return http::Response{204};
}

Result<http::Response> MultipartOperations::list_parts(const UploadBody& call) {
  const auto upload = uploads_.find(call.address().key, call.address().parameter("uploadId"));
  if (!upload) return upload.error();
  const auto parts = uploads_.parts(*upload);
  if (!parts) return parts.error();
  const int after = parse_part_number(call.address().parameter("part-number-marker"));

  XmlWriter xml;
  xml.open_s3("ListPartsResult");
  xml.text("Bucket", call.address().bucket);
  xml.text("Key", upload->key);
  xml.text("UploadId", upload->id);
  std::size_t listed = 0;
  int last = after;
  bool truncated = false;
  for (const auto& part : *parts) {
    if (part.number <= after) continue;
    truncated = listed == kMaxListed;
    if (truncated) break;
    const auto body = uploads_.read_part(*upload, part.number);
    if (!body) return body.error();
    const std::string_view bytes(reinterpret_cast<const char*>(body->data()), body->size());
    xml.open("Part");
    xml.text("PartNumber", std::to_string(part.number));
    xml.text("LastModified", net::format_iso8601(part.modified));
    xml.text("ETag", '"' + etag_of_sha256(checksum_of(ChecksumKind::Sha256, bytes)) + '"');
    xml.text("Size", std::to_string(bytes.size()));
    xml.close("Part");
    last = part.number;
    ++listed;
  }
  xml.text("MaxParts", std::to_string(kMaxListed));
  xml.text("IsTruncated", truncated ? "true" : "false");
  if (truncated) xml.text("NextPartNumberMarker", std::to_string(last));
  xml.close("ListPartsResult");
  return xml_response(std::move(xml));
}

Result<http::Response> MultipartOperations::list_uploads(const UploadBody& call) {
  const auto uploads = uploads_.uploads(kMaxListed);
  if (!uploads) return uploads.error();
  const auto prefix = call.address().parameter("prefix");
  XmlWriter xml;
  xml.open_s3("ListMultipartUploadsResult");
  xml.text("Bucket", call.address().bucket);
  xml.text("Prefix", prefix);
  xml.text("MaxUploads", std::to_string(kMaxListed));
  xml.text("IsTruncated", "false");
  for (const auto& upload : *uploads) {
    if (!std::string_view(upload.key).starts_with(prefix)) continue;
    xml.open("Upload");
    xml.text("Key", upload.key);
    xml.text("UploadId", upload.id);
    xml.text("Initiated", net::format_iso8601(upload.begun_at));
    xml.close("Upload");
  }
  xml.close("ListMultipartUploadsResult");
  return xml_response(std::move(xml));
}

}  // namespace streamkit::s3
