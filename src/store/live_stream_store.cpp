#include <algorithm>
#include <array>
#include <streamkit/store/live_stream_store.hpp>

namespace streamkit {
namespace {

template <typename Value>
struct Name {
  Value value;
  std::string_view text;
};

constexpr std::array kStates = {
    Name<LiveStreamState>{LiveStreamState::PendingIngest, "PENDING_INGEST"},
    Name<LiveStreamState>{LiveStreamState::Active, "ACTIVE"},
    Name<LiveStreamState>{LiveStreamState::EndedGracefully, "ENDED_GRACEFULLY"},
    Name<LiveStreamState>{LiveStreamState::Error, "ERROR"}};

constexpr std::array kConflicts = {
    Name<PublishConflict>{PublishConflict::ReplaceSilent, "replace_silent"},
    Name<PublishConflict>{PublishConflict::Replace, "replace"},
    Name<PublishConflict>{PublishConflict::Reject, "reject"}};

template <typename Value, std::size_t kCount>
std::string_view text_of(const std::array<Name<Value>, kCount>& names, Value value) noexcept {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& name) { return name.value == value; });
  return found == names.end() ? std::string_view() : found->text;
}

template <typename Value, std::size_t kCount>
std::optional<Value> value_of(const std::array<Name<Value>, kCount>& names,
                              std::string_view text) noexcept {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.text == text; });
  if (found == names.end()) return {};
  return found->value;
}

}  // namespace

std::string_view to_string(LiveStreamState state) noexcept { return text_of(kStates, state); }

std::optional<LiveStreamState> parse_live_stream_state(std::string_view name) noexcept {
  return value_of(kStates, name);
}

std::string_view to_string(PublishConflict rule) noexcept { return text_of(kConflicts, rule); }

std::optional<PublishConflict> parse_publish_conflict(std::string_view name) noexcept {
  return value_of(kConflicts, name);
}

}  // namespace streamkit
