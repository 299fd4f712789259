#include <charconv>
#include <streamkit/core/segment_name.hpp>
#include <system_error>

namespace streamkit {
namespace {

constexpr std::size_t kMinIndexDigits = 5;
constexpr std::string_view kPrefix = "seg_";
constexpr std::string_view kSuffix = ".mp4";

}  // namespace

std::string format_chunk_index(std::uint64_t index) {
  std::string digits = std::to_string(index);
  if (digits.size() < kMinIndexDigits) digits.insert(0, kMinIndexDigits - digits.size(), '0');
  return digits;
}

std::optional<std::uint64_t> parse_chunk_index(std::string_view digits) noexcept {
  if (digits.size() < kMinIndexDigits) return {};
  if (digits.size() > kMinIndexDigits && digits.front() == '0') return {};
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return {};
  if (value > kMaxChunkIndex) return {};
  return value;
}

std::string segment_file_name(std::uint64_t index) {
  return std::string(kPrefix) + format_chunk_index(index) + std::string(kSuffix);
}

std::optional<std::uint64_t> parse_segment_file_name(std::string_view name) noexcept {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return {};
  if (name.size() < kPrefix.size() + kSuffix.size()) return {};
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  return parse_chunk_index(name);
}

}  // namespace streamkit
