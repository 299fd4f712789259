#include <algorithm>
#include <optional>
#include <span>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/core/contained.hpp>
#include <streamkit/stereo/stereo_runner.hpp>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "stereo/frame_reducer.hpp"

namespace streamkit::stereo {
namespace {

// What is passed between stages: an item, or the error that ended the previous stage.
using Passed = Result<MediaItem>;
using Queue = BoundedQueue<Passed>;

// The number of audio packets is bounded too. Audio packets are small and many, so a frame weighs
// as much as this number of them.
constexpr std::size_t kPictureWeight = 64;
std::size_t weigh(const Passed& passed) {
  return passed && std::holds_alternative<VideoFrame>(*passed) ? kPictureWeight : 1;
}

bool is_last(const Passed& passed) {
  return !passed || std::holds_alternative<EndOfStream>(*passed);
}

// Runs one stage on its thread: what it throws ends the stream with an error.
template <typename Stage>
void run_stage(Stage&& stage, Queue& out, const std::stop_token& stop) {
  const Result<void> done = contained([&]() -> Result<void> {
    stage();
    return {};
  });
  // Without memory for this, the stream ends without a last item, which is an error too.
  if (!done) {
    static_cast<void>(contained([&]() -> Result<void> {
      static_cast<void>(out.push(done.error(), stop));
      return {};
    }));
  }
  out.close();
}

void decode_all(MediaReader& reader, Queue& out, const std::stop_token& stop) {
  for (;;) {
    Passed item = reader.read(stop);
    const bool last = is_last(item);
    if (!out.push(std::move(item), stop) || last) break;
  }
}

// Passes the estimator as many frames per call as it prefers; items between them wait with them.
class Rendering {
 public:
  explicit Rendering(const StereoRunnerParts& parts)
      : parts_(parts), batch_(std::max<std::size_t>(parts.estimator.batch(), 1)) {}

  void run(Queue& in, Queue& out, const std::stop_token& stop) {
    while (std::optional<Passed> item = in.pop(stop)) {
      const bool last = is_last(*item);
      if (!last) {
        take(std::move(**item));
        if (!is_full()) continue;
      }
      if (!render_waiting(out, stop)) break;
      if (last) {
        static_cast<void>(out.push(std::move(*item), stop));
        break;
      }
    }
  }

 private:
  void take(MediaItem item) {
    if (auto* frame = std::get_if<VideoFrame>(&item)) pictures_.push_back(reducer_.reduce(*frame));
    waiting_.push_back(std::move(item));
  }

  // Without frames, nothing waits. With few frames, the number of waiting audio packets stays
  // bounded.
  [[nodiscard]] bool is_full() const {
    return pictures_.empty() || pictures_.size() >= batch_ ||
           waiting_.size() >= batch_ * kPictureWeight;
  }

  // Renders the waiting items. Returns false at the end.
  bool render_waiting(Queue& out, std::stop_token stop) {
    if (auto done = estimate(); !done) {
      static_cast<void>(out.push(done.error().with_context("depth"), stop));
      return false;
    }
    std::size_t picture = 0;
    for (MediaItem& waiting : waiting_) {
      Passed item = std::move(waiting);
      if (std::holds_alternative<VideoFrame>(*item)) {
        item = render(std::get<VideoFrame>(*item), depths_[picture++]);
      }
      const bool failed = !item;
      if (!out.push(std::move(item), stop) || failed) return false;
    }
    waiting_.clear();
    return true;
  }

  Result<void> estimate() {
    if (pictures_.empty()) return {};
    depths_.resize(std::max(depths_.size(), pictures_.size()));
    const std::span depths = std::span(depths_).first(pictures_.size());
    Result<void> done = parts_.estimator.estimate_batch(pictures_, depths);
    pictures_.clear();
    return done;
  }

  Passed render(const VideoFrame& frame, const DepthMap& depth) {
    Result<VideoFrame> packed = parts_.renderer.render(frame, depth);
    if (!packed) return packed.error().with_context("views");
    return MediaItem(std::move(*packed));
  }

  const StereoRunnerParts& parts_;
  const std::size_t batch_;
  std::vector<MediaItem> waiting_;
  FrameReducer reducer_;
  std::vector<VideoFrame> pictures_;  // of 8 bits, which depth needs
  std::vector<DepthMap> depths_;
};

class Writing {
 public:
  Writing(Encoder& encoder, PacketSink& sink, const RunOptions& options, const VideoFormat& format)
      : encoder_(encoder), sink_(sink), options_(options) {
    stats_.video = format;
  }

  Result<void> take(MediaItem item) {
    if (auto* packet = std::get_if<Packet>(&item)) return write_audio(std::move(*packet));
    return encode(std::get<VideoFrame>(item));
  }

  Result<void> flush() {
    if (stats_.video_frames == 0) {
      return Error{ErrorCode::CorruptData, "the video contains no frame"};
    }
    return write(encoder_.flush());
  }

  [[nodiscard]] const RunStats& stats() const { return stats_; }

 private:
  Result<void> write_audio(Packet packet) {
    ++stats_.audio_packets;
    return sink_.write(std::move(packet));
  }

  Result<void> encode(const VideoFrame& frame) {
    if (stats_.video_frames == 0) start_ = frame.pts;
    ++stats_.video_frames;
    stats_.duration = frame.pts + frame.duration - start_;
    if (auto done = write(encoder_.push(frame)); !done) return done;
    if (options_.on_progress) options_.on_progress({stats_.video_frames, stats_.duration});
    return {};
  }

  Result<void> write(Result<std::vector<Packet>> packets) {
    if (!packets) return packets.error().with_context("encode");
    for (Packet& packet : *packets) {
      if (auto done = sink_.write(std::move(packet)); !done) return done;
    }
    return {};
  }

  Encoder& encoder_;
  PacketSink& sink_;
  const RunOptions& options_;
  RunStats stats_;
  MediaTime start_{0};
};

// Stops both threads on every return from the run, before they are joined.
class Stages {
 public:
  Stages(MediaReader& reader, const StereoRunnerParts& parts, std::size_t queue_frames,
         std::stop_token caller)
      : decoded_(queue_frames * kPictureWeight, weigh),
        rendered_(queue_frames * kPictureWeight, weigh),
        on_caller_stop_(caller, Stop{ending_}),
        decoder_([&] {
          const std::stop_token stop = ending_.get_token();
          run_stage([&] { decode_all(reader, decoded_, stop); }, decoded_, stop);
        }),
        renderer_([&] {
          const std::stop_token stop = ending_.get_token();
          run_stage([&] { Rendering(parts).run(decoded_, rendered_, stop); }, rendered_, stop);
        }) {}
  ~Stages() { ending_.request_stop(); }

  // Returns no value once stopped.
  std::optional<Passed> next() { return rendered_.pop(ending_.get_token()); }

 private:
  struct Stop {
    std::stop_source& ending;
    void operator()() const noexcept { ending.request_stop(); }
  };

  std::stop_source ending_;
  Queue decoded_;
  Queue rendered_;
  std::stop_callback<Stop> on_caller_stop_;
  std::jthread decoder_;
  std::jthread renderer_;
};

}  // namespace

Result<RunStats> StereoRunner::run(MediaReader& reader, PacketSink& sink, const RunOptions& options,
                                   std::stop_token stop) {
  return contained([&] { return run_stages(reader, sink, options, stop); });
}

Result<RunStats> StereoRunner::run_stages(MediaReader& reader, PacketSink& sink,
                                          const RunOptions& options, const std::stop_token& stop) {
  const Error cancelled{ErrorCode::Cancelled, "conversion stopped"};
  if (stop.stop_requested()) return cancelled;
  const Result<VideoFormat> format = parts_.renderer.output_format(reader.info().video);
  if (!format) return format.error();
  const Result<std::unique_ptr<Encoder>> encoder = parts_.make_encoder(*format);
  if (!encoder) return encoder.error();
  if (auto done = sink.open({(*encoder)->tracks().video, reader.info().audio}); !done) {
    return done.error();
  }
  const Result<void> depth_loaded = parts_.estimator.load_state(options.depth_state);
  const Result<void> views_loaded = parts_.renderer.load_state(options.view_state);

  Writing writing(**encoder, sink, options, *format);
  {
    Stages stages(reader, parts_, std::max<std::size_t>(options.queue_frames, 1), stop);
    for (;;) {
      std::optional<Passed> item = stages.next();
      if (stop.stop_requested()) return cancelled;
      if (!item) return Error{ErrorCode::ResourceExhausted, "a stage ended for want of memory"};
      if (!*item) return item->error();
      if (std::holds_alternative<EndOfStream>(**item)) break;
      if (auto done = writing.take(std::move(**item)); !done) return done.error();
    }
  }
  if (auto done = writing.flush(); !done) return done.error();
  RunStats stats = writing.stats();
  stats.depth_state = parts_.estimator.save_state();
  stats.view_state = parts_.renderer.save_state();
  if (!views_loaded) stats.state_refused = views_loaded.error().with_context("views");
  if (!depth_loaded) stats.state_refused = depth_loaded.error().with_context("depth");
  return stats;
}

}  // namespace streamkit::stereo
