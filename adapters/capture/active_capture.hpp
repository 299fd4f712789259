#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/client/http_client.hpp>
#include <streamkit/client/publisher.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <thread>

#include "capture/capture_control.hpp"
#include "capture/capture_options.hpp"
#include "capture/controlled_source.hpp"
#include "capture/frame_rate_meter.hpp"
#include "capture/open_source.hpp"
#include "capture/recording_chunker.hpp"

namespace streamkit::capture_tool {

/// What happens when a capture has stopped: by stop(), by its duration or by the end of its source.
enum class AfterCapture {
  EndSession,  ///< The session is ended once all chunks are stored.
  WaitForEnd   ///< The session stays open until end().
};

/// One stream from its source to the server, on a thread of its own.
/// Thread-safety: any thread, concurrently.
class ActiveCapture {
 public:
  /// Opens the source and the encoder, creates the session, and begins to capture. The session is
  /// created last, so that an invalid input does not leave a session behind. Blocks; woken by
  /// `stop`. What `context` points to must outlive the capture.
  /// Errors: those of the source, the encoder, the recording and the server.
  static Result<std::unique_ptr<ActiveCapture>> start(const CaptureOptions& options,
                                                      AfterCapture after, Context context,
                                                      std::stop_token stop);
  /// Continues the session whose spool is in `folder`, with the source of `options`. Errors: as
  /// start(), and those of client::Publisher::resume().
  static Result<std::unique_ptr<ActiveCapture>> resume(const CaptureOptions& options,
                                                       const std::filesystem::path& folder,
                                                       Context context, std::stop_token stop);
  /// Stops capturing and abandons what is not stored; call end() and wait() before.
  ~ActiveCapture();
  ActiveCapture(ActiveCapture&&) = delete;
  ActiveCapture& operator=(ActiveCapture&&) = delete;

  void pause(bool paused);
  /// Errors: NotFound; InvalidArgument (level).
  Result<void> set_audio(const std::string& id, double level, bool muted);
  /// Ends capturing; what was captured is still uploaded.
  void stop();
  /// Ends the session once all is stored; stops the capture before.
  void end();
  /// Blocks until the capture has ended or failed. Errors: the failure.
  Result<void> wait();
  /// Returns whether it has ended or failed.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] CaptureStatus status();
  /// Returns what is captured now, if it is `source_id`. Devices need not be opened a second time.
  [[nodiscard]] std::optional<VideoFrame> last_frame_of(const std::string& source_id) const;
  [[nodiscard]] UploaderStats uploads() const { return publisher_->status().uploads; }
  /// Returns whether chunks are left on disk that resume() can send.
  [[nodiscard]] bool resumable() const;

 private:
  ActiveCapture(const CaptureOptions& options, AfterCapture after, Context context);
  Result<void> open(std::stop_token stop);
  Result<void> open_input(const CaptureOptions& options, std::stop_token stop);
  Result<void> open_encoding(std::uint64_t first_index, std::stop_token stop);
  Result<void> open_resumed(const std::filesystem::path& folder, std::stop_token stop);
  void run(std::stop_token abandon);
  Result<void> capture_and_end(std::stop_token abandon);
  [[nodiscard]] std::filesystem::path recording_path() const;
  [[nodiscard]] bool silence_lasts(const CaptureStatus& status);
  void add_problems(CaptureStatus& status, const client::PublisherStatus& published);
  [[nodiscard]] std::vector<AudioMeter> meters();

  const CaptureOptions options_;
  const AfterCapture after_;
  const Context context_;
  client::HttpClient http_;
  OpenedSource opened_;
  std::unique_ptr<Source> resumed_;
  std::unique_ptr<ControlledSource> source_;
  std::unique_ptr<Encoder> encoder_;
  std::string encoder_name_;
  std::unique_ptr<RecordingChunker> chunker_;
  std::unique_ptr<client::Publisher> publisher_;
  std::string recording_;
  std::stop_source capture_stop_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_.
  CaptureState state_ = CaptureState::Streaming;
  bool end_requested_ = false;
  std::optional<Error> failure_;
  FrameRateMeter rate_;
  std::optional<std::chrono::steady_clock::time_point> last_sound_;

  std::jthread thread_;  // last: it uses all the others
};

}  // namespace streamkit::capture_tool
