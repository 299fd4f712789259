#include "s3/endpoint.hpp"

#include <algorithm>
#include <array>
#include <streamkit/net/sigv4.hpp>

#include "s3/list_operations.hpp"

namespace streamkit::s3 {
namespace {

struct ErrorRow {
  int http_status;
  int status;
  std::string_view code;
};

constexpr std::array kErrors = {
    ErrorRow{413, 400, "EntityTooLarge"},
    ErrorRow{429, 503, "SlowDown"},
    ErrorRow{431, 400, "RequestHeaderSectionTooLarge"},
    ErrorRow{500, 500, "InternalError"},
    ErrorRow{503, 503, "ServiceUnavailable"},
};
constexpr ErrorRow kBadRequest{400, 400, "InvalidRequest"};

}  // namespace

// One call, from its head to its response.
class S3Api::CallExchange final : public http::Exchange {
 public:
  CallExchange(S3Api& api, const http::RequestHead& head, std::shared_ptr<S3Call> call)
      : api_(api), head_(head), call_(std::move(call)) {}

  std::optional<http::Response> on_body(std::span<const std::uint8_t> bytes) override {
    return call_->take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  http::Reply respond() override { return api_.respond(head_, *call_); }

 private:
  S3Api& api_;
  const http::RequestHead& head_;
  const std::shared_ptr<S3Call> call_;
};

S3Api::S3Api(SessionStore& sessions, JobQueue& jobs, ObjectStore& objects, OpenObject open,
             S3ApiConfig config, Context context)
    : objects_(objects),
      config_(std::move(config)),
      context_(context),
      gate_(sessions, objects, config_, context),
      intake_(sessions, jobs, objects, config_.bucket, context),
      multipart_(objects, intake_,
                 {.bucket = config_.bucket, .max_object_bytes = config_.max_object_bytes}, context),
      objects_api_(objects, std::move(open), config_.region,
                   context.clock_or_system().system_now()) {}

http::AdmissionResult S3Api::admit(const http::RequestHead& head) {
  auto call = gate_.admit(head);
  if (!call) {
    if (is_for_client(call.error())) context_.count("streamkit_uploads_refused_total");
    if (net::sigv4_failure(call.error()) && config_.on_bad_signature) {
      config_.on_bad_signature(head);
    }
    return refuse(head, call.error());
  }
  const auto limit = (*call)->wire_limit_bytes();
  return http::Admission{std::make_unique<CallExchange>(*this, head, *std::move(call)), limit,
                         /*blocking=*/true};
}

http::Response S3Api::error(const http::RequestHead& head, int status,
                            std::string_view message) const {
  const auto* const row = std::find_if(kErrors.begin(), kErrors.end(), [&](const ErrorRow& error) {
    return error.http_status == status;
  });
  const ErrorRow& worded = row != kErrors.end() ? *row : kBadRequest;
  return s3_error(head, worded.status, worded.code, message);
}

http::Response S3Api::respond(const http::Request& request, S3Call& call) {
  const auto whole = call.finish();
  auto answered = whole ? answer(request, call) : Result<http::Response>(whole.error());
  // What was not committed is off the disk before the client reads of it.
  call.discard();
  if (!answered) return refuse(request, answered.error(), &call.grant());
  add_request_id(*answered);
  return *std::move(answered);
}

Result<http::Response> S3Api::answer(const http::Request& request, S3Call& call) {
  switch (call.address().operation) {
    case S3Operation::PutObject:
      return put(request, call);
    case S3Operation::CreateMultipartUpload:
      return multipart_.create(request, call);
    case S3Operation::UploadPart:
      return multipart_.upload_part(call);
    case S3Operation::CompleteMultipartUpload:
      return multipart_.complete(request, call);
    case S3Operation::AbortMultipartUpload:
      return multipart_.abort(call);
    case S3Operation::ListParts:
      return multipart_.list_parts(call);
    case S3Operation::ListMultipartUploads:
      return multipart_.list_uploads(call);
    case S3Operation::GetObject:
    case S3Operation::HeadObject:
      return objects_api_.get(request, call);
    case S3Operation::DeleteObject:
      return objects_api_.remove(call);
    case S3Operation::DeleteObjects:
      return objects_api_.remove_many(call);
    case S3Operation::ListObjects:
      return list_objects(objects_, call.address());
    case S3Operation::ListObjectsV2:
      return list_objects_v2(objects_, call.address());
    case S3Operation::GetBucketLocation:
      return objects_api_.location();
    case S3Operation::HeadBucket:
      return http::Response{200, {{"x-amz-bucket-region", config_.region}}};
    case S3Operation::CreateBucket:
      // Some clients create before they put, and take this for success.
      return s3_refusal(S3Code::BucketAlreadyOwnedByYou, "the bucket is there");
    case S3Operation::ListBuckets:
      break;
  }
  return objects_api_.buckets(config_.bucket);
}

Result<http::Response> S3Api::put(const http::Request& request, S3Call& call) {
  const auto& grant = call.grant();
  if (call.goes_to_store()) {
    const auto upload = call.upload();
    if (!upload) return upload.error();
    if (auto committed = intake_.commit(grant, **upload, call.body_bytes()); !committed) {
      return committed.error();
    }
  } else if (auto taken = intake_.take(grant, call.body(), request.header("Content-Type"));
             !taken) {
    return taken.error();
  }
  if (!grant.by_operator) return stored_response(call, call.etag());
  const auto stored = objects_.head(grant.address.key, {});
  if (!stored) return stored.error().with_context("read object");
  return stored_response(call, object_etag(*stored));
}

http::Response S3Api::refuse(const http::Request& request, const Error& error,
                             const S3Grant* grant) const {
  if (!is_for_client(error)) log_failed_call(context_, grant ? *grant : S3Grant{}, error);
  return s3_error(request, error);
}

}  // namespace streamkit::s3
