#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <streamkit/store/chunk_key.hpp>
#include <streamkit/store/uploader.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "sending.hpp"

namespace streamkit {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using StoredHandler = std::function<void(const UploadSample&)>;

// After a chunk could not be sent ahead of its turn, one chunk is sent alone; after the next such
// failure two, and so on up to this number: the server may admit only one at a time.
constexpr int kMostChunksAlone = 64;

// Two threads take turns. When chunks wait, the end of one and the beginning of the next are sent
// at the same time on two connections: neither the wait for a response nor the slow start of TCP
// leaves the link unused. The order is kept because the last byte of a chunk leaves only after the
// chunk before it is stored.
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
        can_send_ahead_(writer.can_hold_last_byte()),
        random_(std::random_device{}()),
        waiting_(buffer_->level().chunks),
        next_index_(options.first_index) {
    const int count = can_send_ahead_ ? 2 : 1;
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this](std::stop_token stop) { run(stop); });
    }
  }

  ~OrderedUploader() override {
    for (std::jthread& thread : threads_) thread.request_stop();
  }

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
    if (!sending_.empty() && sending_.front()->attempting) {
      const Sending& oldest = *sending_.front();
      stats.sending_bytes = oldest.chunk->data.size();
      stats.sent_bytes = std::min(oldest.sent_bytes, stats.sending_bytes);
    }
    return stats;
  }

 private:
  static Error cancelled() { return {ErrorCode::Cancelled, "upload cancelled"}; }
  bool idle() const { return waiting_ == 0 && sending_.empty(); }

  Error full() const {
    const BufferLevel level = buffer_->level();
    return {ErrorCode::ResourceExhausted,
            "the buffer for chunks is full: " + std::to_string(level.chunks) + " chunks of " +
                std::to_string(level.bytes >> 20) + " MiB and " +
                std::to_string(static_cast<long>(to_seconds(level.duration))) +
                " s wait for the server"};
  }

  void run(const std::stop_token& stop) {
    while (const auto sending = begin(stop)) {
      std::optional<Result<void>> stored = load(*sending);
      // The buffer has more room once its oldest chunk is being sent. A thread that has just found
      // it full must be waiting before it is notified.
      { const std::lock_guard lock(mutex_); }
      changed_.notify_all();
      if (stored && *stored) stored = store(*sending, stop);
      if (!stored) {
        give_back(*sending, stop);
      } else if (*stored) {
        end_stored(*sending);
      } else {
        fail(stored->error());
      }
      changed_.notify_all();
    }
  }

  // Waits for a chunk to send. Returns null when there is nothing more to do.
  std::shared_ptr<Sending> begin(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return failure_ || may_begin(); });
    if (failure_ || stop.stop_requested()) return nullptr;
    --waiting_;
    auto sending = std::make_shared<Sending>();
    if (sending_.empty()) sending->turn.release();
    sending_.push_back(sending);
    return sending;
  }

  // Called with mutex_ held.
  bool may_begin() const {
    if (waiting_ == 0) return false;
    if (sending_.empty()) return true;
    const Sending& oldest = *sending_.front();
    return sending_.size() == 1 && can_send_ahead_ && chunks_alone_ == 0 && oldest.attempting &&
           !oldest.alone && oldest.sent_bytes >= bytes_before_next(oldest, link_bytes_per_second_);
  }

  // Returns nothing if the chunk cannot be sent ahead of its turn.
  std::optional<Result<void>> load(Sending& sending) {
    std::optional<std::uint64_t> ahead;
    {
      std::lock_guard lock(mutex_);
      if (failure_) return {};
      if (!is_oldest(sending)) ahead = sending_.front()->chunk->index + 1;
    }
    auto chunk = ahead ? buffer_->find(*ahead) : buffer_->oldest();
    if (ahead && (!chunk || *chunk == nullptr || (*chunk)->data.empty())) return {};
    if (!chunk) return chunk.error();
    std::lock_guard lock(mutex_);
    sending.chunk = *std::move(chunk);
    return Result<void>();
  }

  // Attempts until the chunk is stored or has failed for good. Returns nothing if it was sent ahead
  // of its turn in vain: such a failure is never final.
  std::optional<Result<void>> store(Sending& sending, const std::stop_token& stop) {
    const Chunk& chunk = *sending.chunk;
    std::optional<SteadyTime> first_failure;
    for (int attempt = 1;; ++attempt) {
      const Result<void> stored = put(sending, stop);
      if (stored) {
        context_.count("streamkit_uploaded_chunks_total");
        return stored;
      }
      const Error& error = stored.error();
      if (sending.ahead) {
        sending.error = error;
        return {};
      }
      const SteadyTime now = context_.clock_or_system().steady_now();
      if (!first_failure) first_failure = now;
      if (!error.retryable() || is_spent(attempt, *first_failure, now)) {
        return error.with_context("chunk " + std::to_string(chunk.index) + " not stored after " +
                                  std::to_string(attempt) +
                                  (attempt == 1 ? " attempt" : " attempts"));
      }
      abort_ahead();
      note_failure(error);
      log_retry(chunk.index, error);
      if (!wait_before_retry(attempt, stop)) return cancelled();
    }
  }

  Result<void> put(Sending& sending, const std::stop_token& stop) {
    const Chunk& chunk = *sending.chunk;
    PutOptions options{.on_progress = [&](std::uint64_t sent) { note_progress(sending, sent); }};
    {
      std::lock_guard lock(mutex_);
      sending.ahead = !sending.turn.is_released();
      if (sending.ahead) options.hold_last_byte = sending.turn;
      sending.sent_bytes = 0;
      sending.sampled_bytes = 0;
      sending.begun_at = context_.clock_or_system().steady_now();
      sending.attempting = true;
    }
    const std::stop_callback ends(stop, [&] { sending.stop.request_stop(); });
    const auto stored = writer_.put(to_string(StreamInputKey{session_id_, chunk.index}), chunk.data,
                                    options, sending.stop.get_token());
    std::lock_guard lock(mutex_);
    sending.attempting = false;
    return stored;
  }

  void note_progress(Sending& sending, std::uint64_t sent) {
    {
      std::lock_guard lock(mutex_);
      sending.sent_bytes = sent;
      if (!may_begin()) return;
    }
    changed_.notify_all();
  }

  // Called with mutex_ held.
  bool is_oldest(const Sending& sending) const {
    return !sending_.empty() && sending_.front().get() == &sending;
  }

  // Stops the attempt at the chunk that is sent ahead of its turn, because the one before it
  // failed, which is sent alone from now on.
  void abort_ahead() {
    std::shared_ptr<Sending> ahead;
    {
      std::lock_guard lock(mutex_);
      sending_.front()->alone = true;
      if (sending_.size() < 2) return;
      ahead = sending_.back();
      ahead->aborted = true;
    }
    ahead->stop.request_stop();
  }

  // Puts a chunk back that was sent ahead of its turn in vain, to be sent in its turn.
  void give_back(const Sending& sending, const std::stop_token& stop) {
    {
      std::lock_guard lock(mutex_);
      if (failure_) return;
      std::erase_if(sending_, [&](const auto& other) { return other.get() == &sending; });
      ++waiting_;
      if (sending.aborted || stop.stop_requested()) return;
      chunks_alone_ = next_alone_;
      next_alone_ = std::min(next_alone_ * 2, kMostChunksAlone);
    }
    if (sending.error) log_retry(sending.chunk->index, *sending.error);
  }

  void end_stored(const Sending& sending) {
    const UploadSample sample = sample_of(sending);
    if (on_stored_) on_stored_(sample);
    remove_oldest();
    std::shared_ptr<Sending> next;
    {
      std::lock_guard lock(mutex_);
      const Chunk& chunk = *sending.chunk;
      ++stats_.stored_chunks;
      stats_.stored_bytes += chunk.data.size();
      stats_.stored_end = chunk.start + chunk.duration;
      stats_.last_error.reset();
      if (chunks_alone_ > 0) --chunks_alone_;
      if (sending.ahead) next_alone_ = 1;
      sending_.pop_front();
      if (!sending_.empty()) next = sending_.front();
    }
    if (next) next->turn.release();
  }

  // What the link has carried since the chunk before this one was acknowledged, or since the
  // attempt began.
  UploadSample sample_of(const Sending& sending) {
    const SteadyTime now = context_.clock_or_system().steady_now();
    std::lock_guard lock(mutex_);
    const SteadyTime since = std::max(sending.begun_at, std::exchange(sampled_at_, now));
    Sending* const next = sending_.size() > 1 ? sending_.back().get() : nullptr;
    const UploadSample sample = take_sample(sending, next, now - since);
    const double seconds = std::chrono::duration<double>(sample.elapsed).count();
    link_bytes_per_second_ = static_cast<double>(sample.bytes) / std::max(seconds, 1e-3);
    return sample;
  }

  void fail(const Error& error) {
    std::deque<std::shared_ptr<Sending>> ended;
    {
      std::lock_guard lock(mutex_);
      failure_ = error;
      stats_.last_error = failure_;
      stats_.failed = true;
      waiting_ = 0;
      ended.swap(sending_);
      buffer_->discard();
    }
    for (const auto& sending : ended) sending->stop.request_stop();
  }

  void remove_oldest() {
    const auto removed = buffer_->remove_oldest();
    if (removed) return;
    context_.log(LogLevel::Warning, "stored chunk not removed from the buffer",
                 {{"session_id", session_id_}, {"error", to_string(removed.error())}});
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

  void note_failure(const Error& error) {
    std::lock_guard lock(mutex_);
    stats_.last_error = error;
  }

  void log_retry(std::uint64_t index, const Error& error) {
    {
      std::lock_guard lock(mutex_);
      ++stats_.retries;
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
  const bool can_send_ahead_;
  std::minstd_rand random_;  // used by the thread whose chunk has its turn

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::uint64_t waiting_;  // chunks in buffer_, without those that are being sent
  // The oldest chunk, and perhaps the one after it, ahead of its turn.
  std::deque<std::shared_ptr<Sending>> sending_;
  int chunks_alone_ = 0;  // how many more are sent one by one
  int next_alone_ = 1;
  SteadyTime sampled_at_ = {};
  // Of the newest sample. At first so much that the next chunk begins after a half.
  double link_bytes_per_second_ = 1e12;
  std::uint64_t next_index_;
  std::optional<SteadyTime> finishing_since_;  // empty while chunks are still submitted
  std::optional<Error> failure_;
  UploaderStats stats_;

  std::vector<std::jthread> threads_;  // last: joined first
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
