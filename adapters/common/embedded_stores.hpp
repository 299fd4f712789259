#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/local/disk_object_store.hpp>
#include <streamkit/store/job_queue.hpp>
#include <streamkit/store/session_maintenance.hpp>
#include <streamkit/store/session_store.hpp>
#include <streamkit/store/stream_records.hpp>

namespace streamkit::common {

/// The stores of one data directory: objects are files in `objects/`, sessions and jobs are in
/// `streamkit.sqlite`. The server, the worker and the capture tool of one machine each open the
/// same directory.
struct EmbeddedStores {
  std::unique_ptr<local::DiskObjectStore> objects;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<StreamRecords> records;
  std::unique_ptr<SessionMaintenance> maintenance;
  std::unique_ptr<JobQueue> jobs;
};

/// Returns whether `data_dir` contains no stores yet, so that opening it creates them.
[[nodiscard]] bool is_new_data_dir(const std::filesystem::path& data_dir);

/// Opens the stores and creates the directory if missing. What `context` points to must outlive the
/// stores.
/// Errors: those of DiskObjectStore::open() and LocalDatabase::open().
Result<EmbeddedStores> open_embedded_stores(const std::filesystem::path& data_dir, Context context);

}  // namespace streamkit::common
