#include <array>
#include <charconv>
#include <streamkit/desktop/desktop_id.hpp>

namespace streamkit::desktop {
namespace {

constexpr std::string_view kScreen = "screen:";
constexpr std::string_view kWindow = "window:0x";
constexpr std::size_t kMaxNameBytes = 255;

bool stands_for_itself(char character) {
  return character > ' ' && character <= '~' && character != ',' && character != '%';
}

std::optional<std::uint32_t> parse_hex(std::string_view digits) {
  std::uint32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!stands_for_itself(text[i])) return std::nullopt;
      name += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    const auto value = digits.size() == 2 ? parse_hex(digits) : std::nullopt;
    if (!value) return std::nullopt;
    name += static_cast<char>(*value);
    i += 2;
  }
  if (name.empty() || name.size() > kMaxNameBytes) return std::nullopt;
  return name;
}

std::string hex(std::uint32_t value) {
  std::array<char, 8> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return std::string(digits.data(), written.ptr);
}

}  // namespace

std::optional<DesktopId> parse_desktop_id(std::string_view text) {
  if (text.starts_with(kScreen)) {
    auto name = unescape(text.substr(kScreen.size()));
    if (!name) return std::nullopt;
    return DesktopId{.screen = *std::move(name)};
  }
  if (!text.starts_with(kWindow)) return std::nullopt;
  const auto window = parse_hex(text.substr(kWindow.size()));
  if (!window || *window == 0) return std::nullopt;
  return DesktopId{.window = *window};
}

std::string to_string(const DesktopId& id) {
  if (id.window != 0) return std::string(kWindow) + hex(id.window);
  std::string text(kScreen);
  for (const char character : id.screen) {
    if (stands_for_itself(character)) {
      text += character;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(character);
    text += '%';
    if (byte < 16) text += '0';
    text += hex(byte);
  }
  return text;
}

}  // namespace streamkit::desktop
