#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/local/disk_object_store.hpp>
#include <streamkit/local/local_database.hpp>

namespace streamkit::local {

/// The stores of one data directory: objects are files in `objects/`, sessions, live streams
/// and jobs are in
/// `streamkit.sqlite`, and `streamkit.sqlite-receivers` shows which workers run. Several processes
/// on one machine, such as a server and its workers, may each open the same directory.
struct STREAMKIT_API DataDir {
  std::unique_ptr<DiskObjectStore> objects;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<StreamRecords> records;
  std::unique_ptr<SessionMaintenance> maintenance;
  std::unique_ptr<JobQueue> jobs;
  std::unique_ptr<DeadLetters> dead_letters;
  std::unique_ptr<LiveStreamStore> live_streams;
};

/// Opens all stores of a data directory, which is created if missing. The pointers in `context`
/// must outlive the stores. Errors: those of DiskObjectStore::open() and LocalDatabase::open().
STREAMKIT_API Result<DataDir> open_data_dir(const std::filesystem::path& path,
                                            Context context = {});

/// Returns whether `path` is a data directory, that is, has been opened before.
STREAMKIT_API [[nodiscard]] bool is_data_dir(const std::filesystem::path& path);

}  // namespace streamkit::local
