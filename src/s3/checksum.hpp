#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace streamkit::s3 {

/// What a body can be checked with.
enum class ChecksumKind { Crc32, Crc32c, Crc64Nvme, Sha1, Sha256, Md5 };
inline constexpr std::size_t kChecksumKinds = 6;

/// "crc32", "crc32c", "crc64nvme", "sha1" or "sha256", in any case: what S3 calls the kinds that
/// have an `x-amz-checksum-` header. Empty for anything else.
[[nodiscard]] std::optional<ChecksumKind> parse_checksum_kind(std::string_view name) noexcept;
/// The same names, in lower case, and "md5".
[[nodiscard]] std::string_view to_string(ChecksumKind kind) noexcept;

/// Computes one checksum of bytes as they come.
/// Thread-safety: none; one thread at a time.
class Checksum {
 public:
  static std::unique_ptr<Checksum> create(ChecksumKind kind);
  virtual ~Checksum() = default;
  virtual void update(std::string_view bytes) = 0;
  /// The raw bytes, big end first, of all that came. Call it once.
  virtual std::string finish() = 0;
};

/// Several checksums of the same bytes, in one pass over them.
/// Thread-safety: none; one thread at a time.
class Checksums {
 public:
  /// Adds a kind, before the first update(). A kind may be added twice.
  void want(ChecksumKind kind);
  void update(std::string_view bytes);
  void finish();
  /// After finish(): the raw bytes; empty for a kind that was not wanted.
  [[nodiscard]] const std::string& value(ChecksumKind kind) const noexcept;

 private:
  std::array<std::unique_ptr<Checksum>, kChecksumKinds> running_;
  std::array<std::string, kChecksumKinds> values_;
};

/// All in one.
[[nodiscard]] std::string checksum_of(ChecksumKind kind, std::string_view bytes);

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace streamkit::s3
