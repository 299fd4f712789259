// Writes the generated scene, whose depth is known, to standard output as YUV4MPEG2:
//   scene_video SECONDS
#include <charconv>
#include <cstdio>
#include <string_view>

#include <streamkit/capture/generated_source.hpp>

namespace {

using namespace streamkit;

constexpr int kFramesPerSecond = 30;

bool write_frame(const VideoFrame& frame) {
  bool written = std::fputs("FRAME\n", stdout) >= 0;
  for (const VideoPlane& plane : frame.planes) {
    const auto width = static_cast<std::size_t>(plane.width_px);
    for (int y = 0; y < plane.height_px && written; ++y) {
      written = std::fwrite(plane.row(y), 1, width, stdout) == width;
    }
  }
  return written;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view text = argc == 2 ? argv[1] : "";
  int seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc{} || end != text.data() + text.size() || seconds < 1 || seconds > 60) {
    std::fputs("usage: scene_video SECONDS, from 1 to 60\n", stderr);
    return 2;
  }
  const auto source =
      capture::GeneratedSource::create({.pacing = capture::Pacing::AsFastAsPossible});
  if (!source) {
    std::fprintf(stderr, "scene_video: %s\n", source.error().message.c_str());
    return 1;
  }
  std::printf("YUV4MPEG2 W1280 H720 F%d:1 Ip A1:1 C420\n", kFramesPerSecond);
  for (int i = 0; i < seconds * kFramesPerSecond; ++i) {
    if (!write_frame((*source)->frame_at(static_cast<std::uint64_t>(i)))) {
      std::fputs("scene_video: standard output cannot be written\n", stderr);
      return 1;
    }
  }
  return 0;
}
