#include <algorithm>
#include <streamkit/core/segment_name.hpp>
#include <streamkit/hls/playlist_builder.hpp>
#include <utility>

#include "hls/playlist_text.hpp"

namespace streamkit::hls {
namespace {

constexpr int kVersion = 6;

// Halves up, as "rounded to the nearest integer" is commonly read.
std::chrono::seconds round_to_seconds(MediaTime time) noexcept {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return time - whole < std::chrono::milliseconds(500) ? whole : whole + std::chrono::seconds(1);
}

// Fourfold instead of twofold growth halves the moves, and with them the number of fresh pages that
// a long text is moved into, which is most of the cost; capacity that is never written to is not
// resident.
void make_room(std::string& text) {
  constexpr std::size_t kUsualEntry = 256;
  constexpr std::size_t kFirstCapacity = 16 * 1024;
  if (text.capacity() - text.size() >= kUsualEntry) return;
  text.reserve(std::max(kFirstCapacity, 4 * text.capacity()));
}

Result<void> check(const SegmentRecord& record) {
  if (record.duration <= MediaTime{0}) {
    return Error{ErrorCode::InvalidArgument,
                 "segment " + std::to_string(record.index) + " has no duration"};
  }
  if (record.header_bytes == 0 || record.header_bytes >= record.size_bytes) {
    return Error{ErrorCode::InvalidArgument, "segment " + std::to_string(record.index) + " has " +
                                                 std::to_string(record.header_bytes) +
                                                 " header bytes of " +
                                                 std::to_string(record.size_bytes)};
  }
  return {};
}

}  // namespace

std::chrono::seconds target_duration_for(MediaTime chunk_duration) noexcept {
  constexpr std::chrono::milliseconds kSlowestFrame(100);
  return std::max(std::chrono::seconds(1), round_to_seconds(chunk_duration + kSlowestFrame));
}

bool is_overlong(MediaTime segment_duration, std::chrono::seconds target_duration) noexcept {
  return round_to_seconds(segment_duration) > target_duration;
}

std::vector<ChunkPart> playlist_entries(const SegmentRecord& segment,
                                        std::chrono::seconds target_duration) {
  const ChunkPart whole{segment.duration, segment.size_bytes - segment.header_bytes};
  if (!is_overlong(whole.duration, target_duration)) return {whole};
  std::vector<ChunkPart> entries;
  ChunkPart sum;
  for (const ChunkPart& part : segment.parts) {
    if (part.duration <= MediaTime{0} || part.size_bytes == 0) return {whole};
    sum.duration += part.duration;
    sum.size_bytes += part.size_bytes;
    const bool fits =
        !entries.empty() && !is_overlong(entries.back().duration + part.duration, target_duration);
    if (!fits) entries.emplace_back();
    entries.back().duration += part.duration;
    entries.back().size_bytes += part.size_bytes;
  }
  if (sum != whole) return {whole};
  return entries;
}

PlaylistBuilder::PlaylistBuilder(PlaylistBuilderOptions options)
    : options_(std::move(options)), target_duration_(target_duration_for(options_.chunk_duration)) {
  MediaPlaylist empty;
  empty.version = kVersion;
  empty.target_duration = target_duration_;
  empty.type = PlaylistType::Event;
  empty.independent_segments = true;
  append_header(text_, empty);
}

Result<void> PlaylistBuilder::add(const SegmentRecord& record) {
  if (record.index < published_) return {};
  if (final_count_ && record.index >= *final_count_) return {};
  if (auto usable = check(record); !usable) return usable;
  if (record.index > published_) {
    held_back_.insert_or_assign(record.index, record);
    return {};
  }

  publish(record);
  while (!held_back_.empty() && held_back_.begin()->first == published_) {
    publish(held_back_.begin()->second);
    held_back_.erase(held_back_.begin());
  }
  finish_if_complete();
  return {};
}

void PlaylistBuilder::end(std::uint64_t final_count) {
  if (final_count_) return;
  final_count_ = final_count;
  held_back_.erase(held_back_.lower_bound(final_count), held_back_.end());
  finish_if_complete();
}

void PlaylistBuilder::publish(const SegmentRecord& record) {
  const std::string uri = options_.uri_of ? options_.uri_of(record.index)
                                          : options_.uri_prefix + segment_file_name(record.index);
  make_room(text_);
  if (record.index == 0) {
    append_map(text_, {uri, ByteRange{record.header_bytes, 0}});
    if (options_.program_date_time) {
      append_program_date_time(
          text_, std::chrono::floor<std::chrono::milliseconds>(*options_.program_date_time));
    }
  }
  ByteRange media{0, record.header_bytes};
  for (const ChunkPart& entry : playlist_entries(record, target_duration_)) {
    make_room(text_);
    media.length = entry.size_bytes;
    append_extinf(text_, entry.duration, {}, media, kVersion);
    text_ += uri;
    text_ += '\n';
    if (is_overlong(entry.duration, target_duration_)) ++overlong_segments_;
    media.offset += entry.size_bytes;
  }
  duration_ += record.duration;
  ++published_;
}

void PlaylistBuilder::finish_if_complete() {
  if (complete_ || !final_count_ || published_ < *final_count_) return;
  text_ += kEndListLine;
  complete_ = true;
}

}  // namespace streamkit::hls
