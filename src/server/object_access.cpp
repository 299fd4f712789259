#include "server/object_access.hpp"

#include <streamkit/store/chunk_key.hpp>

namespace streamkit::server {
namespace {

// A session id does not contain '.', so no session has this name.
constexpr std::string_view kOperator = ".operator";

Error denied(std::string_view reason) { return {ErrorCode::PermissionDenied, std::string(reason)}; }

std::optional<StreamInputKey> input_chunk(std::string_view key) {
  const auto chunk = parse_chunk_key(key);
  const auto* input = chunk ? std::get_if<StreamInputKey>(&*chunk) : nullptr;
  if (input == nullptr) return {};
  return *input;
}

std::vector<LogField> log_fields(const std::optional<StreamInputKey>& chunk) {
  return {{"session_id", chunk ? chunk->session_id : ""},
          {"index", chunk ? std::to_string(chunk->index) : ""}};
}

// Returns whether an upload stores anything: aborting one makes room.
bool stores(s3::Operation operation) noexcept {
  return s3::is_upload(operation) && operation != s3::Operation::AbortMultipartUpload;
}

}  // namespace

Result<s3::AccessKey> ObjectAccess::find_key(std::string_view access_key_id) {
  if (options_.operator_key && access_key_id == options_.operator_key->access_key_id) {
    return s3::AccessKey{*options_.operator_key, std::string(kOperator)};
  }
  auto found = sessions_.credentials(access_key_id);
  if (!found) return found.error();
  return s3::AccessKey{{found->access_key_id, found->secret_access_key, found->session_token},
                       found->session_id,
                       found->expires_at};
}

Result<void> ObjectAccess::check_disk(const s3::Access& access) const {
  if (options_.disk == nullptr || !stores(access.operation)) return {};
  if (options_.disk->has_room(access.body_bytes)) return {};
  return options_.disk->refuse_upload();
}

Result<s3::Grant> ObjectAccess::authorize(const s3::AccessKey& caller, const s3::Access& access) {
  if (caller.principal == kOperator) {
    if (auto room = check_disk(access); !room) return room.error();
    return s3::Grant{.log_fields = log_fields(input_chunk(access.key))};
  }
  if (access.operation == s3::Operation::CopyObject)
    return denied("these credentials may not copy");
  if (!s3::is_upload(access.operation)) return denied("these credentials may only put chunks");
  const bool is_ours = access.bucket == options_.bucket;
  const auto permission =
      sessions_.authorize_upload(caller.principal, is_ours ? access.key : std::string_view{});
  if (!permission) return permission.error();
  if (auto room = check_disk(access); !room) return room.error();
  std::shared_ptr<const void> reservation;
  if (options_.quota != nullptr && stores(access.operation)) {
    auto reserved = options_.quota->reserve(permission->chunk, access.body_bytes);
    if (!reserved) return reserved.error();
    reservation = *std::move(reserved);
  }
  return s3::Grant{.replace_existing = !permission->late,
                   .reads_objects = false,
                   .sender = caller.principal,
                   .reservation = std::move(reservation),
                   .log_fields = log_fields(permission->chunk)};
}

Result<void> ObjectAccess::commit(const ObjectInfo& object, std::string_view principal) {
  const bool by_operator = principal == kOperator;
  if (!by_operator && options_.quota != nullptr) options_.quota->add(principal, object.size_bytes);
  auto committed = ingest_.commit(
      object, by_operator ? live::UnknownSession::Accept : live::UnknownSession::Reject);
  if (!committed && committed.error().code == ErrorCode::NotFound) {
    return denied("the session does not exist");
  }
  return committed;
}

std::string upload_group(std::string_view key) {
  const auto chunk = input_chunk(key);
  return chunk ? chunk->session_id : std::string(kOperator);
}

}  // namespace streamkit::server
