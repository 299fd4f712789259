#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/media/decoder.hpp>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/media/ladder.hpp>
#include <thread>
#include <utility>

#include "media/rung_encoder.hpp"

namespace streamkit::media {
namespace {

// Packets that wait for the decoder: some seconds. Later ones are left out up to a keyframe.
constexpr std::size_t kMostWaitingPackets = 120;
// Keyframes are forced one by one.
constexpr MediaTime kForcedOnly = std::chrono::hours(24 * 365);
constexpr MediaTime kLongestGap = std::chrono::seconds(10);
constexpr std::string_view kAuto = "auto";
constexpr MediaTime kBackwards = std::chrono::milliseconds(500);

struct CodedItem {
  Packet packet;
  bool starts_over = false;  // the timeline breaks
};

class RunningLadder final : public Ladder {
 public:
  explicit RunningLadder(LadderOptions options)
      : options_(std::move(options)), coded_(kMostWaitingPackets) {}
  ~RunningLadder() override;

  Result<void> open(const Tracks& source);
  const std::vector<CmafTrack>& tracks() const noexcept override { return tracks_; }
  Result<std::vector<LadderPacket>> push(Packet packet) override;
  Result<std::vector<LadderPacket>> take() override;
  Result<std::vector<LadderPacket>> flush() override;
  std::vector<LadderRungStats> stats() const override;

 private:
  Result<void> open_rungs(const Tracks& source);
  Result<void> choose_encoders();
  Result<void> add_encoder(const LadderRung& rung, std::size_t room);
  void offer_to_decoder(Packet packet);
  void decode(const std::stop_token& stop);
  Result<void> decode_one(const CodedItem& item);
  void offer_frames(const std::vector<VideoFrame>& frames);
  [[nodiscard]] bool is_keyframe(const VideoFrame& frame);
  void put(std::size_t track, Result<std::vector<Packet>> packets);

  const LadderOptions options_;
  std::vector<CmafTrack> tracks_;
  std::optional<VideoTrack> source_;
  VideoFormat format_;
  std::string encoder_;
  bool copies_ = false;
  std::optional<std::size_t> audio_track_;

  // Of the thread that pushes.
  std::uint64_t copied_ = 0;
  bool begun_ = false;        // a keyframe was seen
  bool skips_ = true;         // up to a keyframe
  bool starts_over_ = false;  // with the next packet that is decoded
  std::optional<MediaTime> last_dts_;

  // Of the decoder's thread.
  std::unique_ptr<Decoder> decoder_;
  std::deque<MediaTime> source_keyframes_;
  std::optional<MediaTime> last_keyframe_;

  mutable std::mutex mutex_;
  // Guarded by mutex_
  std::vector<LadderPacket> ready_;
  std::optional<Error> failure_;

  BoundedQueue<CodedItem> coded_;
  std::vector<std::unique_ptr<RungEncoder>> encoders_;
  std::jthread thread_;
};

RunningLadder::~RunningLadder() {
  // The decoder's thread uses the encoders.
  coded_.close();
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Result<void> RunningLadder::open(const Tracks& source) {
  if (!source.video) return Error{ErrorCode::InvalidArgument, "a ladder needs a video track"};
  if (options_.rungs.empty()) return Error{ErrorCode::InvalidArgument, "a ladder needs a rung"};
  if (options_.max_waiting_frames < 4) {
    return Error{ErrorCode::InvalidArgument, "4 frames or more must be able to wait"};
  }
  if (options_.keyframe_interval < std::chrono::milliseconds(100)) {
    return Error{ErrorCode::InvalidArgument, "keyframes must be 0.1 s or more apart"};
  }
  source_ = source.video;
  // Each thread of a decoder delays its frames by one.
  auto decoder = open_decoder(*source.video, {.threads = 1});
  if (!decoder) return decoder.error();
  decoder_ = std::move(*decoder);
  format_ = decoder_->format();
  if (auto opened = open_rungs(source); !opened) return opened;
  if (source.audio) {
    audio_track_ = tracks_.size();
    tracks_.push_back({"a0", *source.audio});
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { decode(stop); });
  return {};
}

Result<void> RunningLadder::open_rungs(const Tracks& source) {
  auto rungs = options_.rungs;
  std::sort(rungs.begin(), rungs.end(),
            [](const LadderRung& a, const LadderRung& b) { return a.height_px > b.height_px; });
  // Frames are never enlarged: of the rungs that are not below the source, one is left.
  const auto below = std::find_if(rungs.begin(), rungs.end(), [this](const LadderRung& rung) {
    return rung.height_px < format_.height_px;
  });
  const bool has_top = below != rungs.begin();
  LadderRung top{format_.height_px, has_top ? (below - 1)->bit_rate_bps : 0};
  rungs.erase(rungs.begin(), below);
  copies_ = has_top && options_.copy_top && source.video->codec == "h264";
  if (copies_) {
    tracks_.push_back({"v0", *source.video});
  } else if (has_top) {
    rungs.insert(rungs.begin(), top);
  }
  if (auto chosen = choose_encoders(); !chosen) return chosen;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    // The lowest rung is the one that viewers need most.
    const std::size_t left = options_.max_waiting_frames;
    const std::size_t room = left / 2 + left / 2 * (i + 1) / rungs.size();
    if (auto added = add_encoder(rungs[i], std::max<std::size_t>(room, 2)); !added) return added;
  }
  return {};
}

// Trying encoders takes its time: once for all rungs.
Result<void> RunningLadder::choose_encoders() {
  encoder_ = options_.encoder;
  if (encoder_ != kAuto) return {};
  EncoderOptions options;
  options.encoder = encoder_;
  auto name = choose_encoder(options, format_);
  if (!name) return name.error();
  encoder_ = std::move(*name);
  return {};
}

Result<void> RunningLadder::add_encoder(const LadderRung& rung, std::size_t room) {
  EncoderOptions options;
  options.chunk_duration = kForcedOnly;
  options.preset = options_.preset;
  options.encoder = encoder_;
  options.height_px = rung.height_px;
  options.threads = 1;
  options.video_bit_rate_bps = rung.bit_rate_bps > 0
                                   ? rung.bit_rate_bps
                                   : default_bit_rate_bps(rung.height_px, format_.frame_rate);
  const std::size_t track = tracks_.size();
  const auto open = [&] {
    return RungEncoder::open(options, format_, room,
                             [this, track](auto packets) { put(track, std::move(packets)); });
  };
  auto encoder = open();
  if (!encoder && options_.encoder == kAuto) {
    // Hardware takes a limited number of streams, and of sizes.
    options.encoder = "software";
    encoder = open();
  }
  if (!encoder) return encoder.error().with_context(std::to_string(rung.height_px) + " lines");
  tracks_.push_back({"v" + std::to_string(track), (*encoder)->track()});
  encoders_.push_back(std::move(*encoder));
  return {};
}

Result<std::vector<LadderPacket>> RunningLadder::push(Packet packet) {
  std::vector<LadderPacket> passed;
  if (packet.track == TrackKind::Audio) {
    if (audio_track_) passed.push_back({*audio_track_, std::move(packet)});
  } else {
    if (copies_) {
      passed.push_back({0, packet});
      ++copied_;
    }
    offer_to_decoder(std::move(packet));
  }
  auto ready = take();
  if (!ready) return ready;
  passed.insert(passed.end(), std::make_move_iterator(ready->begin()),
                std::make_move_iterator(ready->end()));
  return passed;
}

void RunningLadder::offer_to_decoder(Packet packet) {
  const MediaTime step = last_dts_ ? packet.dts - *last_dts_ : MediaTime{0};
  last_dts_ = packet.dts;
  if (step > kLongestGap || step < -kBackwards) starts_over_ = skips_ = true;
  // Only this thread adds packets. What comes before a keyframe cannot be decoded.
  if (coded_.size() >= kMostWaitingPackets) {
    skips_ = true;
  } else if (packet.keyframe) {
    skips_ = false;
    begun_ = true;
  }
  if (skips_) {
    for (const auto& encoder : encoders_) encoder->count_dropped(begun_ ? 1 : 0);
    return;
  }
  (void)coded_.push({std::move(packet), std::exchange(starts_over_, false)});
}

void RunningLadder::decode(const std::stop_token& stop) {
  while (const auto item = coded_.pop(stop)) {
    if (auto decoded = decode_one(*item); !decoded) return put(0, decoded.error());
  }
  if (stop.stop_requested()) return;
  // An error at the end means that there was nothing to decode.
  if (auto rest = decoder_->flush()) offer_frames(*rest);
}

Result<void> RunningLadder::decode_one(const CodedItem& item) {
  if (item.starts_over) {
    if (auto rest = decoder_->flush()) offer_frames(*rest);
    auto decoder = open_decoder(*source_, {.threads = 1});
    if (!decoder) return decoder.error();
    decoder_ = std::move(*decoder);
    source_keyframes_.clear();
    last_keyframe_.reset();
  }
  if (item.packet.keyframe) source_keyframes_.push_back(item.packet.pts);
  auto frames = decoder_->push(item.packet);
  if (!frames) return frames.error();
  offer_frames(*frames);
  return {};
}

// Where the top rung is copied, keyframes are where the source has them, too.
bool RunningLadder::is_keyframe(const VideoFrame& frame) {
  const MediaTime half = format_.frame_rate.frame_duration() / 2;
  bool source_has = false;
  while (!source_keyframes_.empty() && source_keyframes_.front() <= frame.pts) {
    source_keyframes_.pop_front();
    source_has = true;
  }
  if (!last_keyframe_ || (copies_ && source_has)) {
    last_keyframe_ = frame.pts;
    return true;
  }
  if (frame.pts + half < *last_keyframe_ + options_.keyframe_interval) return false;
  // The grid begins with the first frame, or with the source's last keyframe.
  const auto steps = (frame.pts + half - *last_keyframe_) / options_.keyframe_interval;
  last_keyframe_ = *last_keyframe_ + steps * options_.keyframe_interval;
  return true;
}

void RunningLadder::offer_frames(const std::vector<VideoFrame>& frames) {
  for (const VideoFrame& frame : frames) {
    const bool keyframe = is_keyframe(frame);
    for (const auto& encoder : encoders_) encoder->offer(frame, keyframe);
  }
}

void RunningLadder::put(std::size_t track, Result<std::vector<Packet>> packets) {
  {
    std::lock_guard lock(mutex_);
    if (!packets) {
      if (!failure_) failure_ = packets.error();
    } else {
      for (Packet& packet : *packets) ready_.push_back({track, std::move(packet)});
    }
  }
  if (options_.on_output) options_.on_output();
}

Result<std::vector<LadderPacket>> RunningLadder::take() {
  std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  return std::exchange(ready_, {});
}

Result<std::vector<LadderPacket>> RunningLadder::flush() {
  coded_.close();
  if (thread_.joinable()) thread_.join();
  for (const auto& encoder : encoders_) encoder->finish();
  return take();
}

std::vector<LadderRungStats> RunningLadder::stats() const {
  std::vector<LadderRungStats> all;
  if (copies_) all.push_back({"v0", format_.height_px, true, copied_, 0});
  for (const auto& encoder : encoders_) {
    const std::string& name = tracks_[all.size()].name;
    all.push_back(
        {name, encoder->track().format.height_px, false, encoder->frames(), encoder->dropped()});
  }
  return all;
}

}  // namespace

Result<std::unique_ptr<Ladder>> Ladder::open(const Tracks& source, LadderOptions options) {
  auto ladder = std::make_unique<RunningLadder>(std::move(options));
  if (auto opened = ladder->open(source); !opened) return opened.error();
  return std::unique_ptr<Ladder>(std::move(ladder));
}

}  // namespace streamkit::media
