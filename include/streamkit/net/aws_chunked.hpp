#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sigv4.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// What an `aws-chunked` body is: pieces with their lengths, each signed or not, then trailing
/// headers or none.
struct AwsChunkedConfig {
  /// Of the body once it is decoded; the request's `x-amz-decoded-content-length`.
  std::uint64_t decoded_length_bytes = 0;
  /// Names in the request's `x-amz-trailer`, in lower case; every one must come, and no other.
  std::vector<std::string> trailers = {};
  /// Longest piece that is taken: a signed one is handed on only once its signature was checked.
  std::uint64_t max_chunk_bytes = 16 * 1024 * 1024;
};

/// Decodes an `aws-chunked` body as it comes, and checks the signature of each piece and of the
/// trailer when the request declared signed ones. What it hands on is verified.
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
/// Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
/// Thread-safety: none; one thread at a time.
class AwsChunkedDecoder {
 public:
  /// `request` as verify() returned it, with a payload for which is_streaming() holds.
  /// Errors: InvalidArgument (a trailer without a streaming payload that has one, or the reverse).
  static Result<std::unique_ptr<AwsChunkedDecoder>> create(const VerifiedRequest& request,
                                                           AwsChunkedConfig config);
  virtual ~AwsChunkedDecoder() = default;

  /// Appends to `decoded` what can be handed on. After an error every call returns it again.
  /// Errors: CorruptData (framing, lengths); domain "sigv4" with SignatureMismatch.
  virtual Result<void> push(std::string_view bytes, std::string& decoded) = 0;
  /// The body is at its end. Errors: as push(); CorruptData (cut short, a trailer is missing).
  virtual Result<void> finish() = 0;
  /// Complete after finish().
  [[nodiscard]] virtual const HttpHeaders& trailers() const noexcept = 0;
};

/// "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", the same with "-TRAILER", or
/// "STREAMING-UNSIGNED-PAYLOAD-TRAILER".
[[nodiscard]] bool is_streaming(std::string_view payload_hash) noexcept;

}  // namespace streamkit::net
