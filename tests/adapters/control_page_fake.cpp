// The control page with a FakeCaptureControl, for tests in a browser. Prints the page's address and
// the last request as it is asked to. Reads one command per line from standard input:
//   problem CODE MESSAGE, clear, fail-starts MESSAGE, silent on|off, urls PLAYLIST WATCH, fail,
//   request. Prints "done" after each, and ends with the input.

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <streamkit/core/json_text.hpp>

#include "capture/ui_page.hpp"
#include "fake_capture_control.hpp"

namespace {

using namespace streamkit;
using namespace streamkit::capture_tool;

void print(const CaptureRequest& request) {
  std::cout << "request {\"source\":" << json_string(request.source)
            << ",\"audio\":" << request.audio.size() << ",\"width\":" << request.width_px
            << ",\"fps\":" << request.frames_per_second << ",\"chunk\":" << request.chunk_seconds
            << ",\"encoder\":" << json_string(request.encoder)
            << ",\"codec\":" << json_string(request.codec)
            << ",\"server\":" << json_string(request.server)
            << ",\"recording\":" << json_string(request.recording)
            << ",\"stereo\":" << request.stereo_json << "}" << std::endl;
}

void obey(FakeCaptureControl& control, std::vector<CaptureProblem>& problems,
          const std::string& line) {
  std::istringstream words(line);
  std::string command;
  std::string first;
  words >> command;
  const auto rest = [&] {
    std::string text;
    std::getline(words >> std::ws, text);
    return text;
  };
  if (command == "problem") {
    words >> first;
    problems.push_back({first, rest()});
    control.set_problems(problems);
  } else if (command == "clear") {
    problems.clear();
    control.set_problems({});
  } else if (command == "fail-starts") {
    control.fail_starts({ErrorCode::Unavailable, rest()});
  } else if (command == "silent") {
    control.set_silent(rest() == "on");
  } else if (command == "urls") {
    words >> first;
    control.set_urls(first, rest());
  } else if (command == "fail") {
    control.fail();
  } else if (command == "request") {
    print(control.request());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: control_page_fake FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  FakeCaptureControl control;
  const auto page = ControlPage::start(
      {.web_dir = shared_folder("capture"),
       .hls_js = shared_folder("web") / "hls.min.js",
       .encoders =
           [] {
             return std::vector<EncoderChoice>{{"libx264", "H.264 on the processor (libx264)"},
                                               {"libx265", "HEVC on the processor (libx265)"}};
           },
       .recordings_dir = folder / "recordings",
       .sessions_file = folder / "state" / "capture-sessions.json"},
      control, {});
  if (!page) {
    std::cerr << to_string(page.error()) << '\n';
    return 1;
  }
  std::cout << "control page at " << (*page)->url() << std::endl;
  std::vector<CaptureProblem> problems;
  for (std::string line; std::getline(std::cin, line);) {
    obey(control, problems, line);
    std::cout << "done" << std::endl;
  }
  return 0;
}
