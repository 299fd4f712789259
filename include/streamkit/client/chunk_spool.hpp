#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/client/session_client.hpp>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/resumed_source.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/store/chunk_buffer.hpp>
#include <string>
#include <vector>

namespace streamkit::client {

/// Bounds of a spool.
struct STREAMKIT_API SpoolLimits {
  /// More survives longer outages and takes that much of the disk.
  std::uint64_t max_bytes = std::uint64_t{4} << 30;
  /// As time of the stream. Keep it below the time after which the server ends idle sessions, 30
  /// minutes by default.
  MediaTime max_duration = std::chrono::minutes(20);
};

/// The session that a spool belongs to. Holds secrets.
struct STREAMKIT_API SpooledSession {
  /// Base URL of the server.
  std::string server;
  CreatedSession session = {};
  /// As given when the session was created.
  MediaTime chunk_duration = std::chrono::seconds(5);
  StereoMode mode = StereoMode::FullSbs;
  /// A text of the application's own, for example how its source is opened again. At most 64 KiB.
  std::string note = {};
};

/// A spool that was found in a folder of spools.
struct STREAMKIT_API SpoolInfo {
  std::filesystem::path folder;
  std::string session_id;
  std::string playlist_url;
  std::string server;
  std::string note;
  WallTime created_at = {};
  /// The number of chunks that are not stored yet.
  std::uint64_t waiting_chunks = 0;
  /// Where the next chunk begins.
  ResumePoint point = {};
  /// A process publishes from it now.
  bool in_use = false;
};

/// A session's chunks on disk, from the moment they are cut until the server has stored them, and
/// what is needed to continue the session after a crash. One folder holds one session, and one
/// process at a time may open it; the lock of a dead process is released by the system. The folder
/// is readable by its owner only, because it holds upload credentials.
///
/// A chunk is complete on disk (file synced, renamed, folder synced) when add() returns. The newest
/// chunk is kept also after it was stored: the stream continues after it.
/// Thread-safety: as ChunkBuffer; the others from any thread.
class STREAMKIT_API ChunkSpool : public ChunkBuffer {
 public:
  /// Locks the folder, which is created if missing and must not hold a spool, and stores the
  /// session in it. What `context` points to must outlive the spool.
  /// Errors: AlreadyExists (the folder holds a session, or is in use by another process);
  /// InvalidArgument (not a folder, a limit of 0, a long note); PermissionDenied;
  /// ResourceExhausted.
  static Result<std::unique_ptr<ChunkSpool>> create(const std::filesystem::path& folder,
                                                    SpooledSession session, SpoolLimits limits = {},
                                                    Context context = {});
  /// Checks that create() would find a usable folder, so that a bad one is reported before a
  /// session is created. Errors: as create().
  static Result<void> check_folder(const std::filesystem::path& folder);
  /// Locks the folder and reads what is in it. Files that are not the spool's are left alone, with
  /// a warning in the log.
  /// Errors: NotFound (no spool there); AlreadyExists (in use by another process); CorruptData
  /// (a file is damaged, of another session, or a chunk is missing; the message names it).
  static Result<std::unique_ptr<ChunkSpool>> open(const std::filesystem::path& folder,
                                                  SpoolLimits limits = {}, Context context = {});
  /// Returns the spools directly below `folder`, newest first, also those in use. Spools that
  /// cannot be read are left out, with a warning in the log. A missing folder has none.
  static Result<std::vector<SpoolInfo>> list(const std::filesystem::path& folder,
                                             Context context = {});

  [[nodiscard]] virtual const SpooledSession& session() const noexcept = 0;
  /// Where the chunk after the newest one begins.
  [[nodiscard]] virtual ResumePoint resume_point() const = 0;
  /// The bytes of the newest chunk, whose last frame can fill a gap. Empty when there is none.
  /// Errors: CorruptData; Unavailable.
  virtual Result<Bytes> newest_chunk() const = 0;
  /// Stores new upload credentials. Errors: ResourceExhausted; Unavailable.
  virtual Result<void> set_upload(const UploadTarget& upload) = 0;
  /// Removes the spool's files, and its folder if nothing else is in it, because the session has
  /// ended. Only the destructor may be called afterwards.
  virtual Result<void> remove() = 0;
};

}  // namespace streamkit::client
