#include "pulse_test_server.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <streamkit/desktop/audio_input.hpp>
#include <thread>

#include "desktop/audio_connection.hpp"

namespace streamkit::desktop {
namespace {

constexpr pa_sample_spec kSpec{PA_SAMPLE_FLOAT32NE, 48'000, 1};

}  // namespace

PulseTestServer::PulseTestServer() {
  std::string folder = (std::filesystem::temp_directory_path() / "streamkit-pulse-XXXXXX").string();
  if (::mkdtemp(folder.data()) != nullptr) folder_ = folder;
}

PulseTestServer::~PulseTestServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool PulseTestServer::start() {
  const std::string socket = (folder_ / "socket").string();
  program_ = std::make_unique<TestProgram>(std::vector<std::string>{
      "env", "HOME=" + folder_.string(), "XDG_RUNTIME_DIR=" + folder_.string(),
      "XDG_CONFIG_HOME=" + folder_.string(), "pulseaudio", "-n", "--daemonize=no", "--system=no",
      "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", "-L",
      "module-native-protocol-unix auth-anonymous=1 socket=" + socket, "-L",
      "module-null-sink sink_name=out", "-L", "module-null-sink sink_name=hidden", "-L",
      "module-remap-source source_name=mic master=hidden.monitor"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto listed = list_audio_sources({.server = address()});
    if (listed && listed->size() == 3) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ADD_FAILURE() << "pulseaudio does not start; scripts/packages.sh names its package";
  return false;
}

void PulseTestServer::kill() {
  program_.reset();
  std::error_code ignored;
  std::filesystem::remove(folder_ / "socket", ignored);
}

bool PulseTestServer::control(const std::vector<std::string>& command) const {
  std::string line = "HOME=" + folder_.string() + " pactl -s " + address();
  for (const std::string& word : command) line += " '" + word + "'";
  return std::system((line + " >/dev/null 2>&1").c_str()) == 0;
}

TonePlayer::TonePlayer(const std::string& server) {
  auto loop = start_pulse_loop();
  EXPECT_TRUE(loop);
  loop_ = std::move(*loop);
  restart(server);
}

void TonePlayer::restart(const std::string& server) {
  PulseLock lock(loop_.get());
  stream_.reset();
  context_.reset();
  auto context = connect_pulse(loop_.get(), server, on_state, this);
  EXPECT_TRUE(context);
  if (context) context_ = std::move(*context);
}

TonePlayer::~TonePlayer() {
  PulseLock lock(loop_.get());
  stream_.reset();
  context_.reset();
}

std::vector<CaptureTime> TonePlayer::clicks() const {
  PulseLock lock(loop_.get());
  return clicks_;
}

void TonePlayer::on_state(pa_context* context, void* user) {
  auto* self = static_cast<TonePlayer*>(user);
  if (pa_context_get_state(context) != PA_CONTEXT_READY) return;
  self->stream_.reset(pa_stream_new(context, "tone", &kSpec, nullptr));
  pa_stream_set_write_callback(self->stream_.get(), on_request, user);
  const auto any = static_cast<std::uint32_t>(-1);
  const pa_buffer_attr buffer{any, 4 * 9600, any, any, any};
  const int flags =
      PA_STREAM_ADJUST_LATENCY | PA_STREAM_AUTO_TIMING_UPDATE | PA_STREAM_INTERPOLATE_TIMING;
  pa_stream_connect_playback(self->stream_.get(), "out", &buffer,
                             static_cast<pa_stream_flags_t>(flags), nullptr, nullptr);
}

void TonePlayer::on_request(pa_stream* stream, std::size_t bytes, void* user) {
  auto* self = static_cast<TonePlayer*>(user);
  // In small steps, so that the latency is that of the step.
  for (std::size_t left = bytes / sizeof(float); left > 0;) {
    const std::size_t samples = std::min<std::size_t>(left, 480);
    self->play(stream, samples);
    left -= samples;
  }
}

void TonePlayer::play(pa_stream* stream, std::size_t samples) {
  std::array<float, 480> block{};
  pa_usec_t latency = 0;
  int negative = 0;
  const bool is_known = pa_stream_get_latency(stream, &latency, &negative) == 0 && negative == 0;
  const CaptureTime first = std::chrono::steady_clock::now() + std::chrono::microseconds(latency);
  for (std::size_t n = 0; n < samples; ++n) {
    const std::size_t at = played_ + n;
    const double phase = 2 * std::numbers::pi * kToneHz * static_cast<double>(at) / 48'000;
    const bool is_click = at % 48'000 < 240;
    block[n] = static_cast<float>((is_click ? 0.8 : 0.1) * std::sin(phase));
    if (at % 48'000 == 0 && is_known) {
      clicks_.push_back(first + std::chrono::microseconds(n * 1'000'000 / 48'000));
    }
  }
  pa_stream_write(stream, block.data(), samples * sizeof(float), nullptr, 0, PA_SEEK_RELATIVE);
  played_ += samples;
}

}  // namespace streamkit::desktop
