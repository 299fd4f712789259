#include "s3/checksum.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <bit>
#include <cstring>
#include <streamkit/net/http_headers.hpp>

namespace streamkit::s3 {
namespace {

constexpr std::array<std::string_view, kChecksumKinds> kNames = {"crc32", "crc32c", "crc64nvme",
                                                                 "sha1",  "sha256", "md5"};

template <typename Word>
std::string big_endian(Word value) {
  std::string bytes(sizeof(Word), '\0');
  for (std::size_t i = bytes.size(); i > 0; --i, value >>= 8) {
    bytes[i - 1] = static_cast<char>(value & 0xFF);
  }
  return bytes;
}

// A reflected CRC of eight bytes at a time ("slicing"). All its bits are set at the beginning and
// inverted at the end.
// Source: RFC 3720 appendix B.4 (CRC-32C); NVM Express Base Specification 2.0 (CRC-64/NVME).
template <typename Word, Word Polynomial>
class Crc final : public Checksum {
 public:
  void update(std::string_view bytes) override {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; std::endian::native == std::endian::little && left >= kStep; at += kStep) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, at, kStep);
      eight ^= value_;
      value_ = 0;
      for (std::size_t i = 0; i < kStep; ++i, eight >>= 8) {
        value_ ^= kTables[kStep - 1 - i][eight & 0xFF];
      }
      left -= kStep;
    }
    for (; left > 0; --left, ++at) {
      value_ = kTables[0][(value_ ^ static_cast<unsigned char>(*at)) & 0xFF] ^ (value_ >> 8);
    }
  }
  std::string finish() override { return big_endian(static_cast<Word>(~value_)); }

 private:
  static constexpr std::size_t kStep = 8;
  using Tables = std::array<std::array<Word, 256>, kStep>;
  static constexpr Tables make_tables() {
    Tables tables{};
    for (unsigned i = 0; i < 256; ++i) {
      Word value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? Polynomial : 0);
      tables[0][i] = value;
    }
    // Table n contains what a byte contributes to the CRC if n more bytes follow it.
    for (std::size_t table = 1; table < kStep; ++table) {
      for (unsigned i = 0; i < 256; ++i) {
        const Word before = tables[table - 1][i];
        tables[table][i] = tables[0][before & 0xFF] ^ (before >> 8);
      }
    }
    return tables;
  }
  static const Tables kTables;

  Word value_ = ~Word{0};
};
template <typename Word, Word Polynomial>
constexpr typename Crc<Word, Polynomial>::Tables Crc<Word, Polynomial>::kTables = make_tables();

using Crc32c = Crc<std::uint32_t, 0x82F63B78>;
using Crc64Nvme = Crc<std::uint64_t, 0x9A6C9329AC4BC9B5>;

class Crc32 final : public Checksum {
 public:
  void update(std::string_view bytes) override {
    value_ = ::crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  }
  std::string finish() override { return big_endian(static_cast<std::uint32_t>(value_)); }

 private:
  uLong value_ = 0;
};

class Digest final : public Checksum {
 public:
  explicit Digest(const EVP_MD* algorithm) : state_(::EVP_MD_CTX_new()) {
    ::EVP_DigestInit_ex(state_.get(), algorithm, nullptr);
  }
  void update(std::string_view bytes) override {
    ::EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size());
  }
  std::string finish() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value = {};
    unsigned size = 0;
    ::EVP_DigestFinal_ex(state_.get(), value.data(), &size);
    return {reinterpret_cast<const char*>(value.data()), size};
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* state) const noexcept { ::EVP_MD_CTX_free(state); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> state_;
};

}  // namespace

std::optional<ChecksumKind> parse_checksum_kind(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto kind = static_cast<ChecksumKind>(i);
    if (kind != ChecksumKind::Md5 && net::equal_ignoring_case(name, kNames[i])) return kind;
  }
  return {};
}

std::string_view to_string(ChecksumKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

std::unique_ptr<Checksum> Checksum::create(ChecksumKind kind) {
  switch (kind) {
    case ChecksumKind::Crc32:
      return std::make_unique<Crc32>();
    case ChecksumKind::Crc32c:
      return std::make_unique<Crc32c>();
    case ChecksumKind::Crc64Nvme:
      return std::make_unique<Crc64Nvme>();
    case ChecksumKind::Sha1:
      return std::make_unique<Digest>(::EVP_sha1());
    case ChecksumKind::Sha256:
      return std::make_unique<Digest>(::EVP_sha256());
    case ChecksumKind::Md5:
      break;
  }
  return std::make_unique<Digest>(::EVP_md5());
}

void Checksums::want(ChecksumKind kind) {
  auto& place = running_[static_cast<std::size_t>(kind)];
  if (!place) place = Checksum::create(kind);
}

void Checksums::update(std::string_view bytes) {
  for (const auto& checksum : running_) {
    if (checksum) checksum->update(bytes);
  }
}

void Checksums::finish() {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (running_[i]) values_[i] = running_[i]->finish();
    running_[i].reset();
  }
}

const std::string& Checksums::value(ChecksumKind kind) const noexcept {
  return values_[static_cast<std::size_t>(kind)];
}

std::string checksum_of(ChecksumKind kind, std::string_view bytes) {
  const auto checksum = Checksum::create(kind);
  checksum->update(bytes);
  return checksum->finish();
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace streamkit::s3
