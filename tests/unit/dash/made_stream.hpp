#pragma once

#include <streamkit/dash/live_mpd.hpp>

#include "hls/live_track_fixture.hpp"

namespace streamkit::dash {

// A video and an audio track that are alike.
struct MadeStream {
  testing::MadeTrack track;
  std::vector<PeriodStart> periods;

  void add(int parts = 4) {
    track.add(parts);
    extend_periods(periods, *track.segments().back());
  }
  void add_complete(int count) {
    for (int i = 0; i < count; ++i) add();
  }
  [[nodiscard]] std::vector<LiveRepresentation> tracks() const {
    return {
        {.info = testing::video_track(), .bandwidth_bps = 2'000'000, .segments = track.segments()},
        {.info = testing::audio_track(),
         .bandwidth_bps = 128'000,
         .language = "en",
         .segments = track.segments()}};
  }
};

inline LiveMpdOptions made_options() {
  LiveMpdOptions options;
  options.availability_start_time = testing::MadeTrack::kDateOfZero;
  options.publish_time = options.availability_start_time + std::chrono::seconds(10);
  options.window = std::chrono::seconds(60);
  options.time_url = "/time";
  return options;
}

}  // namespace streamkit::dash
