// A video file becomes a folder that any web server can offer as an HLS stream:
//   file_to_hls INPUT FOLDER
#include <iostream>
#include <streamkit/capture/file_source.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <streamkit/hls/folder_writer.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>

using namespace streamkit;

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: file_to_hls INPUT FOLDER\n";
    return 2;
  }
  const auto pacing = capture::Pacing::AsFastAsPossible;
  const auto source = capture::open_file_source({.path = argv[1], .pacing = pacing}).value();
  const media::EncoderOptions options;
  const SourceFormat& format = source->format();
  const auto encoder = media::open_encoder(options, format.video, format.audio).value();
  const auto chunker = media::open_chunker({options.chunk_duration}, encoder->tracks()).value();
  const auto folder = hls::FolderWriter::create(argv[2]).value();
  const auto write = [&](const Chunk& chunk) { return folder->add(chunk); };
  const CaptureStats stats = run_capture(*source, *encoder, *chunker, write, {}).value();
  folder->finish().value();
  std::cout << stats.chunks << " segments in " << argv[2] << '\n';
  return 0;
} catch (const std::exception& failure) {
  std::cerr << "file_to_hls: " << failure.what() << '\n';
  return 1;
}
