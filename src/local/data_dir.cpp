#include <sys/stat.h>

#include <algorithm>
#include <streamkit/local/data_dir.hpp>

#include "local/disk_files.hpp"

namespace streamkit::local {
namespace {

constexpr const char* kDatabase = "streamkit.sqlite";
constexpr const char* kObjects = "objects";

// Creates the folder for this user only. One that exists keeps its rights.
Result<void> make_private_folder(const std::filesystem::path& path, Context context) {
  std::error_code failure;
  auto whole = std::filesystem::absolute(path, failure).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "data/" is "data"
  if (auto made = make_folders(whole.parent_path()); !made) return made;
  if (::mkdir(whole.c_str(), 0700) == 0) return make_folders(whole);
  struct stat status {};
  if (::stat(whole.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      (status.st_mode & 077) != 0) {
    context.log(LogLevel::Warning,
                "other users of this machine may read the data folder: chmod 700",
                {{"folder", path.string()}});
  }
  return make_folders(whole);
}

bool holds_any(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::ranges::any_of(
      std::filesystem::directory_iterator(folder, ignored),
      [](const auto& entry) { return !entry.path().filename().string().starts_with('.'); });
}

Error lost_database(const std::filesystem::path& path, std::string_view what) {
  return {ErrorCode::InvalidArgument, "'" + path.string() + "' holds stored objects, but its " +
                                          kDatabase + " is " + std::string(what) +
                                          ": restore it, or move '" + (path / kObjects).string() +
                                          "' away to begin anew"};
}

// A new database would take what is stored for leftovers.
Result<void> check_database_is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto database = path / kDatabase;
  if (std::filesystem::exists(database, ignored) &&
      std::filesystem::file_size(database, ignored) > 0) {
    return {};
  }
  if (!holds_any(path / kObjects)) return {};
  return lost_database(path, "missing or empty");
}

// So would one that never knew a stream, beside the media of streams.
Result<void> check_database_is_its_own(const std::filesystem::path& path,
                                       const LocalDatabase& database) {
  const auto unused = database.is_unused();
  if (!unused) return unused.error();
  const auto objects = path / kObjects;
  const bool holds_streams = holds_any(objects / "stream_input") ||
                             holds_any(objects / "stream_output") || holds_any(objects / "live");
  if (!*unused || !holds_streams) return {};
  return lost_database(path, "new");
}

}  // namespace

Result<DataDir> open_data_dir(const std::filesystem::path& path, Context context) {
  if (auto made = make_private_folder(path, context); !made) {
    return made.error().with_context("data directory");
  }
  if (auto there = check_database_is_there(path); !there) {
    return there.error().with_context("data directory");
  }
  auto objects = DiskObjectStore::open(path / kObjects);
  if (!objects) return objects.error().with_context("data directory");
  const auto database = LocalDatabase::open(path / kDatabase, context);
  if (!database) return database.error().with_context("data directory");
  if (auto own = check_database_is_its_own(path, *database); !own) {
    return own.error().with_context("data directory");
  }
  return DataDir{*std::move(objects),          database->session_store(),
                 database->stream_records(),   database->session_maintenance(),
                 database->job_queue(),        database->dead_letters(),
                 database->live_stream_store()};
}

bool is_data_dir(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path / kDatabase, ignored);
}

}  // namespace streamkit::local
