#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>

namespace streamkit::http {

/// A regular file opened for reading, closed by its last owner. The opened file stays readable and
/// keeps its length when the name is replaced or removed meanwhile.
class STREAMKIT_API OpenFile final : public ByteReader {
 public:
  /// Opens a file. Errors: NotFound (no such regular file); Unavailable.
  static Result<std::shared_ptr<const OpenFile>> open(const std::filesystem::path& path);

  OpenFile(int descriptor, std::uint64_t size_bytes, WallTime modified) noexcept;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() override;

  [[nodiscard]] std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into,
                           std::stop_token stop) const override;
  [[nodiscard]] int descriptor() const noexcept override { return descriptor_; }
  [[nodiscard]] WallTime modified() const noexcept { return modified_; }

 private:
  int descriptor_;
  std::uint64_t size_bytes_;
  WallTime modified_;
};

}  // namespace streamkit::http
