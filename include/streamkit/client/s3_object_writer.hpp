#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <streamkit/client/http_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>

namespace streamkit::client {

struct STREAMKIT_API S3WriterOptions {
  std::string bucket;
  std::string region;
  /// Base URL of an S3-compatible store, addressed in path style (`{endpoint}/{bucket}/{key}`).
  /// Empty means AWS (`https://{bucket}.s3.{region}.amazonaws.com/{key}`).
  std::string endpoint = {};
  /// `total` is wide because a chunk may leave over a slow line.
  HttpTimeouts timeouts = {.total = std::chrono::minutes(10)};
};

/// Puts objects into an S3 bucket, each in one request whose signature covers the body.
/// A response that the credentials expired has them renewed, then returns CredentialsExpired, so
/// that the caller's next attempt carries the new ones. After any other 401 or 403 they are renewed
/// and the request is sent once more; if it is rejected again, PermissionDenied is final. If the
/// server finds the time of a request wrong, its own time is used from then on. A put whose last
/// byte is still held back only returns the error.
/// Thread-safety: as ObjectWriter.
class STREAMKIT_API S3ObjectWriter final : public ObjectWriter {
 public:
  /// `http`, `credentials` and what `context` points to must outlive the writer.
  /// Errors: InvalidArgument (endpoint, bucket, region).
  static Result<std::unique_ptr<S3ObjectWriter>> create(HttpClient& http,
                                                        net::CredentialsProvider& credentials,
                                                        S3WriterOptions options,
                                                        Context context = {});

  /// Errors, beyond ObjectWriter's: NotFound (bucket); those of HttpClient::send() and of the
  /// credentials provider. Domain "http" with the status as native code when a server responded.
  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override;
  [[nodiscard]] bool can_hold_last_byte() const noexcept override { return true; }

 private:
  Result<HttpResponse> send(std::string_view key, std::span<const std::uint8_t> body,
                            const PutOptions& options, const net::Credentials& credentials,
                            const std::stop_token& stop);
  bool adopt_time_of(const HttpResponse& response);

  S3ObjectWriter(HttpClient& http, net::CredentialsProvider& credentials, S3WriterOptions options,
                 Context context, std::string origin, std::string host, std::string base_path);

  HttpClient& http_;
  net::CredentialsProvider& credentials_;
  const S3WriterOptions options_;
  const Context context_;
  const std::string origin_;                     // "https://host[:port]"
  const std::string host_;                       // the Host header
  const std::string base_path_;                  // what comes before the key, with '/' at its end
  std::atomic<std::int64_t> server_ahead_s_{0};  // how much the server's clock is ahead of ours
};

}  // namespace streamkit::client
