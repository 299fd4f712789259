#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/core/file_access.hpp>
#include <utility>

#include "session_json.hpp"
#include "spool_chunk.hpp"
#include "spool_files.hpp"
#include "spool_folder.hpp"

namespace streamkit::client {
namespace {

using session_json::SpoolRecord;
using spool_chunk::Mark;
using spool_chunk::Name;
using namespace spool_folder;

constexpr std::size_t kMaxNoteBytes = 64 << 10;
// Chunks that are sent soon are not read back from the disk.
constexpr std::uint64_t kMaxBytesInMemory = 32 << 20;

std::string quoted(const std::filesystem::path& folder) {
  return "spool '" + folder.string() + "'";
}

class FolderSpool final : public ChunkSpool {
 public:
  FolderSpool(std::filesystem::path path, FileDescriptor folder, FileDescriptor lock,
              SpoolRecord record, Contents contents, SpoolLimits limits, Context context)
      : path_(std::move(path)),
        folder_(std::move(folder)),
        lock_(std::move(lock)),
        limits_(limits),
        context_(context),
        record_(std::move(record)),
        contents_(std::move(contents)) {
    for (const Entry& entry : contents_.waiting) add_to_level(entry);
  }

  const SpooledSession& session() const noexcept override { return record_.session; }

  ResumePoint resume_point() const override {
    std::lock_guard lock(mutex_);
    return contents_.point;
  }

  Result<Bytes> newest_chunk() const override {
    const std::optional<Name> newest = this->newest();
    if (!newest) return Bytes{};
    auto chunk = read_chunk(folder_, record_.session.session.session_id, *newest);
    if (!chunk) return chunk.error().with_context(quoted(path_));
    return std::move(chunk->data);
  }

  bool has_room_for(const Chunk& chunk) const override {
    std::lock_guard lock(mutex_);
    return level_.chunks == 0 || (level_.bytes + chunk.data.size() <= limits_.max_bytes &&
                                  level_.duration + chunk.duration <= limits_.max_duration);
  }

  Result<void> add(Chunk chunk) override {
    const WallTime now = context_.clock_or_system().system_now();
    const Name name{chunk.index, Mark::Waiting};
    const Bytes head = spool_chunk::write_head(record_.session.session.session_id, chunk, now);
    auto written =
        spool_files::write_durably(folder_, to_string(name), kNewChunk, {head, chunk.data});
    if (!written) return written.error().with_context(quoted(path_));
    {
      std::lock_guard lock(mutex_);
      contents_.point = point_after(chunk, now);
      contents_.newest = name;
      Entry entry{chunk.index, chunk.data.size(), chunk.duration};
      add_to_level(entry);
      if (bytes_in_memory_ + entry.bytes <= kMaxBytesInMemory) {
        bytes_in_memory_ += entry.bytes;
        entry.in_memory = std::make_shared<const Chunk>(std::move(chunk));
      }
      contents_.waiting.push_back(std::move(entry));
    }
    remove_kept();
    return {};
  }

  Result<std::shared_ptr<const Chunk>> oldest() override {
    std::uint64_t index = 0;
    {
      std::lock_guard lock(mutex_);
      index = contents_.waiting.front().index;
    }
    return find(index);
  }

  Result<std::shared_ptr<const Chunk>> find(std::uint64_t index) override {
    {
      std::lock_guard lock(mutex_);
      const auto& waiting = contents_.waiting;
      if (waiting.empty() || index < waiting.front().index || index > waiting.back().index) {
        return std::shared_ptr<const Chunk>();
      }
      const Entry& entry = waiting[static_cast<std::size_t>(index - waiting.front().index)];
      if (entry.in_memory != nullptr) return entry.in_memory;
    }
    auto chunk =
        read_chunk(folder_, record_.session.session.session_id, Name{index, Mark::Waiting});
    if (!chunk) {
      return chunk.error().with_context(quoted(path_) + ": no later chunk can be sent either");
    }
    return std::make_shared<const Chunk>(*std::move(chunk));
  }

  // The newest chunk is kept under another name.
  Result<void> remove_oldest() override {
    Name name;
    bool newest = false;
    {
      std::lock_guard lock(mutex_);
      const Entry entry = std::move(contents_.waiting.front());
      contents_.waiting.pop_front();
      if (entry.in_memory != nullptr) bytes_in_memory_ -= entry.bytes;
      --level_.chunks;
      level_.bytes -= entry.bytes;
      level_.duration -= entry.duration;
      name.index = entry.index;
      newest = contents_.waiting.empty();
    }
    if (!newest) return spool_files::remove(folder_, to_string(name));
    const Name stored{name.index, Mark::Stored};
    auto renamed = spool_files::rename(folder_, to_string(name), to_string(stored));
    if (!renamed) return renamed;
    {
      std::lock_guard lock(mutex_);
      kept_ = name.index;
      if (contents_.newest->index == name.index) contents_.newest = stored;
    }
    remove_kept();
    return {};
  }

  BufferLevel level() const override {
    std::lock_guard lock(mutex_);
    return level_;
  }

  Result<void> set_upload(const UploadTarget& upload) override {
    SpoolRecord record = record_;
    record.session.session.upload = upload;
    // Held while writing, because two writers would share the temporary file.
    const std::lock_guard lock(record_mutex_);
    return write_record(folder_, record);
  }

  Result<void> remove() override {
    const auto names = spool_files::names_in(folder_);
    if (!names) return names.error();
    // The session's file is the last one, so that an interrupted removal leaves a spool to resume.
    for (const std::string& name : *names) {
      if (!spool_chunk::parse_name(name) && name != kNewChunk && name != kNewSession) continue;
      if (auto removed = spool_files::remove(folder_, name); !removed) return removed;
    }
    for (const char* name : {kSessionName, kLockName}) {
      if (auto removed = spool_files::remove(folder_, name); !removed) return removed;
    }
    ::rmdir(path_.c_str());  // it stays if there is more in it
    return {};
  }

  /// Removes what an interrupted process left behind, and reports files of others.
  void tidy(Context context) {
    const auto names = spool_files::names_in(folder_);
    if (!names) return;
    for (const std::string& name : *names) {
      if (!is_spool_file(name)) {
        context.log(LogLevel::Warning, "a file in the spool is not the spool's and is ignored",
                    {{"folder", path_.string()}, {"file", name}});
        continue;
      }
      const auto chunk = spool_chunk::parse_name(name);
      const bool unfinished = name == kNewChunk || name == kNewSession;
      if (unfinished || (chunk && !is_kept(*chunk))) {
        static_cast<void>(spool_files::remove(folder_, name));
      }
    }
    if (contents_.newest && contents_.newest->mark == Mark::Stored) {
      kept_ = contents_.newest->index;
    }
  }

 private:
  bool is_kept(const Name& name) const {
    if (contents_.newest && to_string(*contents_.newest) == to_string(name)) return true;
    return name.mark == Mark::Waiting && !contents_.waiting.empty() &&
           name.index >= contents_.waiting.front().index;
  }

  std::optional<Name> newest() const {
    std::lock_guard lock(mutex_);
    return contents_.newest;
  }

  // Called with mutex_ held, or by the constructor.
  void add_to_level(const Entry& entry) {
    ++level_.chunks;
    level_.bytes += entry.bytes;
    level_.duration += entry.duration;
  }

  // Removes a stored chunk that was kept as the newest one, once there is a newer one.
  void remove_kept() {
    std::optional<std::uint64_t> old;
    {
      std::lock_guard lock(mutex_);
      if (!kept_ || *kept_ == contents_.newest->index) return;
      old = std::exchange(kept_, std::nullopt);
    }
    const auto removed = spool_files::remove(folder_, to_string(Name{*old, Mark::Stored}));
    if (removed) return;
    context_.log(LogLevel::Warning, "stored chunk not removed from the spool",
                 {{"folder", path_.string()}, {"error", streamkit::to_string(removed.error())}});
  }

  const std::filesystem::path path_;
  const FileDescriptor folder_;
  const FileDescriptor lock_;
  const SpoolLimits limits_;
  const Context context_;
  const SpoolRecord record_;

  std::mutex record_mutex_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  Contents contents_;
  BufferLevel level_;
  std::uint64_t bytes_in_memory_ = 0;
  std::optional<std::uint64_t> kept_;  // the stored chunk that is still there
};

Result<void> check_limits(const SpoolLimits& limits) {
  if (limits.max_bytes > 0 && limits.max_duration > MediaTime{0}) return {};
  return Error{ErrorCode::InvalidArgument, "the limits of a spool must be above 0"};
}

Result<FileDescriptor> open_empty(const std::filesystem::path& folder) {
  if (folder.empty()) return Error{ErrorCode::InvalidArgument, "no folder given"};
  if (auto made = spool_files::make_private_folder(folder); !made) return made.error();
  return files::open_folder(folder);
}

}  // namespace

Result<void> ChunkSpool::check_folder(const std::filesystem::path& folder) {
  auto checked = open_empty(folder).and_then([](const FileDescriptor& handle) -> Result<void> {
    if (const auto held = lock(handle); !held) return held.error();
    return check_empty(handle);
  });
  if (!checked) return checked.error().with_context(quoted(folder));
  return {};
}

Result<std::unique_ptr<ChunkSpool>> ChunkSpool::create(const std::filesystem::path& folder,
                                                       SpooledSession session, SpoolLimits limits,
                                                       Context context) {
  if (auto checked = check_limits(limits); !checked) return checked.error();
  if (session.note.size() > kMaxNoteBytes) {
    return Error{ErrorCode::InvalidArgument, "the note of a spool must not exceed 64 KiB"};
  }
  const auto failed = [&](const Error& error) { return error.with_context(quoted(folder)); };
  auto handle = open_empty(folder);
  if (!handle) return failed(handle.error());
  auto held = lock(*handle);
  if (!held) return failed(held.error());
  if (auto empty = check_empty(*handle); !empty) return failed(empty.error());
  SpoolRecord record{std::move(session), context.clock_or_system().system_now()};
  if (auto written = write_record(*handle, record); !written) return failed(written.error());
  return std::unique_ptr<ChunkSpool>(
      std::make_unique<FolderSpool>(folder, *std::move(handle), *std::move(held), std::move(record),
                                    Contents{}, limits, context));
}

Result<std::unique_ptr<ChunkSpool>> ChunkSpool::open(const std::filesystem::path& folder,
                                                     SpoolLimits limits, Context context) {
  if (auto checked = check_limits(limits); !checked) return checked.error();
  const auto failed = [&](const Error& error) { return error.with_context(quoted(folder)); };
  auto handle = files::open_folder(folder);
  if (!handle) return failed(handle.error());
  auto record = read_record(*handle);
  if (!record) return failed(record.error());
  auto held = lock(*handle);
  if (!held) return failed(held.error());
  auto contents = read_contents(*handle, record->session.session.session_id);
  if (!contents) return failed(contents.error());
  auto spool =
      std::make_unique<FolderSpool>(folder, *std::move(handle), *std::move(held),
                                    *std::move(record), *std::move(contents), limits, context);
  spool->tidy(context);
  if (const auto newest = spool->newest_chunk(); !newest) return newest.error();
  return std::unique_ptr<ChunkSpool>(std::move(spool));
}

Result<std::vector<SpoolInfo>> ChunkSpool::list(const std::filesystem::path& folder,
                                                Context context) {
  std::vector<SpoolInfo> found;
  const auto handle = files::open_folder(folder);
  if (!handle && handle.error().code == ErrorCode::NotFound) return found;
  if (!handle) return handle.error();
  const auto names = spool_files::names_in(*handle);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    auto info = read_info(folder / name);
    if (info) {
      found.push_back(*std::move(info));
    } else if (info.error().code != ErrorCode::NotFound &&
               info.error().code != ErrorCode::InvalidArgument) {
      context.log(LogLevel::Warning, "spool cannot be read",
                  {{"folder", (folder / name).string()}, {"error", to_string(info.error())}});
    }
  }
  std::ranges::sort(found, [](const SpoolInfo& a, const SpoolInfo& b) {
    return std::pair(a.created_at, a.session_id) > std::pair(b.created_at, b.session_id);
  });
  return found;
}

}  // namespace streamkit::client
