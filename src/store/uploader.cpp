#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <thread>

namespace streamkit {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class OrderedUploader final : public Uploader {
 public:
  OrderedUploader(ObjectWriter& writer, std::string session_id, UploaderOptions options,
                  Context context)
      : writer_(writer),
        session_id_(std::move(session_id)),
        options_(options),
        context_(context),
        random_(std::random_device{}()),
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
      changed_.wait(lock, stop, [&] { return failure_ || has_room_for(chunk) || idle(); });
      if (failure_) return *failure_;
      if (stop.stop_requested()) return cancelled();
      ++next_index_;
      waiting_bytes_ += chunk.data.size();
      ++stats_.buffered_chunks;
      stats_.buffered_bytes += chunk.data.size();
      waiting_.push_back(std::move(chunk));
    }
    changed_.notify_all();
    return {};
  }

  Result<void> finish(std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return failure_ || idle(); });
    if (failure_) return *failure_;
    if (!idle()) return cancelled();
    return {};
  }

  UploaderStats stats() const override {
    std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  static Error cancelled() { return {ErrorCode::Cancelled, "upload cancelled"}; }
  bool idle() const { return waiting_.empty() && !uploading_; }
  bool has_room_for(const Chunk& chunk) const {
    if (waiting_.size() >= options_.chunks_ahead) return false;
    return options_.max_buffered_bytes == 0 || waiting_.empty() ||
           waiting_bytes_ + chunk.data.size() <= options_.max_buffered_bytes;
  }

  void run(std::stop_token stop) {
    while (std::optional<Chunk> chunk = take(stop)) {
      const Result<void> stored = store(*chunk, stop);
      {
        std::lock_guard lock(mutex_);
        uploading_ = false;
        note_result(*chunk, stored);
      }
      changed_.notify_all();
      if (!stored) return;
    }
  }

  // Called with mutex_ held.
  void note_result(const Chunk& chunk, const Result<void>& stored) {
    if (stored) {
      ++stats_.stored_chunks;
      stats_.stored_bytes += chunk.data.size();
      stats_.stored_end = chunk.start + chunk.duration;
      --stats_.buffered_chunks;
      stats_.buffered_bytes -= chunk.data.size();
      stats_.last_error.reset();
      return;
    }
    failure_ = stored.error();
    stats_.last_error = failure_;
    stats_.failed = true;
    stats_.buffered_chunks = 0;
    stats_.buffered_bytes = 0;
    waiting_.clear();
    waiting_bytes_ = 0;
  }

  std::optional<Chunk> take(std::stop_token stop) {
    std::optional<Chunk> chunk;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (stop.stop_requested()) return chunk;
      chunk = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= chunk->data.size();
      uploading_ = true;
    }
    changed_.notify_all();
    return chunk;
  }

  Result<void> store(const Chunk& chunk, std::stop_token stop) {
    const std::string key = to_string(StreamInputKey{session_id_, chunk.index});
    std::optional<SteadyTime> first_failure;
    for (int attempt = 1;; ++attempt) {
      const Result<void> stored = writer_.put(key, chunk.data, {}, stop);
      if (stored) {
        context_.count("streamkit_uploaded_chunks_total");
        return {};
      }
      const Error& error = stored.error();
      const SteadyTime now = context_.clock_or_system().steady_now();
      if (!first_failure) first_failure = now;
      if (!error.retryable() || is_spent(attempt, now - *first_failure)) {
        return error.with_context("chunk " + std::to_string(chunk.index) + " not stored after " +
                                  std::to_string(attempt) +
                                  (attempt == 1 ? " attempt" : " attempts"));
      }
      note_retry(chunk.index, error);
      if (!wait_before_retry(attempt, stop)) return cancelled();
    }
  }

  bool is_spent(int attempt, std::chrono::nanoseconds failing) const {
    if (options_.give_up_after.count() > 0) return failing >= options_.give_up_after;
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
  std::minstd_rand random_;  // used by thread_ only

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<Chunk> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  bool uploading_ = false;
  std::uint64_t next_index_ = 0;
  std::optional<Error> failure_;
  UploaderStats stats_;

  std::jthread thread_;  // last: starts when all else stands, joined first
};

}  // namespace

Result<std::unique_ptr<Uploader>> Uploader::create(ObjectWriter& writer, std::string session_id,
                                                   UploaderOptions options, Context context) {
  if (!is_valid_session_id(session_id)) {
    return Error{ErrorCode::InvalidArgument, "session id must be 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  if (auto checked = options.retry.check(); !checked) return checked.error();
  if (options.give_up_after.count() < 0) {
    return Error{ErrorCode::InvalidArgument, "give_up_after must not be negative"};
  }
  return std::unique_ptr<Uploader>(
      new OrderedUploader(writer, std::move(session_id), options, context));
}

}  // namespace streamkit
