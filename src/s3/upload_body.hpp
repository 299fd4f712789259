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

/// A request that may be carried out.
struct AdmittedRequest {
  Address address;
  /// The application's name for the caller.
  std::string principal;
  Grant grant;
};

/// A checksum as a client sends it.
struct DeclaredChecksum {
  ChecksumKind kind;
  std::string base64;
};

/// Where calls leave their bodies.
struct UploadBodyOptions {
  /// Must outlive the calls.
  ObjectStore& objects;
  std::uint64_t max_object_bytes;
  Context context;
};

/// A request that was admitted, and its body, decoded and hashed as it comes. An object is written
/// to the store as it comes too, to be committed once all is known to be right; other bodies, and
/// objects that may not replace others, are collected.
/// Thread-safety: none; one thread at a time.
class UploadBody final {
 public:
  /// `verified` as net::verify() returned it for `head`.
  /// Errors (domain "s3"): EntityTooLarge, MissingContentLength, InvalidDigest, InvalidRequest,
  /// NotImplemented.
  static Result<std::shared_ptr<UploadBody>> create(const http::RequestHead& head,
                                                    AdmittedRequest admitted,
                                                    const net::VerifiedRequest& verified,
                                                    const UploadBodyOptions& config);

  /// Blocks for as long as the store takes to buffer the bytes.
  [[nodiscard]] std::optional<http::Response> take(std::string_view bytes);
  /// The body is whole. Call it once. Errors: domain "s3" (IncompleteBody,
  /// XAmzContentSHA256Mismatch, BadDigest, InvalidRequest) or "sigv4".
  Result<void> finish();

  [[nodiscard]] const AdmittedRequest& admitted() const noexcept { return admitted_; }
  [[nodiscard]] const Grant& grant() const noexcept { return admitted_.grant; }
  [[nodiscard]] const Address& address() const noexcept { return admitted_.address; }
  /// The most bytes that may come over the wire, framing included.
  [[nodiscard]] std::uint64_t wire_limit_bytes() const noexcept;
  /// Of the body that came, decoded.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return taken_bytes_; }
  /// Empty when the body went to the store.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  [[nodiscard]] bool goes_to_store() const noexcept { return goes_to_store_; }
  /// What goes_to_store(), not committed yet. Errors: InvalidArgument (domain "s3"); the store's.
  Result<ObjectUpload*> upload();
  /// Takes what was not committed off the store again. Blocks, as the destructor does then.
  void discard() noexcept { upload_.reset(); }
  /// The body's checksum that was sent along and verified; Content-MD5 is none.
  [[nodiscard]] const std::optional<DeclaredChecksum>& checksum() const noexcept {
    return checksum_;
  }
  /// The client sent a checksum or Content-MD5.
  [[nodiscard]] bool is_protected() const noexcept {
    return checksum_.has_value() || !content_md5_.empty();
  }
  /// After finish(), without quotes: the MD5 where it was computed, else 32 digits of the SHA-256
  /// and "-1", a form that no client takes for an MD5. Of a part always the latter.
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

  ObjectStore& objects_;
  const Context context_;
  const AdmittedRequest admitted_;
  const std::string payload_hash_;
  const std::uint64_t limit_bytes_;
  const bool is_streaming_;
  const bool goes_to_store_;
  http::RequestHead head_;  // what an error document repeats
  std::string content_type_;
  std::optional<std::uint64_t> announced_bytes_;
  std::optional<DeclaredChecksum> checksum_;
  std::string content_md5_;
  std::unique_ptr<net::AwsChunkedDecoder> decoder_;
  Checksums digests_;
  std::uint64_t taken_bytes_ = 0;
  std::string decoded_;  // of the last bytes
  std::string body_;
  std::unique_ptr<ObjectUpload> upload_;
};

/// A failure that is not the client's fault: why, and of what.
void log_failed_call(const Context& context, const Grant& grant, const Error& error);

/// "{32 digits}-{parts}" of a SHA-256: an ETag that is no MD5.
[[nodiscard]] std::string etag_of_sha256(std::string_view digest, std::size_t parts = 1);

}  // namespace streamkit::s3
