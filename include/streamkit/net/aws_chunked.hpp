#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/http_headers.hpp>
#include <streamkit/net/sigv4.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::net {

/// What an `aws-chunked` body is: pieces with their lengths, each signed or not, then trailing
/// headers or none.
struct STREAMKIT_API AwsChunkedOptions {
  /// Of the body once it is decoded; the request's `x-amz-decoded-content-length`.
  std::uint64_t decoded_length_bytes = 0;
  /// Names in the request's `x-amz-trailer`, of either case, 16 at most; every one must come, once,
  /// and no other.
  std::vector<std::string> trailers = {};
  /// Longest signed piece that is taken: it is held until its signature was checked. Pieces that
  /// are not signed are handed on as they come, and may be as long as the body.
  std::uint64_t max_chunk_bytes = 16 * 1024 * 1024;
};

/// Decodes an `aws-chunked` body as it comes, and checks the signature of each piece and of the
/// trailer when the request declared signed ones. What it hands on of signed pieces is verified;
/// only finish() tells that nothing is missing at the end.
/// Lines are bounded to 1 KiB, the trailer to 8 KiB. Lines of the trailer may end with LF alone,
/// and empty ones may stand between them and be missing at the end, since clients differ in that.
/// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
/// Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
/// Thread-safety: none; one thread at a time.
class STREAMKIT_API AwsChunkedDecoder {
 public:
  /// `request` as verify() returned it, with a payload for which is_streaming() holds.
  /// Errors: InvalidArgument (no such payload; trailers without a payload that has them, or the
  /// reverse; a trailer that is no header name, is there twice, or one too many).
  static Result<std::unique_ptr<AwsChunkedDecoder>> create(const VerifiedRequest& request,
                                                           AwsChunkedOptions options);
  virtual ~AwsChunkedDecoder() = default;

  /// Appends to `decoded` what can be handed on; may swap buffers when it is empty. After an error
  /// every call returns it again. Errors: CorruptData (framing, lengths, trailers); domain "sigv4"
  /// with SignatureMismatch.
  virtual Result<void> push(std::string_view bytes, std::string& decoded) = 0;
  /// The body is at its end; nothing may be pushed after it. Errors: as push(); CorruptData (cut
  /// short, a trailer or its signature is missing).
  virtual Result<void> finish() = 0;
  /// With names in lower case, as they came; without `x-amz-trailer-signature`. Complete after
  /// finish().
  [[nodiscard]] virtual const HttpHeaders& trailers() const noexcept = 0;
};

/// "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", the same with "-TRAILER", or
/// "STREAMING-UNSIGNED-PAYLOAD-TRAILER".
STREAMKIT_API [[nodiscard]] bool is_streaming(std::string_view payload_hash) noexcept;

}  // namespace streamkit::net
