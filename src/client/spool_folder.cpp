#include "spool_folder.hpp"

#include <map>
#include <streamkit/core/file_access.hpp>
#include <streamkit/core/text.hpp>
#include <utility>

#include "spool_files.hpp"

namespace streamkit::client::spool_folder {
namespace {

using session_json::SpoolRecord;
using spool_chunk::Mark;
using spool_chunk::Name;

constexpr std::size_t kMaxSessionBytes = 1 << 20;
constexpr std::size_t kMaxChunkBytes = std::size_t{8} << 30;

Error damaged(const std::string& name, const Error& error) {
  return {ErrorCode::CorruptData, "'" + name + "' is " + error.message};
}

Result<spool_chunk::Head> read_head(const FileDescriptor& folder, std::string_view session_id,
                                    const Name& name) {
  const std::string file = to_string(name);
  const auto begin = spool_files::read_file(folder, file, spool_chunk::kMaxHeadBytes);
  if (!begin) return begin.error();
  auto head = spool_chunk::read_head(*begin, session_id, name.index);
  if (!head) return damaged(file, head.error());
  const auto size = spool_files::size_of(folder, file);
  if (!size) return size.error();
  if (*size != head->head_bytes + head->data_bytes) {
    return Error{ErrorCode::CorruptData, "'" + file + "' is cut off"};
  }
  return head;
}

}  // namespace

bool is_spool_file(std::string_view name) {
  return name == kLockName || name == kSessionName || name == kNewChunk || name == kNewSession ||
         spool_chunk::parse_name(name);
}

Result<FileDescriptor> lock(const FileDescriptor& folder) {
  auto held = spool_files::lock_file(folder, kLockName);
  if (held || held.error().code != ErrorCode::AlreadyExists) return held;
  return Error{ErrorCode::AlreadyExists,
               "another process publishes from it; end that one first, or wait for its end"};
}

Result<SpoolRecord> read_record(const FileDescriptor& folder) {
  const auto text = spool_files::read_file(folder, kSessionName, kMaxSessionBytes);
  if (!text && text.error().code == ErrorCode::NotFound) {
    return Error{ErrorCode::NotFound, "there is no session in it"};
  }
  if (!text) return text.error();
  auto record =
      session_json::parse_spool_record({reinterpret_cast<const char*>(text->data()), text->size()});
  if (!record) return record.error().with_context(std::string("'") + kSessionName + "'");
  return record;
}

Result<void> write_record(const FileDescriptor& folder, const SpoolRecord& record) {
  const std::string text = session_json::write_spool_record(record);
  return spool_files::write_durably(folder, kSessionName, kNewSession, {bytes_of(text)});
}

Result<void> check_empty(const FileDescriptor& folder) {
  const auto names = spool_files::names_in(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (name == kSessionName) {
      return Error{ErrorCode::AlreadyExists,
                   "it holds a session already; resume that one, or choose another folder"};
    }
    if (!is_spool_file(name)) {
      return Error{ErrorCode::InvalidArgument, "it is not empty: '" + name + "' is in it"};
    }
  }
  return {};
}

ResumePoint point_after(const Chunk& chunk, WallTime cut_at) {
  return {chunk.index + 1, chunk.start + chunk.duration, chunk.audio_end, cut_at};
}

Result<Chunk> read_chunk(const FileDescriptor& folder, std::string_view session_id,
                         const Name& name) {
  const std::string file = to_string(name);
  const auto bytes = spool_files::read_file(folder, file, kMaxChunkBytes);
  if (!bytes) return bytes.error();
  auto chunk = spool_chunk::read_chunk(*bytes, session_id, name.index);
  if (!chunk) return damaged(file, chunk.error());
  return chunk;
}

Result<Contents> read_contents(const FileDescriptor& folder, std::string_view session_id) {
  const auto names = spool_files::names_in(folder);
  if (!names) return names.error();
  std::map<std::uint64_t, Mark> chunks;
  for (const std::string& text : *names) {
    const auto name = spool_chunk::parse_name(text);
    if (name && name->mark == Mark::Stored) chunks[name->index] = Mark::Stored;
    if (name) chunks.try_emplace(name->index, Mark::Waiting);
  }
  Contents contents;
  if (chunks.empty()) return contents;
  contents.newest = Name{chunks.rbegin()->first, chunks.rbegin()->second};
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    const Name name{chunk->first, chunk->second};
    if (name.mark == Mark::Stored && name.index != contents.newest->index) break;
    const auto head = read_head(folder, session_id, name);
    if (!head) return head.error();
    if (name.index == contents.newest->index) {
      contents.point = point_after(head->chunk, head->cut_at);
    }
    if (name.mark == Mark::Stored) break;
    if (!contents.waiting.empty() && contents.waiting.front().index != name.index + 1) {
      return Error{ErrorCode::CorruptData,
                   "chunk " + std::to_string(contents.waiting.front().index - 1) +
                       " is missing, and no later one can be sent without it"};
    }
    contents.waiting.push_front({name.index, head->data_bytes, head->chunk.duration});
  }
  return contents;
}

Result<SpoolInfo> read_info(const std::filesystem::path& path) {
  const auto folder = files::open_folder(path);
  if (!folder) return folder.error();
  auto record = read_record(*folder);
  if (!record) return record.error();
  const auto contents = read_contents(*folder, record->session.session.session_id);
  if (!contents) return contents.error();
  SpooledSession& spooled = record->session;
  return SpoolInfo{.folder = path,
                   .session_id = std::move(spooled.session.session_id),
                   .playlist_url = std::move(spooled.session.playlist_url),
                   .server = std::move(spooled.server),
                   .note = std::move(spooled.note),
                   .created_at = record->created_at,
                   .waiting_chunks = contents->waiting.size(),
                   .point = contents->point,
                   .in_use = spool_files::is_locked(*folder, kLockName)};
}

}  // namespace streamkit::client::spool_folder
