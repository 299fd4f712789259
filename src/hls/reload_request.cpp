#include <algorithm>
#include <streamkit/hls/reload_request.hpp>

#include "hls/playlist_values.hpp"

namespace streamkit::hls {
namespace {

Error invalid(std::string_view name, std::string_view problem) {
  return {ErrorCode::InvalidArgument, std::string(name) + " " + std::string(problem)};
}

Result<void> set_number(std::optional<std::uint64_t>& number, std::string_view name,
                        std::string_view value) {
  if (number) return invalid(name, "is given twice");
  number = parse_integer(value);
  if (!number) return invalid(name, "is not a number");
  return {};
}

Result<void> set_directive(ReloadRequest& request, std::string_view name, std::string_view value) {
  if (name == "_HLS_msn") return set_number(request.msn, name, value);
  if (name == "_HLS_part") return set_number(request.part, name, value);
  // "v2" asks for date ranges to be left out, too, which these playlists do not have.
  if (name == "_HLS_skip") request.skip = value == "YES" || value == "v2";
  return {};
}

// How many parts a request may be ahead of the last one.
std::uint64_t advance_part_limit(MediaTime part_target) noexcept {
  constexpr MediaTime kSecond = std::chrono::seconds(1);
  constexpr std::int64_t kParts = 3;
  if (part_target >= kSecond) return kParts;
  return static_cast<std::uint64_t>(kParts * kSecond / part_target);
}

// How many parts the named one is at least behind the last one that is listed. Where the next
// segment begins is unknown yet: its part 0 may be the very next one.
std::uint64_t parts_ahead(std::uint64_t msn, std::uint64_t part,
                          const PlaylistPosition& position) noexcept {
  if (msn > position.next_msn) return part + (msn - position.next_msn);
  return part < position.parts ? 0 : part - position.parts + 1;
}

bool has_part(std::uint64_t msn, std::uint64_t part, const PlaylistPosition& position) noexcept {
  if (msn == position.next_msn) return part < position.parts;
  if (msn > position.next_msn) return false;
  // Any part of the next segment is a later one.
  return position.parts > 0 || msn + 1 < position.next_msn || part < position.parts_before;
}

ReloadDecision reject(std::string reason) {
  return {.action = ReloadAction::Reject, .reason = std::move(reason)};
}

}  // namespace

Result<ReloadRequest> parse_reload_request(std::string_view query) {
  ReloadRequest request;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
    const auto equals = parameter.find('=');
    const auto value = equals == parameter.npos ? std::string_view() : parameter.substr(equals + 1);
    if (auto set = set_directive(request, parameter.substr(0, equals), value); !set) {
      return set.error();
    }
  }
  if (request.part && !request.msn) return invalid("_HLS_part", "needs _HLS_msn");
  return request;
}

PlaylistPosition playlist_position(LiveSegmentList segments, MediaTime part_target, bool ended) {
  PlaylistPosition position{.part_target = part_target, .ended = ended};
  for (const auto& segment : segments) {
    if (!segment->complete) {
      position.next_msn = segment->number;
      position.parts = segment->parts.size();
    } else {
      position.next_msn = segment->number + 1;
      position.parts = 0;
      position.parts_before = segment->parts.size();
    }
  }
  return position;
}

ReloadDecision decide_reload(const ReloadRequest& request, const PlaylistPosition& position) {
  if (position.ended) return {};
  const ReloadDecision respond{.delta = request.skip};
  if (!request.msn) return respond;

  // The last listed segment is the one before `next_msn`; a request may name the second after it.
  if (*request.msn > position.next_msn && *request.msn - position.next_msn > 1) {
    return reject("_HLS_msn is more than two segments ahead");
  }
  const bool by_part = request.part && position.part_target > MediaTime{0};
  if (!by_part) {
    if (*request.msn < position.next_msn) return respond;
    return {.action = ReloadAction::Wait, .msn = *request.msn};
  }
  if (has_part(*request.msn, *request.part, position)) return respond;
  if (*request.msn >= position.next_msn && parts_ahead(*request.msn, *request.part, position) >
                                               advance_part_limit(position.part_target)) {
    return reject("_HLS_part is too far ahead");
  }
  if (*request.msn < position.next_msn) {
    return {.action = ReloadAction::Wait, .msn = position.next_msn, .part = 0};
  }
  return {.action = ReloadAction::Wait, .msn = *request.msn, .part = request.part};
}

std::chrono::seconds longest_reload_wait(std::chrono::seconds target_duration) noexcept {
  return 3 * target_duration;
}

}  // namespace streamkit::hls
