#include <benchmark/benchmark.h>

#include <memory>
#include <streamkit/hls/live_playlist.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/playlist_builder.hpp>

namespace streamkit::hls {
namespace {

SegmentRecord record(std::uint64_t index) {
  SegmentRecord result;
  result.index = index;
  result.duration = from_ticks(5005, 1, 1000);
  result.start = result.duration * static_cast<std::int64_t>(index);
  result.header_bytes = 1213;
  result.size_bytes = 2'500'000 + index;
  return result;
}

PlaylistBuilder built(std::int64_t count) {
  PlaylistBuilder builder;
  for (std::int64_t i = 0; i < count; ++i) {
    (void)builder.add(record(static_cast<std::uint64_t>(i)));
  }
  return builder;
}

// Goal: under 1 ms.
void BM_Build10000(benchmark::State& state) {
  constexpr std::int64_t kSegments = 10'000;
  for (auto _ : state) {
    PlaylistBuilder builder = built(kSegments);
    benchmark::DoNotOptimize(builder.text().data());
  }
  state.SetItemsProcessed(state.iterations() * kSegments);
}
BENCHMARK(BM_Build10000)->Unit(benchmark::kMicrosecond);

// One segment more on a playlist that has N: the time must not depend on N. The text's growth is
// amortized, so a block of segments is timed and each counts as an item.
void BM_AppendOne(benchmark::State& state) {
  constexpr std::int64_t kBlock = 1'000;
  const PlaylistBuilder before = built(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    PlaylistBuilder builder = before;
    (void)builder.add(record(builder.published()));  // makes room: a copy has none to spare
    state.ResumeTiming();
    for (std::int64_t i = 0; i < kBlock; ++i) {
      (void)builder.add(record(builder.published()));
      benchmark::DoNotOptimize(builder.text().data());
    }
  }
  state.SetItemsProcessed(state.iterations() * kBlock);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_AppendOne)
    ->RangeMultiplier(10)
    ->Range(1'000, 100'000)
    ->Unit(benchmark::kMicrosecond)
    ->Complexity(benchmark::o1);

void BM_Parse10000(benchmark::State& state) {
  const PlaylistBuilder builder = built(10'000);
  for (auto _ : state) {
    auto parsed = parse_media_playlist(builder.text());
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(builder.text().size()));
}
BENCHMARK(BM_Parse10000)->Unit(benchmark::kMicrosecond);

// A live window: segments of 2 s in parts of 0.5 s; the last segment is open.
std::vector<std::shared_ptr<const LiveSegment>> live_window(std::int64_t segments) {
  constexpr MediaTime kPart = std::chrono::milliseconds(500);
  constexpr int kParts = 4;
  std::vector<std::shared_ptr<const LiveSegment>> window;
  for (std::int64_t i = 0; i < segments; ++i) {
    const bool is_last = i + 1 == segments;
    LiveSegment segment{.number = 1000 + static_cast<std::uint64_t>(i),
                        .start = i * kParts * kPart};
    segment.date = WallTime(std::chrono::seconds(1'709'251'200 + 2 * i));
    segment.complete = !is_last;
    for (int part = 0; part < (is_last ? 2 : kParts); ++part) {
      segment.parts.push_back({.start = segment.start + part * kPart,
                               .duration = kPart,
                               .offset_bytes = segment.size_bytes,
                               .size_bytes = 100'000,
                               .independent = part == 0});
      segment.duration += kPart;
      segment.size_bytes += 100'000;
    }
    window.push_back(std::make_shared<const LiveSegment>(std::move(segment)));
  }
  return window;
}

LivePlaylistOptions low_latency(LiveSegmentList window) {
  LivePlaylistOptions options;
  options.part_target = std::chrono::milliseconds(500);
  options.hint = next_part({.kind = TrackKind::Video}, window, {});
  options.reports = {rendition_report("../a0/index.m3u8", window)};
  return options;
}

// What each new part costs: the playlist of a window of 60 s, from its segments to its text.
// Goal: under 10 microseconds.
void BM_PrintLowLatency60s(benchmark::State& state) {
  const auto window = live_window(31);
  const LivePlaylistOptions options = low_latency(window);
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string text = write_media_playlist(live_playlist(window, options));
    bytes = text.size();
    benchmark::DoNotOptimize(text.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(BM_PrintLowLatency60s)->Unit(benchmark::kMicrosecond);

// The same with its delta update.
void BM_PrintLowLatency60sAndDelta(benchmark::State& state) {
  const auto window = live_window(31);
  const LivePlaylistOptions options = low_latency(window);
  for (auto _ : state) {
    const MediaPlaylist playlist = live_playlist(window, options);
    const std::string text = write_media_playlist(playlist);
    const std::string delta = write_media_playlist(*delta_update(playlist));
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(delta.data());
  }
}
BENCHMARK(BM_PrintLowLatency60sAndDelta)->Unit(benchmark::kMicrosecond);

// A window of four hours for time shift.
void BM_PrintLowLatency4h(benchmark::State& state) {
  const auto window = live_window(7201);
  const LivePlaylistOptions options = low_latency(window);
  for (auto _ : state) {
    const std::string text = write_media_playlist(live_playlist(window, options));
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(BM_PrintLowLatency4h)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace streamkit::hls
