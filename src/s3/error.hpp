#pragma once

#include <optional>
#include <streamkit/core/error.hpp>
#include <string_view>

#include <streamkit/http/message.hpp>

namespace streamkit::s3 {

/// The codes of S3's error list that this server uses, except those of signatures. QuotaExceeded is
/// not in it: it is the code of other S3 servers, which clients do not retry.
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
  QuotaExceeded,
  ServiceUnavailable,
  SlowDown,
  XAmzContentSha256Mismatch
};

/// A row of S3's error list.
struct ErrorRow {
  int status;
  std::string_view code;
};

/// Returns a rejection as an Error of domain "s3". The message is for the client's user: it must
/// not contain a local path or a secret.
[[nodiscard]] Error rejection(Code code, std::string_view message);
/// Returns the code of a rejection; empty for any other error.
[[nodiscard]] std::optional<Code> code_of(const Error& error) noexcept;

/// Converts a store's failure to put an object. It becomes a rejection when the store cannot hold
/// an object of this key, such as "a/b" next to "a", and when it takes no objects for now
/// (RateLimited).
[[nodiscard]] Error put_error(const Error& failure);

/// Converts an error of the application's Authorizer or ObjectCommit: a rejection if the client may
/// read it, otherwise the unchanged error.
[[nodiscard]] Error application_error(const Error& failure);

/// Returns S3's status and code for a rejection, an invalid signature or a store failure.
[[nodiscard]] ErrorRow error_row(const Error& error) noexcept;
/// Returns whether the client may read the error's message. Messages of store failures are for the
/// log only.
[[nodiscard]] bool is_for_client(const Error& error) noexcept;

/// Returns S3's error document, with its request id. For HEAD the server sends no body, as S3 does.
[[nodiscard]] http::Response error_response(const http::RequestHead& request, int status,
                                            std::string_view code, std::string_view message);
/// Returns the document for a status that the HTTP server reports: 400, 408, 413, 429, 431, 500 or
/// 503.
[[nodiscard]] http::Response error_response(const http::RequestHead& request, int http_status,
                                            std::string_view message);
/// Returns the document for error_row().
[[nodiscard]] http::Response error_response(const http::RequestHead& request, const Error& error);
/// Adds a new x-amz-request-id.
void add_request_id(http::Response& response);

}  // namespace streamkit::s3
