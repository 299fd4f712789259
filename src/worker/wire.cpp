#include "worker/wire.hpp"

#include <algorithm>

namespace streamkit::worker {
namespace {

constexpr std::size_t kNumberBytes = 8;

}  // namespace

void WireWriter::number(std::uint64_t value) {
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    out_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
}

void WireWriter::bytes(std::span<const std::uint8_t> value) {
  number(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
}

void WireWriter::text(std::string_view value) {
  number(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
}

std::uint64_t WireReader::number(std::uint64_t most) {
  if (!valid_ || in_.size() < kNumberBytes) {
    valid_ = false;
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i) value |= std::uint64_t{in_[i]} << 8 * i;
  in_ = in_.subspan(kNumberBytes);
  if (value <= most) return value;
  valid_ = false;
  return 0;
}

std::int64_t WireReader::signed_number(std::int64_t least, std::int64_t most) {
  const auto value = static_cast<std::int64_t>(number());
  if (valid_ && value >= least && value <= most) return value;
  valid_ = false;
  return 0;
}

std::span<const std::uint8_t> WireReader::part(std::size_t most) {
  const std::uint64_t size = number(most);
  if (!valid_ || size > in_.size()) {
    valid_ = false;
    return {};
  }
  const auto found = in_.first(static_cast<std::size_t>(size));
  in_ = in_.subspan(found.size());
  return found;
}

Bytes WireReader::bytes(std::size_t most) {
  const auto found = part(most);
  return {found.begin(), found.end()};
}

std::string WireReader::text(std::size_t most) {
  const auto found = part(most);
  std::string value(found.begin(), found.end());
  std::replace_if(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return value;
}

}  // namespace streamkit::worker
