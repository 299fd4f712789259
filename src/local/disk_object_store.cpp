#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/local/disk_object_store.hpp>
#include <utility>

#include "local/disk_files.hpp"
#include "local/object_listing.hpp"
#include "local/object_place.hpp"

namespace streamkit::local {
namespace {

Error missing(std::string_view key) {
  return {ErrorCode::NotFound, "no object '" + std::string(key) + "'"};
}

Error cancelled() { return {ErrorCode::Cancelled, "store call cancelled"}; }

Result<ObjectInfo> info_of(const FileDescriptor& file, std::string_view key) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error(errno, "examining an object");
  return ObjectInfo{std::string(key), static_cast<std::uint64_t>(status.st_size),
                    time_of(status.st_mtim)};
}

// Objects are replaced as whole files, so an open one never changes.
class FileReader final : public ObjectReader {
 public:
  FileReader(ObjectInfo info, FileDescriptor file)
      : info_(std::move(info)), file_(std::move(file)) {}

  const ObjectInfo& info() const noexcept override { return info_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override {
    if (stop.stop_requested()) return cancelled();
    const auto left = info_.size_bytes - std::min(offset, info_.size_bytes);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left));
    return files::read_at(file_, offset, into.first(wanted), std::move(stop));
  }
  int descriptor() const noexcept override { return file_.get(); }

 private:
  const ObjectInfo info_;
  const FileDescriptor file_;
};

class FolderObjectStore final : public DiskObjectStore {
 public:
  FolderObjectStore(std::filesystem::path root, FileDescriptor root_folder,
                    FileDescriptor temporary)
      : root_(std::move(root)),
        root_folder_(std::move(root_folder)),
        temporary_(std::move(temporary)) {}

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override {
    auto upload = begin_put(key, options, stop);
    if (!upload) return upload.error();
    if (auto done = (*upload)->append(body, stop); !done) return done;
    return (*upload)->commit(std::move(stop));
  }

  Result<std::unique_ptr<ObjectUpload>> begin_put(std::string_view key, const PutOptions&,
                                                  std::stop_token stop) override {
    if (auto valid = check_key(key); !valid) return valid.error();
    if (stop.stop_requested()) return cancelled();
    auto file = TemporaryFile::create(temporary_);
    if (!file) return file.error().with_context(context_of_put(key));
    return std::unique_ptr<ObjectUpload>(
        std::make_unique<FileUpload>(*this, std::string(key), *std::move(file)));
  }

  Result<Bytes> get(std::string_view key, std::stop_token stop) override {
    if (stop.stop_requested()) return cancelled();
    const auto file = open_object(key);
    if (!file) return file.error();
    return read_all(*file, std::move(stop));
  }

  Result<std::shared_ptr<const ObjectReader>> open(std::string_view key,
                                                   std::stop_token stop) override {
    if (stop.stop_requested()) return cancelled();
    auto file = open_object(key);
    if (!file) return file.error();
    auto info = info_of(*file, key);
    if (!info) return info.error();
    return std::make_shared<const FileReader>(*std::move(info), *std::move(file));
  }

  bool opens_immediately() const noexcept override { return true; }

  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override {
    if (stop.stop_requested()) return cancelled();
    const auto file = open_object(key);
    if (!file) return file.error();
    return info_of(*file, key);
  }

  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override {
    if (stop.stop_requested()) return cancelled();
    std::string base(prefix.substr(0, prefix.rfind('/') + 1));
    std::string_view path = base;
    if (!path.empty()) {
      path.remove_suffix(1);
      if (!check_key(path)) return std::vector<ObjectInfo>();  // no key can begin with this prefix
    }
    const auto chain = open_chain(path);
    if (!chain) {
      if (is_absent(chain.error())) return std::vector<ObjectInfo>();
      return chain.error();
    }
    ObjectListing listing(prefix, after, limit, std::move(stop));
    if (auto done = listing.visit(last(*chain), base); !done) return done.error();
    return std::move(listing).take();
  }

  Result<void> remove(std::string_view key, std::stop_token stop) override {
    if (auto valid = check_key(key); !valid) return valid;
    if (stop.stop_requested()) return cancelled();
    const Place place = place_of(key);
    const auto chain = open_chain(place.folder);
    if (!chain) return is_absent(chain.error()) ? Result<void>() : chain.error();
    if (::unlinkat(last(*chain).get(), place.name.c_str(), 0) != 0) {
      const Error failure = errno_error(errno, "removing '" + std::string(key) + "'");
      return is_absent(failure) ? Result<void>() : failure;
    }
    remove_empty_folders(place.folder, *chain);
    return {};
  }

  const std::filesystem::path& root() const noexcept override { return root_; }

  Result<std::filesystem::path> path_of(std::string_view key) const override {
    if (const auto file = open_object(key); !file) return file.error();
    return root_ / key;
  }

 private:
  static std::string context_of_put(std::string_view key) {
    return "put of '" + std::string(key) + "'";
  }

  class FileUpload final : public ObjectUpload {
   public:
    FileUpload(FolderObjectStore& store, std::string key, TemporaryFile file)
        : store_(store), key_(std::move(key)), file_(std::move(file)) {}

    Result<void> append(std::span<const std::uint8_t> bytes, std::stop_token stop) override {
      if (failure_) return *failure_;
      return settle(files::write_all(file_.file(), bytes, std::move(stop)));
    }

    Result<void> commit(std::stop_token stop) override {
      if (failure_) return *failure_;
      if (stop.stop_requested()) return settle(cancelled());
      if (auto synced = settle(files::sync(file_.file(), key_)); !synced) return synced;
      return settle(store_.publish(file_, place_of(key_)));
    }

   private:
    // Keeps the first error: incomplete data must never be published.
    Result<void> settle(Result<void> outcome) {
      if (outcome) return {};
      failure_ = outcome.error().with_context(context_of_put(key_));
      return *failure_;
    }

    FolderObjectStore& store_;
    const std::string key_;
    TemporaryFile file_;
    std::optional<Error> failure_;
  };

  // The open folders of a path, from the first below the root down.
  using Chain = std::vector<FileDescriptor>;

  const FileDescriptor& last(const Chain& chain) const {
    return chain.empty() ? root_folder_ : chain.back();
  }

  Result<Chain> open_chain(std::string_view path) const {
    Chain chain;
    for (const std::string& part : parts_of(path)) {
      auto folder = files::open_folder_at(last(chain), part);
      if (!folder) return folder.error();
      chain.push_back(*std::move(folder));
    }
    return chain;
  }

  Result<FileDescriptor> open_object(std::string_view key) const {
    if (auto valid = check_key(key); !valid) return valid.error();
    const Place place = place_of(key);
    const auto chain = open_chain(place.folder);
    auto file = chain ? files::open_file_at(last(*chain), place.name)
                      : Result<FileDescriptor>(chain.error());
    if (!file && is_absent(file.error())) return missing(key);
    return file;
  }

  // A concurrent remove() may delete an empty folder between its creation and its use; then the
  // publication is repeated.
  Result<void> publish(TemporaryFile& file, const Place& place) {
    constexpr int kAttempts = 100;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      auto chain = make_chain(place.folder);
      auto done = chain ? file.rename_to(last(*chain), place.name) : Result<void>(chain.error());
      if (!done && done.error().native_code == ENOENT) continue;
      if (!done && is_absent(done.error())) return conflict();
      if (!done) return done;
      return sync_chain(*chain, place.folder);
    }
    return Error{ErrorCode::Unavailable, "its folder is removed as often as it is made"};
  }

  static Error conflict() {
    return {ErrorCode::InvalidArgument,
            "a store on disk cannot hold an object beside others below its name and a slash"};
  }

  Result<Chain> make_chain(std::string_view path) {
    Chain chain;
    for (const std::string& part : parts_of(path)) {
      auto folder = files::open_folder_at(last(chain), part);
      if (!folder && folder.error().native_code == ENOENT) {
        if (::mkdirat(last(chain).get(), part.c_str(), 0777) != 0 && errno != EEXIST) {
          return errno_error(errno, "creating folder '" + part + "'");
        }
        folder = files::open_folder_at(last(chain), part);
      }
      if (!folder) return folder.error();
      chain.push_back(*std::move(folder));
    }
    return chain;
  }

  // The entry of the folder itself must be on disk too. The process that created it may not have
  // synced it yet, so every folder is synced up to the root the first time that this store puts
  // into it.
  Result<void> sync_chain(const Chain& chain, const std::string& path) {
    if (auto synced = files::sync(last(chain), path); !synced) return synced;
    if (chain.empty() || is_known_durable(path)) return {};
    for (std::size_t above = 0; above + 1 < chain.size(); ++above) {
      if (auto synced = files::sync(chain[above], path); !synced) return synced;
    }
    if (auto synced = files::sync(root_folder_, root_.string()); !synced) return synced;
    std::lock_guard lock(mutex_);
    constexpr std::size_t kMostRemembered = 10'000;
    if (durable_folders_.size() >= kMostRemembered) durable_folders_.clear();
    durable_folders_.insert(path);
    return {};
  }

  bool is_known_durable(const std::string& path) {
    std::lock_guard lock(mutex_);
    return durable_folders_.contains(path);
  }

  // Removes empty folders, so that "a" can be stored once "a/b" is gone. Ends at the first folder
  // that is not empty.
  void remove_empty_folders(std::string_view path, const Chain& chain) {
    for (std::size_t depth = chain.size(); depth > 0; --depth) {
      const Place place = place_of(path);
      {
        std::lock_guard lock(mutex_);
        durable_folders_.erase(std::string(path));
      }
      const FileDescriptor& above = depth > 1 ? chain[depth - 2] : root_folder_;
      if (::unlinkat(above.get(), place.name.c_str(), AT_REMOVEDIR) != 0) return;
      path = path.substr(0, place.folder.size());
    }
  }

  const std::filesystem::path root_;
  const FileDescriptor root_folder_;
  const FileDescriptor temporary_;

  std::mutex mutex_;
  // Guarded by mutex_
  std::set<std::string> durable_folders_;
};

Result<FileDescriptor> open_root(const std::filesystem::path& root) {
  FileDescriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno_error(errno, "opening it");
  if (::mkdirat(folder.get(), kTemporary, 0777) != 0 && errno != EEXIST) {
    return errno_error(errno, "creating '.tmp' in it");
  }
  if (::faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return errno_error(errno, "writing to it");
  }
  return folder;
}

Result<FileDescriptor> open_temporary(const FileDescriptor& root) {
  auto folder = files::open_folder_at(root, kTemporary);
  if (!folder) return folder;
  if (::faccessat(folder->get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return errno_error(errno, "writing to '.tmp' in it");
  }
  if (auto removed = remove_leftovers(*folder); !removed) return removed.error();
  return folder;
}

}  // namespace

Result<std::unique_ptr<DiskObjectStore>> DiskObjectStore::open(const std::filesystem::path& root) {
  const std::string context = "object store folder '" + root.string() + "'";
  if (auto made = make_folders(root); !made) return made.error().with_context(context);
  std::error_code failure;
  const auto whole = std::filesystem::absolute(root, failure).lexically_normal();
  auto root_folder = open_root(whole);
  if (!root_folder) return root_folder.error().with_context(context);
  auto temporary = open_temporary(*root_folder);
  if (!temporary) return temporary.error().with_context(context);
  return std::unique_ptr<DiskObjectStore>(
      new FolderObjectStore(whole, *std::move(root_folder), *std::move(temporary)));
}

}  // namespace streamkit::local
