// A video file becomes a folder that any web server can offer as an HLS stream:
//   file_to_hls INPUT FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/hls/playlist_builder.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/store/chunk_key.hpp>

using namespace streamkit;

namespace {

void write(const std::filesystem::path& path, const auto& content) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

void run(const std::filesystem::path& input, const std::filesystem::path& folder) {
  const auto source =
      capture::open_file_source({.path = input, .pacing = capture::Pacing::AsFastAsPossible})
          .value();
  const media::EncoderConfig config;
  const SourceFormat& format = source->format();
  const auto encoder = media::open_encoder(config, format.video, format.audio).value();
  const auto chunker = media::open_chunker({config.chunk_duration}, encoder->tracks()).value();

  std::filesystem::create_directories(folder);
  hls::PlaylistBuilder playlist({.chunk_duration = config.chunk_duration});
  const auto store = [&](Chunk chunk) -> Result<void> {
    write(folder / segment_file_name(chunk.index), chunk.data);
    if (auto added = playlist.add(segment_record(chunk)); !added) return added;
    write(folder / "playlist.m3u8", playlist.text());
    return {};
  };
  const CaptureStats stats = run_capture(*source, *encoder, *chunker, store, {}).value();
  playlist.end(stats.chunks);
  write(folder / "playlist.m3u8", playlist.text());
  std::cout << stats.chunks << " segments in " << folder.string() << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: file_to_hls INPUT FOLDER\n";
    return 2;
  }
  run(argv[1], argv[2]);
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "file_to_hls: " << failure.what() << '\n';
  return 1;
}
