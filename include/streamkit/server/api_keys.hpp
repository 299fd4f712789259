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

/// A key as stored in its file: only its hash. Keys have 256 random bits, so a plain hash cannot be
/// inverted by guessing.
struct STREAMKIT_API ApiKey {
  /// The name of the key's holder, for the log: 1 to 64 characters of [A-Za-z0-9._-].
  std::string name;
  /// 64 lower-case hexadecimal digits.
  std::string sha256;
  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// Parses lines of `NAME sha256:HEX`. Empty lines and lines that begin with '#' are ignored. Names
/// and hashes must be unique. At most 10,000 keys.
/// Errors: InvalidArgument, naming the line; also when there are no keys.
STREAMKIT_API Result<std::vector<ApiKey>> parse_api_keys(std::string_view text);
/// Returns the line of a key, without the line end.
STREAMKIT_API [[nodiscard]] std::string to_line(const ApiKey& key);

/// A new key: the secret that its holder sends, and the entry of the file.
struct STREAMKIT_API NewApiKey {
  std::string secret;
  ApiKey key;
};
/// Creates a random key. Errors: InvalidArgument (name); Unavailable (no random bytes).
STREAMKIT_API Result<NewApiKey> make_api_key(std::string_view name);

/// The keys of a file.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API ApiKeys {
 public:
  /// Reads the file. Errors: NotFound; InvalidArgument (parse_api_keys()); PermissionDenied (not
  /// readable, or readable by everybody: only its owner and group may have access).
  static Result<std::unique_ptr<ApiKeys>> open(std::filesystem::path file);

  /// Reads the file again. Errors: as open(); the previous keys then remain valid.
  Result<void> reload();
  /// Returns the name of the key; empty when the key is unknown. Takes the same time for every key
  /// of the same file.
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
