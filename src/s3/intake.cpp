#include "s3/intake.hpp"

#include <algorithm>
#include <span>
#include <streamkit/net/s3_event.hpp>

#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What a worker turns into segments.
bool raises_event(const S3Grant& grant) noexcept {
  return grant.chunk && !std::holds_alternative<StreamOutputKey>(*grant.chunk);
}

}  // namespace

Result<void> S3Intake::take(const S3Grant& grant, std::string_view body,
                            std::string_view content_type) {
  auto stored = store(grant, body, content_type);
  if (stored) stored = announce(grant, body.size());
  return account(grant, body.size(), std::move(stored));
}

Result<void> S3Intake::commit(const S3Grant& grant, ObjectUpload& upload,
                              std::uint64_t size_bytes) {
  auto stored = upload.commit({});
  stored = stored ? announce(grant, size_bytes) : of_put(stored.error());
  return account(grant, size_bytes, std::move(stored));
}

Result<void> S3Intake::store(const S3Grant& grant, std::string_view body,
                             std::string_view content_type) {
  const std::string& key = grant.address.key;
  if (grant.late) {
    if (auto checked = check_late(key, body); !checked) return checked;
  }
  PutOptions options;
  if (!content_type.empty()) options.content_type = content_type;
  auto put = objects_.put(key, bytes_of(body), options, {});
  return put ? put : of_put(put.error());
}

Result<void> S3Intake::announce(const S3Grant& grant, std::uint64_t size_bytes) {
  if (!raises_event(grant)) return {};
  const auto now = context_.clock_or_system().system_now();
  if (auto sent =
          jobs_.send(net::make_object_created_event(bucket_, grant.address.key, size_bytes, now));
      !sent) {
    return sent.error().with_context("raise event");
  }
  const auto* chunk = std::get_if<StreamInputKey>(&*grant.chunk);
  return chunk == nullptr ? Result<void>() : record(*chunk, grant.by_operator);
}

Result<void> S3Intake::account(const S3Grant& grant, std::uint64_t size_bytes,
                               Result<void> outcome) {
  if (!outcome) {
    if (!is_for_client(outcome.error())) context_.count("streamkit_chunks_failed_total");
    return outcome;
  }
  if (!raises_event(grant)) return {};
  context_.count("streamkit_chunks_stored_total");
  context_.count("streamkit_chunk_bytes_total", static_cast<double>(size_bytes));
  const auto* chunk = std::get_if<StreamInputKey>(&*grant.chunk);
  context_.log(LogLevel::Info, "chunk stored",
               {{"session_id", chunk ? chunk->session_id : ""},
                {"index", chunk ? std::to_string(chunk->index) : ""},
                {"size_bytes", std::to_string(size_bytes)}});
  return {};
}

Result<void> S3Intake::check_late(const std::string& key, std::string_view body) {
  const auto before = objects_.get(key, {});
  if (!before && before.error().code == ErrorCode::NotFound) return {};
  if (!before) return before.error().with_context("read object");
  const auto bytes = bytes_of(body);
  if (std::equal(before->begin(), before->end(), bytes.begin(), bytes.end())) return {};
  return s3_refusal(S3Code::AccessDenied, "the session has ended, its chunks stay as they are");
}

Result<void> S3Intake::record(const StreamInputKey& chunk, bool by_operator) {
  const auto recorded =
      records_.record_chunk(chunk.session_id, chunk.index, context_.clock_or_system().system_now());
  if (recorded) return {};
  if (recorded.error().code != ErrorCode::NotFound) {
    return recorded.error().with_context("record chunk");
  }
  // An operator may put chunks of sessions that nobody created; workers take those too.
  if (by_operator) return {};
  return s3_refusal(S3Code::AccessDenied, "the session is gone");
}

}  // namespace streamkit::s3
