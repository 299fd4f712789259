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

/// The stores of the embedded form, all below one data directory: objects as files in `objects/`,
/// sessions and jobs in `streamkit.sqlite`. Server, worker and capture tool of one machine open the
/// same directory, each for itself.
struct EmbeddedStores {
  std::unique_ptr<local::DiskObjectStore> objects;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<StreamRecords> records;
  std::unique_ptr<SessionMaintenance> maintenance;
  std::unique_ptr<JobQueue> jobs;
};

/// Whether `data_dir` holds no stores yet, so that opening creates them.
[[nodiscard]] bool is_new_data_dir(const std::filesystem::path& data_dir);

/// Makes the directory where there is none. What `context` points to must outlive the stores.
/// Errors: those of DiskObjectStore::open() and LocalDatabase::open().
Result<EmbeddedStores> open_embedded_stores(const std::filesystem::path& data_dir, Context context);

}  // namespace streamkit::common
