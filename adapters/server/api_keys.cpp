#include "server/api_keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <streamkit/net/sha256.hpp>
#include <system_error>

namespace streamkit::server {
namespace {

constexpr std::size_t kMaxFileBytes = 4 << 20;
constexpr mode_t kForOthers = 07;

struct Descriptor {
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

Error failure(int code, std::string message) {
  const auto kind = code == ENOENT   ? ErrorCode::NotFound
                    : code == EACCES ? ErrorCode::PermissionDenied
                                     : ErrorCode::Unavailable;
  return {kind, std::move(message) + ": " + std::generic_category().message(code), "errno", code};
}

Result<std::string> read_all(int descriptor) {
  std::string text;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const auto size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure(errno, "read it");
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
    if (text.size() > kMaxFileBytes) return Error{ErrorCode::InvalidArgument, "it is too long"};
  }
}

Result<std::vector<ApiKey>> read_keys(const std::filesystem::path& file) {
  // A pipe would block for ever.
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) return failure(errno, "open it");
  struct stat status = {};
  if (::fstat(descriptor.number, &status) != 0) return failure(errno, "look at it");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::InvalidArgument, "it is no regular file"};
  if ((status.st_mode & kForOthers) != 0) {
    return Error{ErrorCode::PermissionDenied,
                 "everybody on this machine may open it: take that away with chmod o-rwx"};
  }
  const auto text = read_all(descriptor.number);
  if (!text) return text.error();
  return parse_api_keys(*text);
}

}  // namespace

Result<std::unique_ptr<ApiKeys>> ApiKeys::open(std::filesystem::path file) {
  std::unique_ptr<ApiKeys> keys(new ApiKeys(std::move(file)));
  if (auto read = keys->reload(); !read) return read.error();
  return keys;
}

Result<void> ApiKeys::reload() {
  auto read = read_keys(file_);
  if (!read) return read.error().with_context("API keys " + file_.string());
  auto keys = std::make_shared<const Keys>(*std::move(read));
  std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  return {};
}

std::shared_ptr<const ApiKeys::Keys> ApiKeys::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

std::size_t ApiKeys::size() const { return keys()->size(); }

std::optional<std::string> ApiKeys::name_of(std::string_view secret) const {
  const std::string hash = net::sha256_hex(secret);
  const auto all = keys();
  const ApiKey* found = nullptr;
  for (const auto& key : *all) {
    // No way out of the loop: all are compared.
    if (net::equal_in_constant_time(key.sha256, hash)) found = &key;
  }
  if (found == nullptr) return {};
  return found->name;
}

}  // namespace streamkit::server
