#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/media_limits.hpp>
#include <streamkit/media/track_choice.hpp>
#include <string>
#include <utility>
#include <vector>

#include "media/ffmpeg_handles.hpp"
#include "media/input_access.hpp"
#include "media/memory_io.hpp"
#include "media/packet_timeline.hpp"
#include "media/pipe_io.hpp"

namespace streamkit::media {

/// The tracks of a file that were taken, and those that were not, for people:
/// "audio 2 (aac, 2 channels, ger, default)".
struct STREAMKIT_API TrackReport {
  std::vector<std::string> taken = {};
  std::vector<std::string> left_out = {};
};

/// A device of libavdevice, or another input without bytes of its own.
struct STREAMKIT_API DeviceAddress {
  const AVInputFormat* format = nullptr;
  /// Its name for `format`, as in "/dev/video0".
  std::string name = {};
  /// Options of `format`.
  std::vector<std::pair<std::string, std::string>> options = {};
};

/// What is read of a file.
struct STREAMKIT_API InputOptions {
  TrackChoice tracks = {};
  /// If true, a file without video is opened for its audio.
  bool allow_sound_only = false;
  /// The earliest track starts at time 0. Otherwise it starts where the container says.
  bool start_at_zero = false;
  /// Jumps of the file's clock are logged here.
  Context context = {};
  /// Ends waiting for a pipe or a URL.
  std::stop_token stop = {};
  /// If true, a playlist is opened, and the local files that it names.
  bool allow_playlists = false;
  /// Of a file in memory.
  std::optional<MediaLimits> limits = {};
  /// Of live streams and devices: how long opening may take, and how long a read waits for the next
  /// packet. 0: without limit.
  std::chrono::milliseconds open_timeout{0};
  std::chrono::milliseconds read_timeout{0};
};

/// An opened container, on disk, in memory, from a pipe or a URL, with the chosen video and audio
/// track. Its packets are on one continuous timeline, see PacketTimeline.
class STREAMKIT_API InputFile {
 public:
  /// "-" and /dev/stdin are standard input; http and https URLs are read once, as pipes are.
  static Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path,
                                                 const InputOptions& options = {});
  static Result<std::unique_ptr<InputFile>> open(Bytes bytes, const InputOptions& options = {});
  static Result<std::unique_ptr<InputFile>> open(std::shared_ptr<const Bytes> bytes,
                                                 const InputOptions& options);
  /// Opens the URL of a live stream; see live_access(). Playlists begin near their live edge.
  /// Errors: those of open(); InvalidArgument (not such a URL); Timeout.
  static Result<std::unique_ptr<InputFile>> open_live(const std::string& url,
                                                      const InputOptions& options);
  /// Errors: those of the device; Timeout.
  static Result<std::unique_ptr<InputFile>> open_device(const DeviceAddress& device,
                                                        const InputOptions& options);
  ~InputFile();

  [[nodiscard]] AVFormatContext* context() const noexcept { return context_; }
  /// Null if there is none.
  [[nodiscard]] AVStream* video() const noexcept { return video_; }
  [[nodiscard]] AVStream* audio() const noexcept { return audio_; }
  /// Where the tracks, or one track, start on the timeline.
  [[nodiscard]] MediaTime start() const noexcept;
  /// Where the earliest track starts, as the container states it.
  [[nodiscard]] MediaTime stated_start() const noexcept;
  [[nodiscard]] MediaTime start_of(const AVStream& stream) const noexcept;
  [[nodiscard]] MediaTime duration() const noexcept;
  /// Returns how the tracks were chosen.
  [[nodiscard]] const TrackChoice& track_choice() const noexcept { return options_.tracks; }
  /// Names the tracks that were chosen, and those that were not.
  [[nodiscard]] TrackReport tracks() const;
  /// Returns the name of this file in messages.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Returns the number of pixels that a decoder may accept; 0: as many as it likes.
  [[nodiscard]] std::int64_t max_coded_pixels() const noexcept;
  /// Returns whether the file can be read only once: it comes from a pipe or a URL.
  [[nodiscard]] bool is_pipe() const noexcept { return pipe_ != nullptr || from_url_ || live_; }
  /// Returns whether a playlist names the segments of the media.
  [[nodiscard]] bool is_segmented() const noexcept;
  /// Returns whether the whole is known to end: a finished playlist, or a transfer of known size.
  [[nodiscard]] bool is_finite() const noexcept;
  /// Opens the same file once more, from its beginning, with a timeline from 0 and without a log.
  /// Errors: Unsupported (a pipe, a URL); those of open().
  [[nodiscard]] Result<std::unique_ptr<InputFile>> open_again() const;
  /// From now on, waiting for a pipe or a URL ends when `stop` is requested.
  void stop_with(std::stop_token stop);

  /// Lets the demuxer skip every track but this one.
  void keep_only(const AVStream* stream);
  /// Lets read() return packets of every track that is not discarded, not only of the chosen ones.
  void read_others() noexcept { reads_others_ = true; }
  /// Returns the next packet of a kept track; null at the end. A damaged file ends at the damage,
  /// and damaged() then returns true.
  /// Errors: Cancelled (stopped while waiting for a pipe).
  Result<PacketPtr> read();
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }
  /// Returns why read() ended: nothing if all was read.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  explicit InputFile(InputOptions options) : options_(std::move(options)), stop_(options_.stop) {}
  static Result<std::unique_ptr<InputFile>> finish_opening(std::unique_ptr<InputFile> file,
                                                           Result<void> opened);
  Result<void> open_stream(const std::string& url, InputAccess access);
  Result<void> open_pipe(const std::filesystem::path& path);
  Result<void> open_named(const std::filesystem::path& path);
  Result<void> open_io(const std::string& url, InputAccess access);
  Result<void> open_container(const std::string& url, AVIOContext& io, InputAccess access);
  Result<void> open_format(const std::string& url, const AVInputFormat& format, InputAccess access,
                           Options& options);
  Result<void> find_tracks();
  [[nodiscard]] AVIOInterruptCB interrupt() noexcept;
  // Opens what a playlist on the web names, and keeps what became of it.
  static int open_named_media(AVFormatContext* context, AVIOContext** io, const char* url,
                              int flags, AVDictionary** options);
  void wait_at_most(std::chrono::milliseconds time) noexcept;
  [[nodiscard]] bool is_overdue() const noexcept;
  [[nodiscard]] bool stopped() const noexcept;
  Result<void> choose_tracks();
  [[nodiscard]] Result<void> check_format(const AVInputFormat& format, InputAccess access) const;
  [[nodiscard]] Result<void> check_frame_size() const;
  [[nodiscard]] Result<void> check_order() const;
  [[nodiscard]] Result<void> check_limits() const;
  // Reads all packets of a file with limits, and checks them.
  Result<void> fetch_all();
  Result<PacketPtr> read_on();
  void open_timeline();
  Result<void> read_ahead();
  [[nodiscard]] bool is_repeated(const AVPacket& packet);
  void log_steps();
  [[nodiscard]] Error cannot_open(int code) const;
  [[nodiscard]] InputAccess access() const noexcept;

  // FFmpeg reads the file in memory through `memory_`.
  std::shared_ptr<const Bytes> bytes_;
  std::unique_ptr<MemoryIo> memory_;

  const InputOptions options_;
  std::stop_token stop_;
  NamedMedia named_;
  std::filesystem::path path_;  // of a file on disk
  std::string url_;             // of a live stream
  bool from_url_ = false;
  bool live_ = false;                                              // a live stream or a device
  std::optional<std::chrono::steady_clock::time_point> deadline_;  // of the call in progress
  std::map<int, std::int64_t> last_ticks_;                         // of live DASH, by track
  int end_code_ = 0;  // FFmpeg's code with which reading ended
  std::unique_ptr<PipeIo> pipe_;
  UrlIoPtr url_io_;
  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
  std::string name_;
  std::optional<PacketTimeline> timeline_;
  std::deque<PacketPtr> fetched_;  // of a file with limits, all packets
  std::size_t logged_steps_ = 0;
  bool reads_others_ = false;
  bool ended_ = false;
  bool damaged_ = false;
};

/// Opens a decoder for a track whose packets have timestamps in units of `time_base`. With
/// `threads` 0, FFmpeg chooses the number: one more than cores. Each thread holds frames of its
/// own. With `max_pixels`, larger pictures are not decoded.
/// Errors: Unsupported; Internal.
STREAMKIT_API Result<CodecPtr> open_codec(const AVCodecParameters& parameters, AVRational time_base,
                                          int threads = 0, std::int64_t max_pixels = 0);

/// Replaces one of FFmpeg's deprecated full-range formats (such as yuvj420p) in a decoded frame by
/// the plain format, and marks the frame as full range. libswscale prints a warning for each of
/// these formats.
STREAMKIT_API void split_range_from_format(AVFrame& frame) noexcept;

/// Returns how frames must be turned to be upright, as the container's display matrix states it.
STREAMKIT_API [[nodiscard]] Orientation upright_orientation(const AVStream* stream);

}  // namespace streamkit::media
