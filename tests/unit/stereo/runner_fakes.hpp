#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/stereo/stereo_runner.hpp>
#include <utility>
#include <vector>

#include "pictures.hpp"

// A file, an encoder and a sink in memory, each of which can be told to fail or to stop the run.
namespace streamkit::test {

/// Called before each use of a double; an error ends the run there.
using Trap = std::function<Result<void>(int use)>;

inline Trap no_trap() {
  return [](int) { return Result<void>(); };
}
inline Trap fail_at(int use, std::string message) {
  return [=](int i) -> Result<void> {
    if (i < use) return {};
    return Error{ErrorCode::Unavailable, message};
  };
}
inline Trap stop_at(int use, std::stop_source source) {
  return [=](int i) mutable -> Result<void> {
    if (i == use) source.request_stop();
    return {};
  };
}

class FakeReader final : public MediaReader {
 public:
  explicit FakeReader(std::vector<MediaItem> items) : items_(std::move(items)) {
    info_.video = format_of(16, 8);
  }

  MediaInfo info_;
  Trap trap = no_trap();
  /// After the last item waits for `stop` instead of ending.
  bool endless = false;
  std::atomic<int> reads = 0;

  const MediaInfo& info() const noexcept override { return info_; }
  Result<MediaItem> read(std::stop_token stop) override {
    const int index = reads++;
    if (auto trapped = trap(index); !trapped) return trapped.error();
    if (static_cast<std::size_t>(index) < items_.size())
      return items_[static_cast<std::size_t>(index)];
    if (endless) {
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait(lock, stop, [] { return false; });
      return Error{ErrorCode::Cancelled, "reading stopped"};
    }
    return MediaItem(EndOfStream{});
  }

 private:
  const std::vector<MediaItem> items_;
};

class FakeEstimator final : public DepthEstimator {
 public:
  Trap trap = no_trap();
  int estimates = 0;
  int resets = 0;
  Trap load_trap = no_trap();
  std::vector<Bytes> loaded;
  std::size_t batch_size = 1;
  std::vector<std::size_t> batches;

  std::size_t batch() const noexcept override { return batch_size; }
  Result<void> estimate_batch(std::span<const VideoFrame> frames,
                              std::span<DepthMap> depths) override {
    batches.push_back(frames.size());
    return DepthEstimator::estimate_batch(frames, depths);
  }
  Result<void> estimate(const VideoFrame&, DepthMap& depth) override {
    depth = flat_depth(0.5F);
    return trap(estimates++);
  }
  void reset() override { ++resets; }
  Bytes save_state() const override { return {static_cast<std::uint8_t>(estimates)}; }
  Result<void> load_state(std::span<const std::uint8_t> state) override {
    reset();
    loaded.emplace_back(state.begin(), state.end());
    return load_trap(0);
  }
};

class FakeRenderer final : public StereoRenderer {
 public:
  Trap trap = no_trap();
  int renders = 0;

  Result<VideoFormat> output_format(const VideoFormat& source) const override {
    return packed_format(StereoMode::FullSbs, source);
  }
  Result<VideoFrame> render(const VideoFrame& frame, const DepthMap&) override {
    if (auto trapped = trap(renders++); !trapped) return trapped.error();
    VideoFrame packed = frame;
    packed.format = packed_format(StereoMode::FullSbs, frame.format);
    return packed;
  }
};

/// What the encoders of a run share with the test.
struct EncoderScript {
  Trap trap = no_trap();
  Trap flush_trap = no_trap();
  std::atomic<int> pushes = 0;
  std::vector<VideoFormat> opened = {};
  /// A sum over each picture's luma.
  std::vector<std::uint64_t> pictures = {};
};

/// A packet for each picture, two pictures late; the packet's bytes name its picture.
class FakeEncoder final : public Encoder {
 public:
  FakeEncoder(const VideoFormat& format, EncoderScript& script) : script_(script) {
    tracks_.video = VideoTrack{"h264", format, {1, 2, 3}};
  }
  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<std::vector<Packet>> push(const VideoFrame& frame) override {
    if (auto trapped = script_.trap(script_.pushes++); !trapped) return trapped.error();
    script_.pictures.push_back(luma_sum(frame));
    waiting_.push_back({TrackKind::Video, frame.pts, frame.pts, frame.duration, next_ == 0,
                        Bytes{static_cast<std::uint8_t>(next_)}});
    ++next_;
    return take(2);
  }
  Result<std::vector<Packet>> push(const AudioFrame&) override {
    return Error{ErrorCode::InvalidArgument, "opened without sound"};
  }
  Result<std::vector<Packet>> flush() override {
    if (auto trapped = script_.flush_trap(0); !trapped) return trapped.error();
    return take(0);
  }

 private:
  static std::uint64_t luma_sum(const VideoFrame& frame) {
    std::uint64_t sum = 0;
    const VideoPlane& plane = frame.planes[0];
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) sum = sum * 31 + plane.row(y)[x];
    }
    return sum;
  }

  std::vector<Packet> take(std::size_t keep) {
    std::vector<Packet> packets;
    while (waiting_.size() > keep) {
      packets.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return packets;
  }

  EncoderScript& script_;
  Tracks tracks_;
  std::deque<Packet> waiting_;
  int next_ = 0;
};

class MemorySink final : public PacketSink {
 public:
  Trap open_trap = no_trap();
  Trap trap = no_trap();
  std::vector<Tracks> opened;
  std::vector<Packet> packets;

  Result<void> open(const Tracks& tracks) override {
    opened.push_back(tracks);
    return open_trap(0);
  }
  Result<void> write(Packet packet) override {
    if (auto trapped = trap(static_cast<int>(packets.size())); !trapped) return trapped.error();
    packets.push_back(std::move(packet));
    return {};
  }
  std::vector<Packet> of(TrackKind track) const {
    std::vector<Packet> found;
    std::copy_if(packets.begin(), packets.end(), std::back_inserter(found),
                 [=](const Packet& packet) { return packet.track == track; });
    return found;
  }
};

}  // namespace streamkit::test
