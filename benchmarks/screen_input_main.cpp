// What capturing a screen costs.
//   screen_input [SECONDS] [WIDTHxHEIGHT] [FRAMES_PER_SECOND]
// captures the primary screen of DISPLAY, in its own size for 10 s at 30 frames per second unless
// others are named, and prints the number of frames and the processor time of this process.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <stop_token>
#include <streamkit/desktop/screen_input.hpp>
#include <thread>
#include <variant>

using namespace streamkit;

namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 10;
  desktop::ScreenInputOptions options;
  if (argc > 2) std::sscanf(argv[2], "%dx%d", &options.width_px, &options.height_px);
  if (argc > 3) options.frame_rate = {std::atoi(argv[3]), 1};
  const auto input = desktop::open_screen_input(options);
  if (!input) {
    std::cerr << "screen_input: " << input.error().message << '\n';
    return 1;
  }
  std::stop_source stop;
  const std::jthread timer([&] {
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    stop.request_stop();
  });
  const double before = processor_seconds();
  int frames = 0;
  for (auto item = (*input)->read(stop.get_token()); item;
       item = (*input)->read(stop.get_token())) {
    if (std::holds_alternative<LiveFrame>(*item)) ++frames;
  }
  const double used = processor_seconds() - before;
  std::cout << "frames: " << frames << " in " << seconds << " s, " << (*input)->format().width_px
            << "x" << (*input)->format().height_px << "\nprocessor: " << 100 * used / seconds
            << " % of one\nper frame: " << (frames > 0 ? 1000 * used / frames : 0) << " ms\n";
}
