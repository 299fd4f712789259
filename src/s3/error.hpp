#pragma once

#include <optional>
#include <streamkit/core/error.hpp>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::s3 {

/// The codes of S3's error list that this server uses besides those of signatures.
/// Source: Amazon S3 API Reference, "Error Responses".
enum class Code {
  AccessDenied = 1,
  BadDigest,
  BucketAlreadyOwnedByYou,
  EntityTooLarge,
  EntityTooSmall,
  ExpiredToken,
  IncompleteBody,
  InsufficientStorage,
  InternalError,
  InvalidArgument,
  InvalidDigest,
  InvalidPart,
  InvalidPartOrder,
  InvalidRange,
  InvalidRequest,
  InvalidUri,
  KeyTooLongError,
  MalformedXml,
  MethodNotAllowed,
  MissingContentLength,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  NotImplemented,
  PreconditionFailed,
  ServiceUnavailable,
  SlowDown,
  XAmzContentSha256Mismatch
};

/// A row of S3's error list.
struct ErrorRow {
  int status;
  std::string_view code;
};

/// A rejection as an Error of domain "s3". The message is for the client's user: no path of this
/// machine, no secret.
[[nodiscard]] Error rejection(Code code, std::string_view message);
/// The code of a rejection; empty for any other error.
[[nodiscard]] std::optional<Code> code_of(const Error& error) noexcept;

/// A store's failure to put an object: the client's fault when its key is one that the store cannot
/// hold, such as "a/b" beside "a".
[[nodiscard]] Error put_error(const Error& failure);

/// An error of the application's Authorizer or ObjectCommit: a rejection where the client may read
/// it, else the error itself.
[[nodiscard]] Error application_error(const Error& failure);

/// S3's status and code for a rejection, a failed signature, or a store that does not work.
[[nodiscard]] ErrorRow error_row(const Error& error) noexcept;
/// Whether the client may read the error's message; that of a failing store is for the log only.
[[nodiscard]] bool is_for_client(const Error& error) noexcept;

/// S3's error document, with its request id. For HEAD the server sends no body, as S3 does.
[[nodiscard]] http::Response error_response(const http::RequestHead& request, int status,
                                            std::string_view code, std::string_view message);
/// The same for a status that the HTTP server reports: 400, 413, 429, 431, 500 or 503.
[[nodiscard]] http::Response error_response(const http::RequestHead& request, int http_status,
                                            std::string_view message);
/// The document for error_row().
[[nodiscard]] http::Response error_response(const http::RequestHead& request, const Error& error);
/// Adds a new x-amz-request-id.
void add_request_id(http::Response& response);

}  // namespace streamkit::s3
