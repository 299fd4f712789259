#include <streamkit/core/resource_policy.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace streamkit {
namespace {

constexpr std::string_view kDomain = "limit.";
// In the order of Limit.
constexpr std::array<std::string_view, 10> kNames = {"duration", "frame_rate",  "pixels",  "tracks",
                                                     "samples",  "sample_rate", "decoder", "memory",
                                                     "cpu_time", "wall_time"};

std::string seconds_text(MediaTime time) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", to_seconds(time));
  return text.data();
}

}  // namespace

std::string_view to_string(Limit limit) noexcept {
  const auto at = static_cast<std::size_t>(limit);
  return at < kNames.size() ? kNames[at] : std::string_view("unknown");
}

Error limit_exceeded(Limit limit, std::string what) {
  return {ErrorCode::Unsupported, std::move(what), std::string(kDomain).append(to_string(limit)),
          static_cast<int>(limit)};
}

std::optional<Limit> exceeded_limit(const Error& error) noexcept {
  if (!error.domain.starts_with(kDomain)) return {};
  const std::string_view name = std::string_view(error.domain).substr(kDomain.size());
  for (const Limit limit : kLimits) {
    if (to_string(limit) == name) return limit;
  }
  return {};
}

MediaTime longest_chunk(const ResourcePolicy& policy, MediaTime nominal) {
  return from_seconds(policy.chunk_lengths * to_seconds(nominal)) + policy.extra_duration;
}

Error chunk_too_long(const ResourcePolicy& policy, MediaTime nominal) {
  return limit_exceeded(Limit::Duration, "the chunk is longer than the " +
                                             seconds_text(longest_chunk(policy, nominal)) +
                                             " that fit into a session with chunks of " +
                                             seconds_text(nominal) +
                                             ": cut shorter chunks, or set chunk_seconds");
}

}  // namespace streamkit
