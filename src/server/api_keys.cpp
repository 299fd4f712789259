#include <streamkit/server/api_keys.hpp>

#include <streamkit/net/sha256.hpp>

#include <streamkit/server/private_file.hpp>

namespace streamkit::server {
namespace {

constexpr std::size_t kMaxFileBytes = 4 << 20;
// The file contains hashes only, so the owner's group may read and write it.
constexpr unsigned kAllowedMode = 0770;

Result<std::vector<ApiKey>> read_keys(const std::filesystem::path& file) {
  const auto text = read_private_file(file, kMaxFileBytes, kAllowedMode);
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
    // The loop does not end early: the time must not depend on which key matches.
    if (net::equal_in_constant_time(key.sha256, hash)) found = &key;
  }
  if (found == nullptr) return {};
  return found->name;
}

}  // namespace streamkit::server
