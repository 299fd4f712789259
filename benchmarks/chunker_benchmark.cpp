#include <benchmark/benchmark.h>

#include <cstring>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>

// Cutting and muxing 10 s of 1280x720 H.264 and AAC into chunks, without the encoding, and against
// one copy of the same bytes in the same run.
namespace streamkit::media {
namespace {

struct Stream {
  Tracks tracks;
  std::vector<Packet> packets;
  std::size_t bytes = 0;
};

const Stream& stream() {
  static const Stream made = [] {
    const FfmpegLog quiet(nullptr);
    capture::GeneratedSourceOptions scene;
    scene.duration = std::chrono::seconds(10);
    scene.pacing = capture::Pacing::AsFastAsPossible;
    const auto source = capture::GeneratedSource::create(scene).value();
    EncoderOptions config;
    config.chunk_duration = std::chrono::seconds(1);
    config.preset = "ultrafast";
    const auto encoder =
        open_encoder(config, source->format().video, source->format().audio).value();
    Stream stream;
    stream.tracks = encoder->tracks();
    const auto keep = [&](std::vector<Packet> packets) {
      for (Packet& packet : packets) {
        stream.bytes += packet.data.size();
        stream.packets.push_back(std::move(packet));
      }
    };
    for (;;) {
      const SourceItem item = source->read({}).value();
      if (std::holds_alternative<EndOfStream>(item)) break;
      if (const auto* picture = std::get_if<VideoFrame>(&item)) {
        keep(encoder->push(*picture).value());
      } else {
        keep(encoder->push(std::get<AudioFrame>(item)).value());
      }
    }
    keep(encoder->flush().value());
    return stream;
  }();
  return made;
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream().bytes));
  state.counters["media_seconds_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 10, benchmark::Counter::kIsRate);
}

void BM_CutIntoChunks(benchmark::State& state) {
  const Stream& input = stream();
  const ChunkGrid grid{std::chrono::seconds(state.range(0))};
  for (auto _ : state) {
    const auto chunker = open_chunker(grid, input.tracks).value();
    std::size_t chunks = 0;
    for (const Packet& packet : input.packets) chunks += chunker->push(packet).value().size();
    chunks += chunker->flush().value().size();
    benchmark::DoNotOptimize(chunks);
  }
  report(state);
}
BENCHMARK(BM_CutIntoChunks)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond);

void BM_CopyTheSameBytes(benchmark::State& state) {
  const Stream& input = stream();
  Bytes copy(input.bytes);
  for (auto _ : state) {
    std::size_t at = 0;
    for (const Packet& packet : input.packets) {
      std::memcpy(copy.data() + at, packet.data.data(), packet.data.size());
      at += packet.data.size();
    }
    benchmark::ClobberMemory();
  }
  report(state);
}
BENCHMARK(BM_CopyTheSameBytes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace streamkit::media
