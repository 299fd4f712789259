#include "load/watched_playlist.hpp"

#include <algorithm>
#include <streamkit/hls/media_playlist.hpp>

namespace streamkit::load {
namespace {

Error corrupt(std::string_view what) {
  return {ErrorCode::CorruptData, "the playlist " + std::string(what)};
}

}  // namespace

Result<std::size_t> WatchedPlaylist::take(std::string_view text, std::size_t seen_bytes) {
  if (text.size() < seen_bytes) return corrupt("became shorter");
  if (text.substr(0, text_.size()) != std::string_view(text_).substr(0, text.size())) {
    return corrupt("changed what it listed");
  }
  if (text.size() > text_.size()) {
    if (auto grown = grow(text); !grown) return grown.error();
  }
  const auto listed = std::upper_bound(ends_.begin(), ends_.end(), text.size());
  return static_cast<std::size_t>(listed - ends_.begin());
}

Result<void> WatchedPlaylist::grow(std::string_view text) {
  const auto playlist = hls::parse_media_playlist(text);
  if (!playlist) return playlist.error();
  // A line's end is also the next one's beginning.
  std::size_t searched = ends_.empty() ? 0 : ends_.back() - 1;
  for (std::size_t i = segments_.size(); i < playlist->segments.size(); ++i) {
    const auto& segment = playlist->segments[i];
    const auto line = text.find('\n' + segment.uri + '\n', searched);
    if (line == std::string_view::npos) return corrupt("hides a segment's line");
    searched = line + segment.uri.size() + 1;
    ends_.push_back(searched + 1);
    const auto range = segment.byte_range.value_or(hls::ByteRange{});
    segments_.push_back({segment.uri, range.offset, range.length});
  }
  text_ = text;
  return {};
}

}  // namespace streamkit::load
