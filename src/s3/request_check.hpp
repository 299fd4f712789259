#pragma once

#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/s3/access.hpp>
#include <streamkit/s3/endpoint.hpp>
#include <string>
#include <string_view>

#include "s3/upload_body.hpp"

namespace streamkit::s3 {

/// Authenticates and authorizes a request by its head.
/// Thread-safety: every method may be called from any thread, concurrently.
class RequestCheck {
 public:
  /// The arguments passed by reference must outlive this object.
  RequestCheck(Authorizer& authorizer, ObjectStore& objects, const EndpointOptions& options,
               Context context)
      : authorizer_(authorizer),
        objects_(objects),
        options_(options),
        context_(std::move(context)) {}

  /// See Endpoint::claims().
  [[nodiscard]] bool claims(const http::RequestHead& request) const noexcept;
  /// Checks signature, key and permission. Errors: domain "s3" or "sigv4"; the authorizer's.
  Result<std::shared_ptr<UploadBody>> admit(const http::RequestHead& head) const;

 private:
  struct Caller {
    net::VerifiedRequest verified;
    AccessKey key;
  };

  Result<Caller> authenticate(const http::RequestHead& head) const;
  Result<AdmittedRequest> authorize(const http::RequestHead& head, const Result<Address>& address,
                                    const Caller& caller) const;

  Authorizer& authorizer_;
  ObjectStore& objects_;
  const EndpointOptions& options_;
  const Context context_;
};

/// Returns whether clients cannot address the key: it belongs to an unfinished upload or to the
/// store itself.
[[nodiscard]] bool is_internal_key(std::string_view key) noexcept;

}  // namespace streamkit::s3
