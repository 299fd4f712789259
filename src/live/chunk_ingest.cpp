#include <streamkit/live/chunk_ingest.hpp>

#include <streamkit/net/s3_event.hpp>

namespace streamkit::live {

Result<void> ChunkIngest::put(const StreamInputKey& key, std::span<const std::uint8_t> bytes,
                              std::stop_token stop) {
  const auto name = to_string(key);
  if (auto stored = objects_.put(name, bytes, {}, std::move(stop)); !stored) {
    context_.count("streamkit_chunks_failed_total");
    return stored.error().with_context("store chunk");
  }
  return commit({name, bytes.size(), context_.clock_or_system().system_now()});
}

Result<void> ChunkIngest::commit(const ObjectInfo& object, UnknownSession unknown) {
  const auto key = parse_chunk_key(object.key);
  if (!key || std::holds_alternative<StreamOutputKey>(*key)) return {};
  const auto* chunk = std::get_if<StreamInputKey>(&*key);
  if (auto announced = announce(object, chunk, unknown); !announced) {
    // A deleted session is not a failure of this service.
    if (announced.error().code != ErrorCode::NotFound) {
      context_.count("streamkit_chunks_failed_total");
    }
    return announced;
  }
  context_.count("streamkit_chunks_stored_total");
  context_.count("streamkit_chunk_bytes_total", static_cast<double>(object.size_bytes));
  context_.log(LogLevel::Info, "chunk stored",
               {{"session_id", chunk ? chunk->session_id : ""},
                {"index", chunk ? std::to_string(chunk->index) : ""},
                {"size_bytes", std::to_string(object.size_bytes)}});
  return {};
}

Result<void> ChunkIngest::announce(const ObjectInfo& object, const StreamInputKey* chunk,
                                   UnknownSession unknown) {
  const JobGroup group = chunk ? JobGroup{chunk->session_id, chunk->index} : JobGroup{};
  const std::string event =
      net::make_object_created_event(bucket_, object.key, object.size_bytes, object.modified);
  if (auto sent = jobs_.send_in_group(event, group); !sent) {
    return sent.error().with_context("send event");
  }
  if (chunk == nullptr) return {};
  const auto recorded = records_.record_chunk(chunk->session_id, chunk->index, object.modified);
  if (recorded) return {};
  const bool is_unknown = recorded.error().code == ErrorCode::NotFound;
  if (is_unknown && unknown == UnknownSession::Accept) return {};
  return recorded.error().with_context("record chunk");
}

}  // namespace streamkit::live
