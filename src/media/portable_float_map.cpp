#include <streamkit/media/portable_float_map.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace streamkit::media {
namespace {

constexpr int kMaxSidePx = 16384;
// The largest image, and its header.
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{kMaxSidePx} * kMaxSidePx * 4 + 256;
constexpr std::size_t kLongestWord = 32;

Error corrupt(const std::string& what) {
  return {ErrorCode::CorruptData, "the floating-point image " + what};
}

bool is_space(std::uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

// The header's words, each ended by one or more spaces or line ends; the last by exactly one.
class Header {
 public:
  explicit Header(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::string_view word() {
    while (at_ < bytes_.size() && is_space(bytes_[at_])) ++at_;
    const std::size_t begin = at_;
    while (at_ < bytes_.size() && !is_space(bytes_[at_]) && at_ - begin < kLongestWord) ++at_;
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, at_ - begin};
  }
  // What follows the byte that ends the last word.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> rest() const {
    if (at_ >= bytes_.size() || !is_space(bytes_[at_])) return std::nullopt;
    return bytes_.subspan(at_ + 1);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint32_t swapped(std::uint32_t bits) {
  return bits >> 24 | (bits >> 8 & 0xFF00U) | (bits << 8 & 0xFF0000U) | bits << 24;
}

}  // namespace

Result<FloatMap> parse_float_map(std::span<const std::uint8_t> bytes) {
  Header header(bytes);
  const std::string_view magic = header.word();
  if (magic == "PF") {
    return Error{ErrorCode::Unsupported, "the floating-point image has colours; it must be grey"};
  }
  if (magic != "Pf") return corrupt("does not begin with 'Pf'");
  const auto width = number<int>(header.word());
  const auto height = number<int>(header.word());
  if (!width || !height || *width <= 0 || *height <= 0) return corrupt("has no valid size");
  if (*width > kMaxSidePx || *height > kMaxSidePx) {
    return Error{ErrorCode::Unsupported, "the floating-point image is larger than 16384 pixels"};
  }
  const auto scale = number<double>(header.word());
  if (!scale || !std::isfinite(*scale) || *scale == 0) return corrupt("has no valid scale");
  const auto pixels = header.rest();
  const std::size_t count = static_cast<std::size_t>(*width) * static_cast<std::size_t>(*height);
  if (!pixels || pixels->size() < 4 * count) return corrupt("ends too early");
  if (pixels->size() > 4 * count) return corrupt("is longer than its size");

  FloatMap map{*width, *height, std::vector<float>(count)};
  const bool foreign = (*scale < 0) != (std::endian::native == std::endian::little);
  const std::size_t row_bytes = 4 * static_cast<std::size_t>(*width);
  for (int y = 0; y < *height; ++y) {  // the file begins with the bottom row
    const std::uint8_t* row =
        pixels->data() + row_bytes * static_cast<std::size_t>(*height - 1 - y);
    for (int x = 0; x < *width; ++x) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, row + 4 * static_cast<std::size_t>(x), 4);
      if (foreign) bits = swapped(bits);
      map.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(*width) +
                 static_cast<std::size_t>(x)] = std::bit_cast<float>(bits);
    }
  }
  return map;
}

Result<FloatMap> read_float_map(const std::filesystem::path& file) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  if (failure) return Error{ErrorCode::NotFound, "cannot read '" + file.string() + "'"};
  if (size > kMaxFileBytes) {
    return Error{ErrorCode::Unsupported, "'" + file.string() + "' is too large"};
  }
  std::ifstream stream(file, std::ios::binary);
  const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(stream)), {});
  auto map = parse_float_map(bytes);
  if (!map) return map.error().with_context("'" + file.string() + "'");
  return map;
}

std::vector<std::uint8_t> print_float_map(const FloatMap& map) {
  const std::string header =
      "Pf\n" + std::to_string(map.width_px) + " " + std::to_string(map.height_px) + "\n-1.0\n";
  std::vector<std::uint8_t> bytes(header.begin(), header.end());
  bytes.reserve(bytes.size() + 4 * map.values.size());
  const auto width = static_cast<std::size_t>(map.width_px);
  for (int y = map.height_px - 1; y >= 0; --y) {
    for (std::size_t x = 0; x < width; ++x) {
      const auto bits =
          std::bit_cast<std::uint32_t>(map.values[static_cast<std::size_t>(y) * width + x]);
      for (int shift = 0; shift < 32; shift += 8) {
        bytes.push_back(static_cast<std::uint8_t>(bits >> shift & 255U));
      }
    }
  }
  return bytes;
}

}  // namespace streamkit::media
