#pragma once

#include <algorithm>
#include <streamkit/core/live_track.hpp>
#include <utility>
#include <vector>

namespace streamkit::media {

/// A part as a sink got it.
struct SunkPart {
  std::uint64_t number = 0;
  std::size_t run = 0;
  LivePart part;
  Bytes bytes;
};

/// Keeps all that a packager passes on.
class RecordingTrackSink final : public LiveTrackSink {
 public:
  struct Track {
    std::vector<LiveTrackInfo> infos;
    std::vector<Bytes> inits;
    std::vector<SunkPart> parts;
    std::vector<std::uint64_t> ended;
  };

  Result<void> begin_run(std::size_t track, const LiveTrackInfo& info, Bytes init) override {
    at(track).infos.push_back(info);
    at(track).inits.push_back(std::move(init));
    return {};
  }
  Result<void> add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                        Bytes bytes) override {
    at(track).parts.push_back({number, at(track).inits.size() - 1, part, std::move(bytes)});
    return {};
  }
  Result<void> end_segment(std::size_t track, std::uint64_t number) override {
    at(track).ended.push_back(number);
    return {};
  }

  Track& at(std::size_t track) {
    if (tracks_.size() <= track) tracks_.resize(track + 1);
    return tracks_[track];
  }
  /// The initialization section and all parts of a run.
  Bytes file(std::size_t track, std::size_t run = 0) {
    Bytes bytes = at(track).inits[run];
    for (const SunkPart& part : at(track).parts) {
      if (part.run == run) bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
    }
    return bytes;
  }
  /// Start and duration of each segment, by its parts.
  std::vector<std::pair<std::uint64_t, LivePart>> segments(std::size_t track) {
    std::vector<std::pair<std::uint64_t, LivePart>> all;
    for (const SunkPart& each : at(track).parts) {
      if (all.empty() || all.back().first != each.number) {
        all.emplace_back(each.number, each.part);
      } else {
        all.back().second.duration += each.part.duration;
      }
    }
    return all;
  }

 private:
  std::vector<Track> tracks_;
};

}  // namespace streamkit::media
