#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <streamkit/core/context.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

struct S3ApiConfig {
  std::string bucket;
  std::string region;
  std::uint64_t max_object_bytes = 64 * 1024 * 1024;
  /// May do more than a session: see S3Api. Empty: there is none.
  std::optional<net::Credentials> operator_key = {};
  /// How long after its end a session's uploads are still taken, for those that were under way.
  std::chrono::seconds late_upload_grace{60};
  /// Whether a session may call once more now; if not, it is told to slow down. Empty: always.
  std::function<bool(std::string_view session_id)> may_call = {};
  /// Paths that are the application's own, never keys of the bucket in the host name. Empty: none.
  std::function<bool(std::string_view path)> reserved_path = {};
  /// Told of requests whose signature or key is not good, not of those that ask for too much.
  std::function<void(const http::Request& head)> on_bad_signature = {};
};

/// Decides by a request's head whether it may do what it asks for.
/// Thread-safety: every method from any thread at once.
class RequestCheck {
 public:
  /// What is lent must outlive this.
  RequestCheck(SessionStore& sessions, ObjectStore& objects, const S3ApiConfig& config,
               Context context)
      : sessions_(sessions), objects_(objects), config_(config), context_(context) {}

  /// By its bucket, in the path or, unless the path is one of the server's own, in the host; or by
  /// its signature wherever it goes.
  [[nodiscard]] bool is_s3(const http::Request& request) const noexcept;
  /// Checks signature, credentials, session and key. Errors: domain "s3" or "sigv4"; the session
  /// store's.
  [[nodiscard]] Result<std::shared_ptr<UploadBody>> admit(const http::Request& head) const;

 private:
  struct Caller {
    net::VerifiedRequest verified;
    /// Empty: the operator.
    std::optional<ScopedCredentials> credentials;
  };

  [[nodiscard]] Result<Caller> authenticate(const http::Request& head) const;
  [[nodiscard]] Result<S3Grant> grant_session(const http::Request& head,
                                              const Result<Address>& address,
                                              const ScopedCredentials& credentials) const;
  [[nodiscard]] Result<S3Grant> grant_operator(const http::Request& head,
                                               const Result<Address>& address) const;

  SessionStore& sessions_;
  ObjectStore& objects_;
  const S3ApiConfig& config_;
  const Context context_;
};

/// Objects that no client can address: unfinished uploads, and what the store keeps for itself.
[[nodiscard]] bool is_internal_key(std::string_view key) noexcept;

}  // namespace streamkit::s3
