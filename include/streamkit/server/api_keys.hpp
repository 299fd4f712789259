#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::server {

/// A key as its file holds it: only its hash. Keys are 256 random bits, so that a plain hash cannot
/// be guessed back.
struct STREAMKIT_API ApiKey {
  /// 1 to 64 of [A-Za-z0-9._-]: whose key it is, for the log.
  std::string name;
  /// 64 lower-case hexadecimal digits.
  std::string sha256;
  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// Lines of `NAME sha256:HEX`; empty ones and those that begin with '#' count for nothing. No name
/// and no hash may be there twice. At most 10,000 keys.
/// Errors: InvalidArgument, naming the line; also when there is no key at all.
STREAMKIT_API Result<std::vector<ApiKey>> parse_api_keys(std::string_view text);
/// The line of a key, without its end.
STREAMKIT_API [[nodiscard]] std::string to_line(const ApiKey& key);

/// A new key: what its holder sends, and what the file keeps.
struct STREAMKIT_API NewApiKey {
  std::string secret;
  ApiKey key;
};
/// Errors: InvalidArgument (name); Unavailable (no random bytes).
STREAMKIT_API Result<NewApiKey> make_api_key(std::string_view name);

/// The keys of a file. Thread-safety: every method from any thread at once.
class STREAMKIT_API ApiKeys {
 public:
  /// Reads the file. Errors: NotFound; InvalidArgument (parse_api_keys()); PermissionDenied (not
  /// readable, or readable by everybody: it should be for its owner and group only).
  static Result<std::unique_ptr<ApiKeys>> open(std::filesystem::path file);

  /// Reads the file again. Errors: as open(); the keys that were there stay.
  Result<void> reload();
  /// The name of the key; empty when there is none. Takes as long for every key of the same file.
  [[nodiscard]] std::optional<std::string> name_of(std::string_view secret) const;
  [[nodiscard]] std::size_t size() const;

 private:
  using Keys = std::vector<ApiKey>;
  explicit ApiKeys(std::filesystem::path file) : file_(std::move(file)) {}
  [[nodiscard]] std::shared_ptr<const Keys> keys() const;

  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::shared_ptr<const Keys> keys_ = std::make_shared<const Keys>();
};

}  // namespace streamkit::server
