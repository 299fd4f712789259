#include "s3/endpoint.hpp"

#include <streamkit/net/sigv4.hpp>

#include "s3/list_operations.hpp"

namespace streamkit::s3 {

S3Api::S3Api(SessionStore& sessions, StreamRecords& records, JobSender& jobs, ObjectStore& objects,
             S3ApiConfig config, Context context)
    : objects_(objects),
      config_(std::move(config)),
      context_(context),
      gate_(sessions, objects, config_, context),
      intake_(records, jobs, objects, config_.bucket, context),
      multipart_(objects, intake_,
                 {.bucket = config_.bucket, .max_object_bytes = config_.max_object_bytes}, context),
      objects_api_(objects, config_.region, context.clock_or_system().system_now()) {}

std::variant<http::Admission, http::Response> S3Api::admit(const http::Request& head) {
  auto call = gate_.admit(head);
  if (!call) {
    if (is_for_client(call.error())) context_.count("streamkit_uploads_refused_total");
    if (net::sigv4_failure(call.error()) && config_.on_bad_signature) {
      config_.on_bad_signature(head);
    }
    return refuse(head, call.error());
  }
  const auto limit = (*call)->wire_limit_bytes();
  return http::Admission{.body_limit_bytes = limit, .receiver = *std::move(call), .blocking = true};
}

http::Response S3Api::handle(const http::Request& request) {
  auto* call = dynamic_cast<S3Call*>(request.receiver.get());
  if (call == nullptr) {
    return refuse(request, s3_refusal(S3Code::InternalError, "the request was not admitted"));
  }
  const auto whole = call->finish();
  auto answered = whole ? answer(request, *call) : Result<http::Response>(whole.error());
  // Here, since whoever lets go of the request must not block.
  call->discard();
  if (!answered) return refuse(request, answered.error(), &call->grant());
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
