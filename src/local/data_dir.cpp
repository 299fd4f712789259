#include <streamkit/local/data_dir.hpp>

namespace streamkit::local {
namespace {

constexpr const char* kDatabase = "streamkit.sqlite";

}  // namespace

Result<DataDir> open_data_dir(const std::filesystem::path& path, Context context) {
  auto objects = DiskObjectStore::open(path / "objects");
  if (!objects) return objects.error().with_context("data directory");
  const auto database = LocalDatabase::open(path / kDatabase, context);
  if (!database) return database.error().with_context("data directory");
  return DataDir{*std::move(objects),        database->session_store(),
                 database->stream_records(), database->session_maintenance(),
                 database->job_queue(),      database->dead_letters()};
}

bool is_data_dir(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path / kDatabase, ignored);
}

}  // namespace streamkit::local
