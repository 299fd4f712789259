#include "capture/connection_inputs.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <utility>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr AudioFormat kSound{48'000, 2};
// The clock of a stream is moved by less.
constexpr nanoseconds kAudioGap = milliseconds(40);
constexpr nanoseconds kCountedGap = milliseconds(250);
// Frames of screens and slow cameras are far apart without one missing.
constexpr nanoseconds kCountedVideoGap = std::chrono::seconds(1);

std::unique_ptr<media::TrackDecoder> decoder_of(LiveBegin& begin, const VideoFrame* /*kind*/) {
  return std::move(begin.pictures);
}
std::unique_ptr<LiveSoundDecoder> decoder_of(LiveBegin& begin, const AudioFrame* /*kind*/) {
  return std::move(begin.sound);
}

/// Decodes the packets of one track, and holds each frame until it is due.
template <typename Decoder, typename Frame>
class TrackReader {
 public:
  struct Timed {
    CaptureTime time;
    Frame frame;
  };
  using Item = std::variant<Timed, InputEvent, EndOfStream>;

  TrackReader(std::shared_ptr<LiveConnection> connection, TrackKind track)
      : connection_(std::move(connection)), track_(track) {}
  ~TrackReader() { connection_->leave_out(track_); }
  [[nodiscard]] LiveConnection& connection() const noexcept { return *connection_; }

  Result<Item> read(const std::stop_token& stop) {
    for (;;) {
      if (!frames_.empty()) {
        auto due = connection_->wait_for(*clock_, frames_.front().pts, stop);
        if (!due) return due.error();
        Frame frame = std::move(frames_.front());
        frames_.pop_front();
        if (*due) return Item(Timed{**due, std::move(frame)});
        continue;
      }
      if (after_) {
        if (auto item = follow(*std::exchange(after_, {}))) return std::move(*item);
        continue;
      }
      if (auto taken = take(stop); !taken) return taken.error();
    }
  }

 private:
  Result<void> take(const std::stop_token& stop) {
    auto item = connection_->next(track_, stop);
    if (!item) return item.error();
    if (const auto* packet = std::get_if<media::PacketPtr>(&*item)) {
      if (decoder_ == nullptr) return {};
      auto frames = decoder_->push(**packet);
      if (!frames) return frames.error();
      keep(std::move(*frames));
      return {};
    }
    const auto* event = std::get_if<InputEvent>(&*item);
    const bool ends = event == nullptr || event->state == InputState::Lost;
    if (ends && decoder_ != nullptr) {
      auto rest = decoder_->flush();  // fails if there was no frame at all
      if (rest) keep(std::move(*rest));
      decoder_.reset();
    }
    after_ = std::move(*item);
    return {};
  }

  void keep(std::vector<Frame> frames) {
    for (Frame& frame : frames) frames_.push_back(std::move(frame));
  }

  // Returns no value if more is to be read.
  std::optional<Result<Item>> follow(LiveItem item) {
    if (auto* begin = std::get_if<LiveBegin>(&item)) {
      clock_ = begin->clock;
      decoder_ = decoder_of(*begin, static_cast<const Frame*>(nullptr));
      return {};
    }
    if (auto* event = std::get_if<InputEvent>(&item)) return Result<Item>(std::move(*event));
    if (const auto* failure = std::get_if<Error>(&item)) return Result<Item>(*failure);
    return Result<Item>(EndOfStream{});
  }

  const std::shared_ptr<LiveConnection> connection_;
  const TrackKind track_;
  std::shared_ptr<LiveClock> clock_;
  std::unique_ptr<Decoder> decoder_;
  std::deque<Frame> frames_;
  std::optional<LiveItem> after_;  // follows the frames
};

class ConnectionVideo final : public VideoInput {
 public:
  explicit ConnectionVideo(std::shared_ptr<LiveConnection> connection)
      : format_(*connection->video()), reader_(std::move(connection), TrackKind::Video) {}

  const VideoFormat& format() const noexcept override { return format_; }

  Result<LiveVideoItem> read(std::stop_token stop) override {
    for (;;) {
      auto item = reader_.read(stop);
      if (!item) return item.error();
      if (auto* event = std::get_if<InputEvent>(&*item)) return LiveVideoItem(std::move(*event));
      auto* frame = std::get_if<decltype(reader_)::Timed>(&*item);
      if (frame == nullptr) return LiveVideoItem(EndOfStream{});
      // What was shown already, as of a playlist that was opened again.
      if (last_ && frame->time <= *last_) continue;
      const bool is_missed = last_ && frame->time - *last_ > kCountedVideoGap;
      if (is_missed && !reader_.connection().has_audio()) {
        reader_.connection().count_gap(frame->time - *last_);
      }
      last_ = frame->time;
      return LiveVideoItem(LiveFrame{frame->time, std::move(frame->frame)});
    }
  }

 private:
  const VideoFormat format_;
  TrackReader<media::TrackDecoder, VideoFrame> reader_;
  std::optional<CaptureTime> last_;
};

class ConnectionAudio final : public AudioInput {
 public:
  explicit ConnectionAudio(std::shared_ptr<LiveConnection> connection)
      : reader_(std::move(connection), TrackKind::Audio) {}

  const AudioFormat& format() const noexcept override { return kSound; }

  Result<LiveAudioItem> read(std::stop_token stop) override {
    for (;;) {
      auto item = reader_.read(stop);
      if (!item) return item.error();
      if (auto* event = std::get_if<InputEvent>(&*item)) return LiveAudioItem(std::move(*event));
      auto* run = std::get_if<decltype(reader_)::Timed>(&*item);
      if (run == nullptr) return LiveAudioItem(EndOfStream{});
      const auto length = std::chrono::duration_cast<nanoseconds>(run->frame.duration());
      const nanoseconds missing = end_ ? run->time - *end_ : nanoseconds(0);
      // What was heard already, as of a playlist that was opened again.
      if (missing < -kAudioGap) continue;
      if (missing > kCountedGap) reader_.connection().count_gap(missing);
      end_ = run->time + length;
      return LiveAudioItem(LiveAudio{run->time, std::move(run->frame), missing > kAudioGap});
    }
  }

 private:
  TrackReader<LiveSoundDecoder, AudioFrame> reader_;
  std::optional<CaptureTime> end_;
};

}  // namespace

std::unique_ptr<VideoInput> video_of(std::shared_ptr<LiveConnection> connection) {
  return std::make_unique<ConnectionVideo>(std::move(connection));
}

std::unique_ptr<AudioInput> audio_of(std::shared_ptr<LiveConnection> connection) {
  return std::make_unique<ConnectionAudio>(std::move(connection));
}

}  // namespace streamkit::capture
