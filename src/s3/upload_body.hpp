#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/net/aws_chunked.hpp>
#include <streamkit/net/sigv4_verify.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <string_view>

#include <streamkit/http/message.hpp>
#include "s3/checksum.hpp"
#include "s3/operation.hpp"

namespace streamkit::s3 {

/// An authorized request.
struct AdmittedRequest {
  Address address;
  /// The application's name for the caller.
  std::string principal;
  Grant grant;
};

/// A checksum that a client sent.
struct DeclaredChecksum {
  ChecksumKind kind;
  std::string base64;
};

/// Options for receiving bodies.
struct UploadBodyOptions {
  /// Must outlive the requests.
  ObjectStore& objects;
  std::uint64_t max_object_bytes;
  Context context;
};

/// An admitted request and its body, which is decoded and hashed while it arrives. An object is
/// also written to the store while it arrives, and committed after all checks; other bodies, and
/// objects that may not replace others, are collected in memory.
/// Thread-safety: none; one thread at a time.
class UploadBody final {
 public:
  /// `verified` is the result of net::verify() for `head`.
  /// Errors (domain "s3"): EntityTooLarge, MissingContentLength, InvalidDigest, InvalidRequest,
  /// NotImplemented.
  static Result<std::shared_ptr<UploadBody>> create(const http::RequestHead& head,
                                                    AdmittedRequest admitted,
                                                    const net::VerifiedRequest& verified,
                                                    const UploadBodyOptions& config);

  /// Adds bytes of the body. Blocks for as long as the store takes to buffer them.
  [[nodiscard]] std::optional<http::Response> take(std::string_view bytes);
  /// Ends the body and checks it. Call it once. Errors: domain "s3" (IncompleteBody,
  /// XAmzContentSHA256Mismatch, BadDigest, InvalidRequest) or "sigv4".
  Result<void> finish();

  [[nodiscard]] const AdmittedRequest& admitted() const noexcept { return admitted_; }
  [[nodiscard]] const Grant& grant() const noexcept { return admitted_.grant; }
  [[nodiscard]] const Address& address() const noexcept { return admitted_.address; }
  /// Returns the maximum number of bytes on the wire, including framing.
  [[nodiscard]] std::uint64_t wire_limit_bytes() const noexcept;
  /// Returns the number of bytes that the body takes in memory now.
  [[nodiscard]] std::uint64_t held_bytes() const noexcept;
  /// Returns the number of decoded bytes received.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return taken_bytes_; }
  /// Returns the collected body; empty when the body went to the store.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  [[nodiscard]] bool goes_to_store() const noexcept { return goes_to_store_; }
  /// Returns the upload of a body that goes_to_store(), not committed yet. Errors: InvalidArgument
  /// (domain "s3"); the store's.
  Result<ObjectUpload*> upload();
  /// Removes the uncommitted bytes from the store. Blocks; the destructor does the same.
  void discard() noexcept { upload_.reset(); }
  /// Returns the verified checksum that the client sent; Content-MD5 does not count.
  [[nodiscard]] const std::optional<DeclaredChecksum>& checksum() const noexcept {
    return checksum_;
  }
  /// Returns whether the client sent a checksum or Content-MD5.
  [[nodiscard]] bool is_protected() const noexcept {
    return checksum_.has_value() || !content_md5_.empty();
  }
  /// Returns the ETag after finish(), without quotes: the MD5 if it was computed, otherwise 32
  /// digits of the SHA-256 and "-1", a form that clients do not take for an MD5. For a part it is
  /// always the latter.
  [[nodiscard]] std::string etag() const;

 private:
  UploadBody(AdmittedRequest admitted, const net::VerifiedRequest& verified,
             std::uint64_t limit_bytes, const UploadBodyOptions& config);

  Result<void> read_length(const http::RequestHead& head);
  Result<void> read_digests(const http::RequestHead& head);
  Result<void> declare(std::string_view header, std::string_view value);
  Result<void> make_decoder(const http::RequestHead& head, const net::VerifiedRequest& verified);
  Result<void> take_trailer();
  Result<void> add(std::string_view bytes);
  Result<void> keep(std::string_view decoded);
  void reserve(std::uint64_t bytes);

  ObjectStore& objects_;
  const Context context_;
  const AdmittedRequest admitted_;
  const std::string payload_hash_;
  const std::uint64_t limit_bytes_;
  const bool is_streaming_;
  const bool goes_to_store_;
  http::RequestHead head_;  // repeated in error documents
  std::string content_type_;
  std::optional<std::uint64_t> announced_bytes_;
  std::optional<DeclaredChecksum> checksum_;
  std::string content_md5_;
  std::unique_ptr<net::AwsChunkedDecoder> decoder_;
  Checksums digests_;
  std::uint64_t taken_bytes_ = 0;
  std::string body_;
  std::unique_ptr<ObjectUpload> upload_;
};

/// Logs a failure that the client did not cause, with its reason and the fields of the grant.
void log_failed_call(const Context& context, const Grant& grant, const Error& error);

/// Returns "{32 digits}-{parts}" of a SHA-256: an ETag that is not an MD5.
[[nodiscard]] std::string etag_of_sha256(std::string_view digest, std::size_t parts = 1);

}  // namespace streamkit::s3
