#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sigv4_verify.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// Describes an `aws-chunked` body: chunks with their lengths, each signed or not, then optional
/// trailing headers.
struct STREAMKIT_API AwsChunkedOptions {
  /// Length of the decoded body; the request's `x-amz-decoded-content-length`.
  std::uint64_t decoded_length_bytes = 0;
  /// Names in the request's `x-amz-trailer`, in either case, at most 16. Each must be present
  /// exactly once, and no other trailer may be.
  std::vector<std::string> trailers = {};
  /// Length of the longest signed chunk that is accepted: a signed chunk is held until its
  /// signature is checked. Unsigned chunks are passed on as they arrive and may be as long as the
  /// body.
  std::uint64_t max_chunk_bytes = 16 * 1024 * 1024;
};

/// Decodes an `aws-chunked` body as it arrives. Checks the signature of each chunk and of the
/// trailer if the request declared signed ones. Decoded bytes of signed chunks are verified; only
/// finish() reports whether the body is complete. Lines are limited to 1 KiB, the trailer to 8 KiB.
/// Because clients differ, lines of the trailer may end with LF alone, empty lines may appear
/// between them, and the empty line at the end may be missing.
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
/// Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
/// Thread-safety: one thread at a time.
class STREAMKIT_API AwsChunkedDecoder {
 public:
  /// Creates a decoder for `request` as verify() returned it, with a payload for which
  /// is_streaming() holds.
  /// Errors: InvalidArgument (another kind of payload; trailers for a payload without trailers, or
  /// the reverse; a trailer that is not a header name, is repeated, or is one too many).
  static Result<std::unique_ptr<AwsChunkedDecoder>> create(const VerifiedRequest& request,
                                                           AwsChunkedOptions options);
  virtual ~AwsChunkedDecoder() = default;

  /// Appends decoded bytes to `decoded`; may swap buffers if it is empty. After an error every
  /// further call returns the same error.
  /// Errors: CorruptData (framing, lengths, trailers); domain "sigv4" with SignatureMismatch.
  virtual Result<void> push(std::string_view bytes, std::string& decoded) = 0;
  /// Ends the body; push() must not be called afterwards.
  /// Errors: those of push(); CorruptData (cut short, a trailer or its signature is missing).
  virtual Result<void> finish() = 0;
  /// Returns the trailers in order of arrival, with names in lower case and without
  /// `x-amz-trailer-signature`. Complete after finish().
  [[nodiscard]] virtual const HttpHeaders& trailers() const noexcept = 0;
  /// Returns the memory of the signed chunk that is held until its signature is checked, in bytes.
  [[nodiscard]] virtual std::uint64_t held_bytes() const noexcept = 0;
};

/// Returns whether the payload is "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", the same with "-TRAILER",
/// or "STREAMING-UNSIGNED-PAYLOAD-TRAILER".
STREAMKIT_API [[nodiscard]] bool is_streaming(std::string_view payload_hash) noexcept;

}  // namespace streamkit::net
