#include <streamkit/s3/endpoint.hpp>

#include <streamkit/net/sigv4_verify.hpp>

#include "s3/cors.hpp"
#include "s3/error.hpp"
#include "s3/list_operations.hpp"
#include "s3/multipart_operations.hpp"
#include "s3/object_committer.hpp"
#include "s3/object_operations.hpp"
#include "s3/request_check.hpp"

namespace streamkit::s3 {

class Endpoint::Service {
 public:
  Service(ObjectStore& objects, Authorizer& authorizer, ObjectCommit committed,
          EndpointOptions options, Context context)
      : objects_(objects),
        options_(std::move(options)),
        context_(context),
        check_(authorizer, objects, options_, context),
        committer_(objects, std::move(committed), context),
        multipart_(objects, options_.upload_group, committer_,
                   {.max_object_bytes = options_.max_object_bytes,
                    .max_uploads = options_.max_multipart_uploads},
                   context),
        object_operations_(objects, options_.region, context.clock_or_system().system_now()),
        cors_(options_.allows_origin) {}

  const RequestCheck& check() const noexcept { return check_; }
  MultipartOperations& multipart() noexcept { return multipart_; }

  const Cors& cors() const noexcept { return cors_; }

  http::AdmissionResult admit(const http::RequestHead& head);

 private:
  class CallExchange;

  [[nodiscard]] http::Response finish(const http::RequestHead& request, UploadBody& call);
  Result<http::Response> respond(const http::RequestHead& request, UploadBody& call);
  Result<http::Response> put(const http::RequestHead& request, UploadBody& call);
  [[nodiscard]] http::Response reject(const http::RequestHead& request, const Error& error,
                                      const Grant& grant) const;

  ObjectStore& objects_;
  const EndpointOptions options_;
  const Context context_;
  RequestCheck check_;
  ObjectCommitter committer_;
  MultipartOperations multipart_;
  ObjectOperations object_operations_;
  const Cors cors_;
};

// Handles one call, from its head to its response.
class Endpoint::Service::CallExchange final : public http::Exchange {
 public:
  CallExchange(Service& service, const http::RequestHead& head, std::shared_ptr<UploadBody> call)
      : service_(service), head_(head), call_(std::move(call)) {}

  std::optional<http::Response> on_body(std::span<const std::uint8_t> bytes) override {
    auto response = call_->take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (response) service_.cors_.expose(head_, *response);
    return response;
  }
  std::uint64_t held_bytes() const noexcept override { return call_->held_bytes(); }
  http::Reply respond() override {
    auto response = service_.finish(head_, *call_);
    service_.cors_.expose(head_, response);
    return response;
  }

 private:
  Service& service_;
  const http::RequestHead& head_;
  const std::shared_ptr<UploadBody> call_;
};

http::AdmissionResult Endpoint::Service::admit(const http::RequestHead& head) {
  if (auto response = cors_.preflight(head)) return *std::move(response);
  auto call = check_.admit(head);
  if (!call) {
    if (is_for_client(call.error())) context_.count("streamkit_uploads_refused_total");
    if (net::sigv4_failure(call.error()) && options_.on_bad_signature) {
      options_.on_bad_signature(head);
    }
    auto response = reject(head, call.error(), {});
    cors_.expose(head, response);
    return response;
  }
  const auto limit = (*call)->wire_limit_bytes();
  std::string sender = (*call)->grant().sender;
  return http::Admission{std::make_unique<CallExchange>(*this, head, *std::move(call)), limit,
                         /*blocking=*/true, std::move(sender)};
}

http::Response Endpoint::Service::finish(const http::RequestHead& request, UploadBody& call) {
  const auto whole = call.finish();
  auto response = whole ? respond(request, call) : Result<http::Response>(whole.error());
  // Uncommitted bytes are removed from the store before the client receives the response.
  call.discard();
  if (!response) return reject(request, response.error(), call.grant());
  add_request_id(*response);
  return *std::move(response);
}

Result<http::Response> Endpoint::Service::respond(const http::RequestHead& request,
                                                  UploadBody& call) {
  switch (call.address().operation) {
    case Operation::PutObject:
      return put(request, call);
    case Operation::CreateMultipartUpload:
      return multipart_.create(request, call);
    case Operation::UploadPart:
      return multipart_.upload_part(call);
    case Operation::CompleteMultipartUpload:
      return multipart_.complete(request, call);
    case Operation::AbortMultipartUpload:
      return multipart_.abort(call);
    case Operation::ListParts:
      return multipart_.list_parts(call);
    case Operation::ListMultipartUploads:
      return multipart_.list_uploads(call);
    case Operation::GetObject:
    case Operation::HeadObject:
      return object_operations_.get(request, call);
    case Operation::DeleteObject:
      return object_operations_.remove(call);
    case Operation::DeleteObjects:
      return object_operations_.remove_many(call);
    case Operation::ListObjects:
      return list_objects(objects_, call.address());
    case Operation::ListObjectsV2:
      return list_objects_v2(objects_, call.address());
    case Operation::GetBucketLocation:
      return object_operations_.location();
    case Operation::HeadBucket:
      return http::Response{200, {{"x-amz-bucket-region", options_.region}}};
    case Operation::CreateBucket:
      // Some clients create the bucket before they upload, and treat this code as success.
      return rejection(Code::BucketAlreadyOwnedByYou, "the bucket exists already");
    case Operation::CopyObject:
    case Operation::Other:
      return rejection(Code::NotImplemented, "this call is not available here");
    case Operation::ListBuckets:
      break;
  }
  return object_operations_.buckets(options_.bucket);
}

Result<http::Response> Endpoint::Service::put(const http::RequestHead& request, UploadBody& call) {
  if (call.goes_to_store()) {
    const auto upload = call.upload();
    if (!upload) return upload.error();
    if (auto done = committer_.commit(call.admitted(), **upload, call.body_bytes()); !done) {
      return done.error();
    }
  } else if (auto done =
                 committer_.put(call.admitted(), call.body(), request.header("Content-Type"));
             !done) {
    return done.error();
  }
  if (!call.grant().reads_objects) return stored_response(call, call.etag());
  const auto stored = objects_.head(call.address().key, {});
  if (!stored) return stored.error().with_context("read object");
  return stored_response(call, object_etag(*stored));
}

http::Response Endpoint::Service::reject(const http::RequestHead& request, const Error& error,
                                         const Grant& grant) const {
  if (!is_for_client(error)) log_failed_call(context_, grant, error);
  return error_response(request, error);
}

Endpoint::Endpoint(ObjectStore& objects, Authorizer& authorizer, ObjectCommit committed,
                   EndpointOptions options, Context context)
    : service_(std::make_unique<Service>(objects, authorizer, std::move(committed),
                                         std::move(options), std::move(context))) {}

Endpoint::~Endpoint() = default;

bool Endpoint::claims(const http::RequestHead& head) const noexcept {
  return service_->check().claims(head);
}

http::AdmissionResult Endpoint::admit(const http::RequestHead& head) {
  return service_->admit(head);
}

http::Response Endpoint::error(const http::RequestHead& head, int status,
                               std::string_view message) const {
  auto response = error_response(head, status, message);
  service_->cors().expose(head, response);
  return response;
}

Result<std::size_t> Endpoint::remove_stale_uploads(WallTime before, std::stop_token stop) {
  return service_->multipart().remove_stale(before, std::move(stop));
}

}  // namespace streamkit::s3
