#include "common/embedded_stores.hpp"

#include <streamkit/local/local_database.hpp>

namespace streamkit::common {
namespace {

constexpr const char* kDatabase = "streamkit.sqlite";

}  // namespace

bool is_new_data_dir(const std::filesystem::path& data_dir) {
  std::error_code ignored;
  return !std::filesystem::exists(data_dir / kDatabase, ignored);
}

Result<EmbeddedStores> open_embedded_stores(const std::filesystem::path& data_dir,
                                            Context context) {
  auto objects = local::DiskObjectStore::open(data_dir / "objects");
  if (!objects) return objects.error().with_context("data directory");
  const auto database = local::LocalDatabase::open(data_dir / kDatabase, context);
  if (!database) return database.error().with_context("data directory");
  return EmbeddedStores{*std::move(objects), database->session_store(), database->stream_records(),
                        database->session_maintenance(), database->job_queue()};
}

}  // namespace streamkit::common
