#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/core/result.hpp>
#include <string>

#include "gstreamer/gst_handles.hpp"

namespace streamkit::gstreamer {

/// A pipeline, its first error, and those who wait for it. The destructor stops it.
/// Thread-safety: GStreamer's threads call notify(); the rest is for one thread.
class Pipeline {
 public:
  /// Errors: Unavailable (GStreamer is not initialized); InvalidArgument (its message).
  static Result<std::unique_ptr<Pipeline>> parse(const std::string& text);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Null if there is no element of this name.
  [[nodiscard]] ElementPtr find(const char* name) const;
  [[nodiscard]] GstElement* get() const noexcept { return pipeline_.get(); }
  /// Starts it. Errors: Unavailable (the pipeline's message).
  Result<void> play();
  /// Back to where nothing runs, so that play() starts it from its beginning.
  void reset();
  [[nodiscard]] std::optional<Error> failure() const;

  /// Wakes wait().
  void notify();
  /// Waits until `ready()` holds, the pipeline fails, or the time is over. `ready` is called
  /// without a lock, again after each notify(). Returns whether it held.
  /// Errors: Cancelled; that of the pipeline.
  Result<bool> wait(const std::stop_token& stop, std::optional<std::chrono::milliseconds> timeout,
                    const std::function<bool()>& ready);

 private:
  Pipeline() = default;
  static GstBusSyncReply on_message(GstBus* bus, GstMessage* message, gpointer self);
  void fail(GstMessage* message);

  ElementPtr pipeline_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::uint64_t changes_ = 0;
  std::optional<Error> failure_;
};

/// Parses elements to put into a pipeline: a bin with one sink and one source pad.
/// Errors: InvalidArgument (GStreamer's message).
Result<ElementPtr> parse_bin(const std::string& text);

}  // namespace streamkit::gstreamer
