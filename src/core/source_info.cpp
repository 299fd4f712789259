#include <array>
#include <streamkit/core/source_info.hpp>
#include <utility>

namespace streamkit {
namespace {

constexpr std::array<std::pair<SourceKind, std::string_view>, 5> kKinds{
    {{SourceKind::Screen, "screen"},
     {SourceKind::Window, "window"},
     {SourceKind::Camera, "camera"},
     {SourceKind::Microphone, "microphone"},
     {SourceKind::SystemAudio, "system_audio"}}};

}  // namespace

std::string_view to_string(SourceKind kind) noexcept {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return "unknown";
}

std::optional<SourceKind> parse_source_kind(std::string_view name) noexcept {
  for (const auto& [value, kind_name] : kKinds) {
    if (kind_name == name) return value;
  }
  return {};
}

}  // namespace streamkit
