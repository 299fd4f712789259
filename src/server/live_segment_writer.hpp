#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <streamkit/core/context.hpp>
#include <streamkit/live/live_output.hpp>
#include <streamkit/store/object_store.hpp>
#include <string>
#include <thread>

namespace streamkit::server {

/// Stores the complete segments of live streams, so that they leave the memory, and removes them
/// when they are out of the window.
/// Thread-safety: every method may be called from any thread, concurrently.
class LiveSegmentWriter {
 public:
  /// The references must outlive this object.
  LiveSegmentWriter(ObjectStore& objects, Context context);
  /// Stores what is waiting.
  ~LiveSegmentWriter();

  /// Stores a segment under `prefix` and reports it to the stream, if that still exists. While the
  /// store is too slow, segments stay in memory; those beyond a limit are not stored, which is
  /// logged and counted.
  void store(std::weak_ptr<live::LiveOutput> output, const std::string& prefix,
             live::LiveSegmentFile file);
  /// Removes a stored segment after `delay`.
  void remove(std::weak_ptr<live::LiveOutput> output, std::size_t track, std::uint64_t number,
              std::chrono::steady_clock::duration delay);

 private:
  struct Write {
    std::weak_ptr<live::LiveOutput> output;
    std::string key;
    live::LiveSegmentFile file;
  };
  struct Removal {
    std::chrono::steady_clock::time_point due;
    std::weak_ptr<live::LiveOutput> output;
    std::size_t track = 0;
    std::uint64_t number = 0;
  };

  void run(const std::stop_token& stop);
  void write(Write write);
  void remove_now(const Removal& removal);

  ObjectStore& objects_;
  const Context context_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<Write> writes_;
  std::deque<Removal> removals_;
  std::jthread thread_;
};

}  // namespace streamkit::server
