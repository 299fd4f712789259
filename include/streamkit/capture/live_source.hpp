#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/source.hpp>
#include <string>
#include <vector>

namespace streamkit::capture {

/// Decides which frames are dropped while the reader is slower than frames come.
enum class DropPolicy {
  Oldest,  ///< The frame that has waited longest: the stream stays close to the present.
  Newest   ///< The frame that has just come, until there is room: what waits stays complete.
};

struct STREAMKIT_API LiveSourceOptions {
  /// Frame rate of the output. 1 to 240 Hz.
  FrameRate frame_rate = {};
  /// Size of the output: even, 16 to 8192; 0 and 0: that of the input, rounded to even. Frames of
  /// another size are scaled with their aspect kept, on black.
  int width_px = 0;
  int height_px = 0;
  /// 0 is endless. Otherwise the last frame is the last one that starts before it.
  MediaTime duration{0};
  /// The number of frames that may wait for the reader, 2 to 1000. More bridges longer stalls of
  /// the encoder and costs their memory. Beyond it frames are dropped, but one for each quarter of
  /// a second is kept, so that every chunk has video.
  std::size_t queue_frames = 30;
  DropPolicy drop_policy = DropPolicy::Oldest;
  /// How much audio may wait for the reader, at least 1 s. Audio is never dropped: beyond this,
  /// capturing halts until there is room, and the time until then is a gap (see
  /// `most_filled`).
  std::chrono::milliseconds queue_audio = std::chrono::seconds(10);
  /// How long after its time a frame or a sample may arrive, 0 to 2 s. What arrives later misses
  /// its place. Delays the stream by as much.
  std::chrono::milliseconds latency = std::chrono::milliseconds(100);
  /// How long to wait for the first frame. After that, the stream begins with black.
  std::chrono::milliseconds first_frame_wait = std::chrono::seconds(5);
  /// How long the last frame is repeated while the video device is lost, whatever the input itself
  /// allows. After that, read() returns Unavailable. 0: immediately. The default is a little longer
  /// than the inputs of this room try to come back, because their error states why they did not.
  std::chrono::milliseconds lost_wait = std::chrono::seconds(630);
  /// How long the last frame is repeated once the video input has reported its end, or has failed.
  /// After that, the source ends, or read() returns the failure.
  std::chrono::milliseconds ended_wait = std::chrono::milliseconds(0);
  /// The longest gap in time that is filled with the last frame and silence, at least 1 s. Such a
  /// gap is the time during which the machine was suspended, this process stopped, or the reader
  /// stalled beyond `queue_audio`. Of a longer one only this much is filled; the rest is cut out of
  /// the timeline of video and audio, and counted.
  std::chrono::milliseconds most_filled = std::chrono::seconds(10);
};

/// The loudness of one audio input since the last call.
struct STREAMKIT_API LiveAudioMeter {
  /// The highest absolute sample, after the level; measured while muted and paused, too.
  float peak = 0;
  /// Nothing above -70 dB has come for three seconds, or nothing at all.
  bool silent = true;
};

struct STREAMKIT_API LiveAudioStats {
  InputState state = InputState::Running;
  /// The last message of the device, for people; empty if there was none.
  std::string message;
  float level = 1;
  bool muted = false;
  /// How much faster than the steady clock the device's clock runs, in millionths.
  double clock_ppm = 0;
  /// Interruptions that were filled with silence, and their time altogether.
  std::uint64_t gaps = 0;
  std::chrono::nanoseconds gap_time{0};
};

struct STREAMKIT_API LiveSourceStats {
  InputState video_state = InputState::Running;
  /// The last message of the video device, for people; empty if there was none.
  std::string video_message;
  /// Frames of the output: with new content; with that of the frame before; dropped because the
  /// reader was too slow.
  std::uint64_t frames_taken = 0;
  std::uint64_t frames_repeated = 0;
  std::uint64_t frames_dropped = 0;
  /// Frames of the input that were not shown because a newer one came for the same moment.
  std::uint64_t frames_unused = 0;
  /// Times when the video device was lost, and the time that was filled with the last frame.
  std::uint64_t video_gaps = 0;
  std::chrono::nanoseconds video_gap_time{0};
  /// Gaps in time that were longer than `most_filled`, and the time cut out of the timeline.
  std::uint64_t cuts = 0;
  std::chrono::nanoseconds cut_time{0};
  /// Time of the stream so far, as captured: what waits for the reader is included.
  MediaTime captured{0};
  std::vector<LiveAudioStats> audio;
};

/// Joins live devices to one source: the video of one and the mixed audio of any number, on one
/// timeline whose master is the steady clock of the context. Time 0 is when the first frame was
/// captured; audio captured before is left out.
///
/// Video: constant frame rate. Each frame has the newest content captured until the middle between
/// its time and that of the next one, so that content is less than a frame away from its time.
/// Frames are never resampled; while nothing new comes, the last one is repeated.
/// Audio: 48 kHz stereo in runs of 960 samples, the sum of the inputs (mono on both channels, of
/// more channels the first two). Each input is resampled continuously, by at most 0.1 percent and
/// without steps, so that it follows the steady clock whatever the clock of the device does.
/// Missing samples become silence and samples that come twice are dropped, both counted; what
/// follows keeps its time. Without audio inputs there is silence.
/// Times of a device that are in the future, or far in the past, are replaced by the time of
/// arrival. The time of day is not used, so that setting it has no effect.
///
/// One thread per input and one for the timeline run from the first read() to the destructor, which
/// stops and joins them.
/// Thread-safety: read() one thread at a time; all else from any thread, concurrently.
class STREAMKIT_API LiveSource : public Source {
 public:
  /// The objects in `context` must outlive the source.
  /// Errors: InvalidArgument, naming the field.
  static Result<std::unique_ptr<LiveSource>> create(std::unique_ptr<VideoInput> video,
                                                    std::vector<std::unique_ptr<AudioInput>> audio,
                                                    LiveSourceOptions options = {},
                                                    Context context = {});

  /// While paused, the stream continues with the last frame and silence.
  virtual void pause(bool paused) = 0;
  /// Sets the gain of an audio input, 0 to 4; others are clamped. Applies within a few
  /// milliseconds, without a click. Does nothing if there is no such input.
  virtual void set_level(std::size_t audio_index, float gain) = 0;
  virtual void mute(std::size_t audio_index, bool muted) = 0;
  /// Returns a meter for each audio input, in the order given to create(), and begins the next
  /// measurement.
  [[nodiscard]] virtual std::vector<LiveAudioMeter> meters() = 0;
  [[nodiscard]] virtual LiveSourceStats stats() const = 0;
};

}  // namespace streamkit::capture
