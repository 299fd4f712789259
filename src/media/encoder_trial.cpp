#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <iterator>
#include <mutex>
#include <optional>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/frame_pool.hpp>
#include <thread>

#include "media/annex_b.hpp"
#include "media/encoder_choice.hpp"

// A driver that hangs cannot be stopped from within a process. Each trial therefore runs on a
// thread that shares nothing with its caller but a Trial, which both own.
namespace streamkit::media {
namespace {

// The processor takes its time on a busy machine, but does not hang.
constexpr std::chrono::seconds kHardwareLimit(5);
constexpr std::chrono::seconds kSoftwareLimit(120);
constexpr int kMostFrames = 240;

class Trial {
 public:
  void finish(EncoderReport report) {
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
    done_.notify_all();
  }
  // Returns nothing if it did not finish in time.
  std::optional<EncoderReport> wait(std::chrono::seconds limit, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    done_.wait_for(lock, stop, limit, [&] { return report_.has_value(); });
    return report_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any done_;
  std::optional<EncoderReport> report_;  // guarded by mutex_
};

// One bit for each of encoder_backends(): a trial of it hangs in this process.
std::atomic<std::uint32_t> g_hanging{0};

std::uint32_t bit_of(const EncoderBackend& backend) {
  const auto all = encoder_backends();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::strcmp(all[i].name, backend.name) == 0) return std::uint32_t{1} << i;
  }
  return 0;
}

// Returns frame `n` of stripes that move, which cost an encoder some work.
VideoFrame striped_frame(FramePool& pool, const VideoFormat& format, int n) {
  WritableFrame frame = pool.acquire(format);
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      std::memset(plane.row(y), p == 0 ? 40 + (y * 3 + n * 5) % 160 : 128,
                  static_cast<std::size_t>(plane.width_px));
    }
  }
  const FrameRate rate = format.frame_rate;
  return std::move(frame).publish(rate.time_of(n), rate.time_of(n + 1) - rate.time_of(n));
}

// Returns which guarantee the packets break; empty if none.
std::string broken_guarantee(const std::vector<Packet>& packets, int frames, ChunkGrid grid,
                             const EncoderBackend& backend) {
  if (packets.size() != static_cast<std::size_t>(frames)) {
    return "it wrote " + std::to_string(packets.size()) + " frames of " + std::to_string(frames);
  }
  MediaTime previous{-1};
  for (const Packet& packet : packets) {
    if (packet.pts <= previous || packet.dts != packet.pts) return "it reorders frames";
    const bool boundary = previous < MediaTime{0} || grid.starts_chunk(previous, packet.pts);
    if (boundary != is_idr(packet.data, backend.codec)) {
      return boundary ? "it does not place a keyframe where one is demanded"
                      : "it places keyframes where none is demanded";
    }
    if (boundary && parameter_sets(packet.data, backend.codec).empty()) {
      return "it writes keyframes without parameter sets";
    }
    previous = packet.pts;
  }
  return {};
}

// Returns the message without the name of the encoder and the advice, which stand beside it.
std::string bare_reason(const EncoderBackend& backend, std::string message) {
  const std::string prefix = "the encoder " + std::string(backend.name) + " does not work: ";
  if (message.starts_with(prefix)) message.erase(0, prefix.size());
  const std::size_t advice = message.rfind("; or use the encoder ");
  if (advice != std::string::npos) message.erase(advice);
  return message;
}

EncoderReport run_trial(const EncoderBackend& backend, const VideoFormat& format) {
  EncoderReport report{.name = backend.name, .hardware = backend.hardware()};
  const ChunkGrid grid{kMinChunkDuration};
  const EncoderOptions options{.chunk_duration = grid.chunk_duration};
  auto encoder = open_encoder_with(backend, options, format, {});
  if (!encoder) {
    report.reason = bare_reason(backend, std::move(encoder).error().message);
    return report;
  }
  FramePool pool;
  std::vector<Packet> packets;
  const auto take = [&](Result<std::vector<Packet>> more) {
    if (!more) report.reason = std::move(more).error().message;
    if (more) std::move(more->begin(), more->end(), std::back_inserter(packets));
    return report.reason.empty();
  };
  const int frames = std::clamp(static_cast<int>(format.frame_rate.hz() + 0.5), 2, kMostFrames);
  const auto started = std::chrono::steady_clock::now();
  for (int n = 0; n < frames; ++n) {
    if (!take((*encoder)->push(striped_frame(pool, format, n)))) return report;
  }
  if (!take((*encoder)->flush())) return report;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  report.reason = broken_guarantee(packets, frames, grid, backend);
  report.works = report.reason.empty();
  if (report.works) report.frames_per_second = frames / std::max(spent.count(), 1e-6);
  return report;
}

}  // namespace

EncoderReport try_encoder(const EncoderBackend& backend, const VideoFormat& format,
                          std::stop_token stop) {
  EncoderReport report{.name = backend.name, .hardware = backend.hardware()};
  const std::uint32_t bit = bit_of(backend);
  if (stop.stop_requested()) {
    report.reason = "it was not tried";
    return report;
  }
  if ((g_hanging.load() & bit) != 0) {
    report.reason = "an earlier trial hangs in its driver; restart the program to try it again";
    return report;
  }
  const auto trial = std::make_shared<Trial>();
  g_hanging |= bit;
  std::thread worker([trial, backend, format, bit] {
    EncoderReport found = run_trial(backend, format);
    g_hanging &= ~bit;
    trial->finish(std::move(found));
  });
  if (auto finished = trial->wait(backend.hardware() ? kHardwareLimit : kSoftwareLimit, stop)) {
    worker.join();
    return *std::move(finished);
  }
  worker.detach();
  report.reason = stop.stop_requested()
                      ? "its trial was stopped"
                      : "its driver hangs: it encoded no second of video in five seconds";
  return report;
}

}  // namespace streamkit::media
