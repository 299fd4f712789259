#include <benchmark/benchmark.h>

#include <algorithm>
#include <streamkit/media/cmaf_packager.hpp>
#include <streamkit/media/segment_muxer.hpp>
#include <streamkit/media/stream_encoder.hpp>

// Cutting 10 s of a stream of 2.5 Mbit/s at 30 frames a second, and AAC, into segments of 2 s and
// parts of 0.5 s: how many such streams one core carries in real time. The muxer of FFmpeg, which
// writes one file for each part, is measured in the same run.
namespace streamkit::media {
namespace {

constexpr int kSeconds = 10;
constexpr int kFrames = kSeconds * 30;
constexpr std::size_t kFrameBytes = 2'500'000 / 8 / 30;

struct Stream {
  Tracks tracks;
  std::vector<Packet> packets;
};

Packet picture(int n, bool start_codes) {
  Packet packet;
  packet.pts = (FrameRate{30, 1}).time_of(n);
  packet.dts = packet.pts;
  packet.duration = (FrameRate{30, 1}).frame_duration();
  packet.keyframe = n % 60 == 0;
  packet.data.resize(kFrameBytes);
  for (std::size_t i = 0; i < kFrameBytes; ++i) {
    packet.data[i] =
        static_cast<std::uint8_t>((i * 2'654'435'761U + static_cast<unsigned>(n)) >> 9);
  }
  const std::size_t length = kFrameBytes - 4;
  for (std::size_t i = 0; i < 4; ++i) {
    packet.data[i] = static_cast<std::uint8_t>(start_codes ? i == 3 : length >> (24 - 8 * i));
  }
  packet.data[4] = packet.keyframe ? 0x65 : 0x41;
  return packet;
}

Stream make_stream(bool start_codes) {
  VideoFormat format;
  format.width_px = 1280;
  format.height_px = 720;
  Stream stream;
  stream.tracks = (*open_encoder({}, format, AudioFormat{}))->tracks();
  for (int n = 0; n < kFrames; ++n) stream.packets.push_back(picture(n, start_codes));
  for (std::int64_t n = 0; n * 1024 < kSeconds * 48'000; ++n) {
    Packet packet;
    packet.track = TrackKind::Audio;
    packet.pts = packet.dts = from_ticks(n * 1024, 1, 48'000);
    packet.duration = from_ticks(1024, 1, 48'000);
    packet.keyframe = true;
    packet.data.assign(340, 0x21);
    stream.packets.push_back(std::move(packet));
  }
  std::stable_sort(stream.packets.begin(), stream.packets.end(),
                   [](const Packet& a, const Packet& b) { return a.dts < b.dts; });
  if (start_codes) return stream;
  // A record whose packets have lengths of four bytes, as RTMP has it.
  Bytes& config = stream.tracks.video->codec_config;
  const Bytes sets = config;
  config = {1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 0};
  std::vector<Bytes> units;
  for (std::size_t at = 0; at + 4 < sets.size(); ++at) {
    if (sets[at] != 0 || sets[at + 1] != 0 || sets[at + 2] != 1) continue;
    units.emplace_back();
    for (std::size_t i = at + 3; i < sets.size() && !(i + 2 < sets.size() && sets[i] == 0 &&
                                                      sets[i + 1] == 0 && sets[i + 2] <= 1);
         ++i) {
      units.back().push_back(sets[i]);
    }
  }
  config = {1,    units[0][1], units[0][2], units[0][3],
            0xFF, 0xE1,        0,           static_cast<std::uint8_t>(units[0].size())};
  config.insert(config.end(), units[0].begin(), units[0].end());
  config.insert(config.end(), {1, 0, static_cast<std::uint8_t>(units[1].size())});
  config.insert(config.end(), units[1].begin(), units[1].end());
  return stream;
}

class CountingSink final : public LiveTrackSink {
 public:
  Result<void> begin_run(std::size_t, const LiveTrackInfo&, Bytes) override { return {}; }
  Result<void> add_part(std::size_t, std::uint64_t, const LivePart&, Bytes bytes) override {
    bytes_ += bytes.size();
    return {};
  }
  Result<void> end_segment(std::size_t, std::uint64_t) override { return {}; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

void report(benchmark::State& state) {
  state.counters["streams_per_core"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kSeconds, benchmark::Counter::kIsRate);
}

// The copy of each packet, which the network's bytes need anyway, is part of it.
void package(benchmark::State& state, const Stream& stream) {
  for (auto _ : state) {
    CountingSink sink;
    auto packager = *CmafPackager::create(cmaf_tracks(stream.tracks), sink);
    for (const Packet& packet : stream.packets) {
      const std::size_t track = packet.track == TrackKind::Video ? 0 : 1;
      if (auto pushed = packager->push(track, packet, {}); !pushed) {
        state.SkipWithError(pushed.error().message.c_str());
        return;
      }
    }
    (void)packager->flush();
    benchmark::DoNotOptimize(sink.bytes());
  }
  report(state);
}

void BM_PackageLengths(benchmark::State& state) {
  static const Stream stream = make_stream(false);
  package(state, stream);
}
BENCHMARK(BM_PackageLengths)->Unit(benchmark::kMillisecond);

void BM_PackageStartCodes(benchmark::State& state) {
  static const Stream stream = make_stream(true);
  package(state, stream);
}
BENCHMARK(BM_PackageStartCodes)->Unit(benchmark::kMillisecond);

void BM_FfmpegFilePerPart(benchmark::State& state) {
  static const Stream stream = make_stream(false);
  for (auto _ : state) {
    std::unique_ptr<SegmentMuxer> muxer;
    int frames = 0;
    for (const Packet& packet : stream.packets) {
      const bool video = packet.track == TrackKind::Video;
      if (muxer == nullptr || (video && frames == 15)) {
        if (muxer != nullptr) benchmark::DoNotOptimize(muxer->finish());
        muxer = SegmentMuxer::create();
        (void)muxer->open(stream.tracks);
        frames = 0;
      }
      if (video) ++frames;
      Packet copy = packet;
      copy.keyframe = true;  // it writes files that begin with one
      (void)muxer->write(std::move(copy));
    }
    benchmark::DoNotOptimize(muxer->finish());
  }
  report(state);
}
BENCHMARK(BM_FfmpegFilePerPart)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace streamkit::media
