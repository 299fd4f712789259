#include <cerrno>
#include <cstdio>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/hls/folder_files.hpp>
#include <system_error>
#include <utility>

namespace streamkit::hls {
namespace {

namespace fs = std::filesystem;

Error file_error(const std::error_code& failure, const std::string& action, const fs::path& path) {
  return errno_error(failure.value(), action + " '" + path.string() + "'");
}

// fopen() and the like say why they failed in errno; streams need not.
std::error_code last_failure() { return {errno != 0 ? errno : EIO, std::generic_category()}; }

struct Closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

class DiskFolder final : public FolderFiles {
 public:
  explicit DiskFolder(fs::path folder) : folder_(std::move(folder)) {}

  Result<void> write_file(const std::string& name, std::span<const std::uint8_t> content) override {
    const fs::path path = folder_ / name;
    errno = 0;
    std::unique_ptr<std::FILE, Closer> file(std::fopen(path.string().c_str(), "wb"));
    if (file == nullptr) return file_error(last_failure(), "cannot create", path);
    const std::size_t written = std::fwrite(content.data(), 1, content.size(), file.get());
    if (written != content.size()) return file_error(last_failure(), "cannot write", path);
    if (std::fclose(file.release()) != 0) return file_error(last_failure(), "cannot write", path);
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    std::error_code failure;
    fs::rename(folder_ / from, folder_ / to, failure);
    if (failure) return file_error(failure, "cannot rename to", folder_ / to);
    return {};
  }

  Result<void> remove(const std::string& name) override {
    std::error_code failure;
    fs::remove(folder_ / name, failure);
    if (failure) return file_error(failure, "cannot remove", folder_ / name);
    return {};
  }

  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    std::error_code failure;
    fs::directory_iterator entry(folder_, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
      names.push_back(entry->path().filename().string());
    }
    if (failure) return file_error(failure, "cannot read folder", folder_);
    return names;
  }

 private:
  const fs::path folder_;
};

}  // namespace

Result<std::unique_ptr<FolderFiles>> open_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure && !fs::is_directory(folder, failure) && !failure) {
    failure = std::make_error_code(std::errc::not_a_directory);
  }
  if (failure) return file_error(failure, "cannot create folder", folder);
  return std::unique_ptr<FolderFiles>(std::make_unique<DiskFolder>(folder));
}

}  // namespace streamkit::hls
