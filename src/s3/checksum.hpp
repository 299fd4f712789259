#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace streamkit::s3 {

/// A kind of checksum.
enum class ChecksumKind { Crc32, Crc32c, Crc64Nvme, Sha1, Sha256, Md5 };
inline constexpr std::size_t kChecksumKinds = 6;

/// Parses "crc32", "crc32c", "crc64nvme", "sha1" or "sha256", in any case: S3's names of the kinds
/// that have an `x-amz-checksum-` header. Empty for anything else.
[[nodiscard]] std::optional<ChecksumKind> parse_checksum_kind(std::string_view name) noexcept;
/// Returns the same names in lower case, and "md5".
[[nodiscard]] std::string_view to_string(ChecksumKind kind) noexcept;

/// Computes one checksum incrementally.
/// Thread-safety: none; one thread at a time.
class Checksum {
 public:
  static std::unique_ptr<Checksum> create(ChecksumKind kind);
  virtual ~Checksum() = default;
  virtual void update(std::string_view bytes) = 0;
  /// Returns the checksum of all bytes, as raw bytes in big-endian order. Call it once.
  virtual std::string finish() = 0;
};

/// Computes several checksums of the same bytes in one pass.
/// Thread-safety: none; one thread at a time.
class Checksums {
 public:
  /// Adds a kind, before the first update(). A kind may be added twice.
  void want(ChecksumKind kind);
  void update(std::string_view bytes);
  void finish();
  /// Returns the raw bytes after finish(); empty for a kind that was not added.
  [[nodiscard]] const std::string& value(ChecksumKind kind) const noexcept;

 private:
  std::array<std::unique_ptr<Checksum>, kChecksumKinds> running_;
  std::array<std::string, kChecksumKinds> values_;
};

/// Returns the checksum of all bytes.
[[nodiscard]] std::string checksum_of(ChecksumKind kind, std::string_view bytes);

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace streamkit::s3
