#include <chrono>
#include <streamkit/testing/media_conformance.hpp>
#include <thread>

#include "testing/findings.hpp"

namespace streamkit::testing {
namespace {

constexpr std::int64_t kFramesOfEndless = 30;
constexpr MediaTime kFarthestApart = std::chrono::milliseconds(500);

class SourceCheck {
 public:
  explicit SourceCheck(const SourceUnderTest& under_test) : test_(under_test) {}

  Violations run() {
    check_reading();
    check_stop();
    return std::move(findings_).take();
  }

 private:
  void check_reading() {
    auto source = test_.open();
    if (!findings_.expect_success(source, "opening a source")) return;
    const SourceFormat format = (*source)->format();
    check_format(format);
    const std::int64_t last = test_.frame_count.value_or(kFramesOfEndless);
    while (frames_ < last || test_.frame_count) {
      auto item = (*source)->read({});
      if (!findings_.expect_success(item, "read()")) return;
      if (std::holds_alternative<EndOfStream>(*item)) break;
      if (const auto* frame = std::get_if<VideoFrame>(&*item)) {
        check_frame(*frame, format.video);
      } else {
        check_audio(std::get<AudioFrame>(*item), format.audio);
      }
    }
    findings_.expect(frames_ == last, "the source gave " + std::to_string(frames_) +
                                          " frames, not " + std::to_string(last));
    if (test_.frame_count) check_end(**source, format);
  }

  void check_format(const SourceFormat& format) {
    const VideoFormat& video = format.video;
    findings_.expect(video.width_px >= 2 && video.width_px % 2 == 0 && video.height_px >= 2 &&
                         video.height_px % 2 == 0,
                     "the sides of the frames are not even");
    findings_.expect(video.frame_rate.valid(), "the frame rate is not valid");
    findings_.expect(format.audio.channels >= 1 && format.audio.sample_rate_hz > 0,
                     "the source has no audio");
  }

  void check_frame(const VideoFrame& frame, const VideoFormat& format) {
    const FrameRate rate = format.frame_rate;
    findings_.expect(frame.format == format, "a frame has another format than the source");
    findings_.expect(frame.pts == rate.time_of(frames_), "a frame is not at its time");
    findings_.expect(frame.duration == rate.time_of(frames_ + 1) - rate.time_of(frames_),
                     "a frame has a wrong duration");
    findings_.expect(frame.planes[0].data != nullptr && frame.planes[0].width_px == format.width_px,
                     "a frame has no pixels");
    ++frames_;
    check_distance(frame.pts, rate);
  }

  void check_audio(const AudioFrame& audio, const AudioFormat& format) {
    findings_.expect(audio.format == format, "audio has another format than the source");
    findings_.expect(audio.pts == from_ticks(samples_, 1, format.sample_rate_hz),
                     "audio is not at its time: there is a gap or an overlap");
    findings_.expect(audio.sample_count > 0 &&
                         audio.samples.size() == static_cast<std::size_t>(audio.sample_count) *
                                                     static_cast<std::size_t>(format.channels),
                     "an audio frame has not as many samples as it states");
    samples_ += audio.sample_count;
    sample_rate_hz_ = format.sample_rate_hz;
  }

  // Both tracks end apart at most as far as the last audio frame is long, so that the end is
  // checked on its own.
  void check_distance(MediaTime frame, FrameRate rate) {
    if (frames_ * rate.den < rate.num / 2) return;
    const MediaTime audio = from_ticks(samples_, 1, sample_rate_hz_);
    findings_.expect(frame - audio <= kFarthestApart,
                     "audio comes more than half a second after the frames of its time");
  }

  void check_end(Source& source, const SourceFormat& format) {
    const MediaTime video = format.video.frame_rate.time_of(frames_);
    const MediaTime audio = from_ticks(samples_, 1, format.audio.sample_rate_hz);
    findings_.expect(video - audio <= kFarthestApart && audio - video <= kFarthestApart,
                     "audio and video do not end at the same time");
    for (int i = 0; i < 2; ++i) {
      const auto item = source.read({});
      if (!findings_.expect_success(item, "read() after the end")) return;
      findings_.expect(std::holds_alternative<EndOfStream>(*item),
                       "read() returns something after EndOfStream");
    }
  }

  void check_stop() {
    auto source = test_.open();
    if (!findings_.expect_success(source, "opening a source again")) return;
    std::stop_source stop;
    std::jthread reader([&] {
      for (;;) {
        const auto item = (*source)->read(stop.get_token());
        if (item && !std::holds_alternative<EndOfStream>(*item)) continue;
        if (!item) findings_.expect_error(item, ErrorCode::Cancelled, "read() that is stopped");
        return;
      }
    });
    stop.request_stop();
    reader.join();
    findings_.expect_error((*source)->read(stop.get_token()), ErrorCode::Cancelled,
                           "read() with a stop token that was used");
  }

  const SourceUnderTest& test_;
  Findings findings_;
  std::int64_t frames_ = 0;
  std::int64_t samples_ = 0;
  int sample_rate_hz_ = 48'000;
};

}  // namespace

Violations check_source(const SourceUnderTest& under_test) { return SourceCheck(under_test).run(); }

}  // namespace streamkit::testing
