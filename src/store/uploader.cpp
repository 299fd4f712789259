#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <thread>

namespace streamkit {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using StoredHandler = std::function<void(const UploadSample&)>;

class OrderedUploader final : public Uploader {
 public:
  OrderedUploader(ObjectWriter& writer, std::string session_id, std::unique_ptr<ChunkBuffer> buffer,
                  UploaderOptions options, Context context, StoredHandler on_stored)
      : writer_(writer),
        session_id_(std::move(session_id)),
        options_(options),
        context_(context),
        on_stored_(std::move(on_stored)),
        buffer_(std::move(buffer)),
        random_(std::random_device{}()),
        waiting_(buffer_->level().chunks),
        next_index_(options.first_index),
        thread_([this](std::stop_token stop) { run(stop); }) {}

  Result<void> submit(Chunk chunk, std::stop_token stop) override {
    {
      std::unique_lock lock(mutex_);
      if (failure_) return *failure_;
      if (chunk.index != next_index_) {
        return Error{ErrorCode::InvalidArgument, "chunk " + std::to_string(chunk.index) +
                                                     " submitted, expected " +
                                                     std::to_string(next_index_)};
      }
      if (options_.reject_when_full && !buffer_->has_room_for(chunk)) return full();
      changed_.wait(lock, stop, [&] { return failure_ || buffer_->has_room_for(chunk); });
      if (failure_) return *failure_;
      if (stop.stop_requested()) return cancelled();
    }
    if (auto added = buffer_->add(std::move(chunk)); !added) return added;
    {
      std::lock_guard lock(mutex_);
      ++next_index_;
      ++waiting_;
      finishing_since_.reset();
    }
    changed_.notify_all();
    return {};
  }

  Result<void> finish(std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    if (!finishing_since_) finishing_since_ = context_.clock_or_system().steady_now();
    changed_.wait(lock, stop, [&] { return failure_ || idle(); });
    if (failure_) return *failure_;
    if (!idle()) return cancelled();
    return {};
  }

  UploaderStats stats() const override {
    const BufferLevel level = buffer_->level();
    std::lock_guard lock(mutex_);
    UploaderStats stats = stats_;
    stats.buffered_chunks = level.chunks;
    stats.buffered_bytes = level.bytes;
    stats.buffered_duration = level.duration;
    stats.sending_bytes = sending_bytes_;
    stats.sent_bytes = std::min(sent_bytes_.load(), stats.sending_bytes);
    return stats;
  }

 private:
  static Error cancelled() { return {ErrorCode::Cancelled, "upload cancelled"}; }
  bool idle() const { return waiting_ == 0 && !uploading_; }

  Error full() const {
    const BufferLevel level = buffer_->level();
    return {ErrorCode::ResourceExhausted,
            "the buffer for chunks is full: " + std::to_string(level.chunks) + " chunks of " +
                std::to_string(level.bytes >> 20) + " MiB and " +
                std::to_string(static_cast<long>(to_seconds(level.duration))) +
                " s wait for the server"};
  }

  void run(std::stop_token stop) {
    while (take(stop)) {
      const auto chunk = buffer_->oldest();
      // The buffer has more room once its oldest chunk is being sent. A thread that has just found
      // it full must be waiting before it is notified.
      { const std::lock_guard lock(mutex_); }
      changed_.notify_all();
      const Result<void> stored = chunk ? store(**chunk, stop) : Result<void>(chunk.error());
      if (stored) remove_oldest();
      {
        std::lock_guard lock(mutex_);
        uploading_ = false;
        if (stored) {
          note_stored(**chunk);
        } else {
          note_failure(stored.error());
        }
      }
      changed_.notify_all();
      if (!stored) return;
    }
  }

  // Called with mutex_ held.
  void note_stored(const Chunk& chunk) {
    ++stats_.stored_chunks;
    stats_.stored_bytes += chunk.data.size();
    stats_.stored_end = chunk.start + chunk.duration;
    stats_.last_error.reset();
  }

  // Called with mutex_ held.
  void note_failure(const Error& error) {
    failure_ = error;
    stats_.last_error = failure_;
    stats_.failed = true;
    waiting_ = 0;
    buffer_->discard();
  }

  void remove_oldest() {
    const auto removed = buffer_->remove_oldest();
    if (removed) return;
    context_.log(LogLevel::Warning, "stored chunk not removed from the buffer",
                 {{"session_id", session_id_}, {"error", to_string(removed.error())}});
  }

  // Returns false when there is nothing more to do.
  bool take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return waiting_ > 0; });
    if (stop.stop_requested()) return false;
    --waiting_;
    uploading_ = true;
    return true;
  }

  Result<void> put(const std::string& key, const Chunk& chunk, const std::stop_token& stop) {
    Clock& clock = context_.clock_or_system();
    sent_bytes_ = 0;
    sending_bytes_ = chunk.data.size();
    const SteadyTime begin = clock.steady_now();
    const Result<void> stored = writer_.put(
        key, chunk.data, {.on_progress = [this](std::uint64_t sent) { sent_bytes_ = sent; }}, stop);
    sending_bytes_ = 0;
    if (stored && on_stored_) {
      on_stored_({chunk.data.size(), clock.steady_now() - begin, chunk.duration});
    }
    return stored;
  }

  Result<void> store(const Chunk& chunk, std::stop_token stop) {
    const std::string key = to_string(StreamInputKey{session_id_, chunk.index});
    std::optional<SteadyTime> first_failure;
    for (int attempt = 1;; ++attempt) {
      const Result<void> stored = put(key, chunk, stop);
      if (stored) {
        context_.count("streamkit_uploaded_chunks_total");
        return {};
      }
      const Error& error = stored.error();
      const SteadyTime now = context_.clock_or_system().steady_now();
      if (!first_failure) first_failure = now;
      if (!error.retryable() || is_spent(attempt, *first_failure, now)) {
        return error.with_context("chunk " + std::to_string(chunk.index) + " not stored after " +
                                  std::to_string(attempt) +
                                  (attempt == 1 ? " attempt" : " attempts"));
      }
      note_retry(chunk.index, error);
      if (!wait_before_retry(attempt, stop)) return cancelled();
    }
  }

  bool is_spent(int attempt, SteadyTime first_failure, SteadyTime now) {
    if (options_.patient) {
      std::lock_guard lock(mutex_);
      if (!finishing_since_) return false;
      first_failure = std::max(first_failure, *finishing_since_);
    }
    if (options_.give_up_after.count() > 0) return now - first_failure >= options_.give_up_after;
    return attempt >= options_.retry.max_attempts;
  }

  void note_retry(std::uint64_t index, const Error& error) {
    {
      std::lock_guard lock(mutex_);
      ++stats_.retries;
      stats_.last_error = error;
    }
    context_.count("streamkit_upload_retries_total");
    context_.log(LogLevel::Warning, "upload failed, will try again",
                 {{"session_id", session_id_},
                  {"index", std::to_string(index)},
                  {"error", to_string(error)}});
  }

  bool wait_before_retry(int attempt, std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    return clock.wait_until(clock.steady_now() + options_.retry.delay_after(attempt, random), stop);
  }

  ObjectWriter& writer_;
  const std::string session_id_;
  const UploaderOptions options_;
  const Context context_;
  const StoredHandler on_stored_;
  const std::unique_ptr<ChunkBuffer> buffer_;
  std::minstd_rand random_;  // used by thread_ only
  std::atomic<std::uint64_t> sending_bytes_{0};
  std::atomic<std::uint64_t> sent_bytes_{0};

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::uint64_t waiting_;  // chunks in buffer_, without the one that is being sent
  bool uploading_ = false;
  std::uint64_t next_index_;
  std::optional<SteadyTime> finishing_since_;  // empty while chunks are still submitted
  std::optional<Error> failure_;
  UploaderStats stats_;

  std::jthread thread_;  // last: starts when all else stands, joined first
};

Result<void> check(const std::string& session_id, const UploaderOptions& options) {
  if (!is_valid_session_id(session_id)) {
    return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  if (options.give_up_after.count() < 0) {
    return Error{ErrorCode::InvalidArgument, "give_up_after must not be negative"};
  }
  return options.retry.check();
}

}  // namespace

Result<std::unique_ptr<Uploader>> Uploader::create(ObjectWriter& writer, std::string session_id,
                                                   UploaderOptions options, Context context) {
  auto buffer = make_memory_buffer(options.chunks_ahead, options.max_buffered_bytes);
  return create_with_buffer(writer, std::move(session_id), std::move(buffer), options, context);
}

Result<std::unique_ptr<Uploader>> Uploader::create_with_buffer(
    ObjectWriter& writer, std::string session_id, std::unique_ptr<ChunkBuffer> buffer,
    UploaderOptions options, Context context, StoredHandler on_stored) {
  if (auto checked = check(session_id, options); !checked) return checked.error();
  return std::unique_ptr<Uploader>(std::make_unique<OrderedUploader>(
      writer, std::move(session_id), std::move(buffer), options, context, std::move(on_stored)));
}

}  // namespace streamkit
