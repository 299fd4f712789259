#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <streamkit/client/publisher.hpp>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/client/session_credentials_provider.hpp>
#include <utility>

#include "link_monitor.hpp"

namespace streamkit::client {
namespace {

// If the server becomes available again, an upload is attempted within `max_delay`.
constexpr RetryPolicy kRetry{.max_attempts = 4,
                             .initial_delay = std::chrono::milliseconds(500),
                             .max_delay = std::chrono::milliseconds(4000)};

// When warnings begin.
constexpr double kFillingShare = 0.75;
constexpr double kBeginShare = 0.5;
constexpr std::chrono::milliseconds kLookAgain(50);
constexpr std::chrono::minutes kExpiringSoon{2};

class SessionPublisher final : public Publisher {
 public:
  SessionPublisher(PublisherOptions options, SessionClient client, CreatedSession session,
                   Context context)
      : options_(std::move(options)),
        context_(context.with({"session_id", session.session_id})),
        client_(std::move(client)),
        session_(std::move(session)),
        credentials_(client_, session_, context,
                     [this](const UploadTarget& upload) { keep_credentials(upload); }),
        bit_rate_(options_.adaptive) {}

  // `spool` is null when chunks are kept in memory.
  Result<void> open(HttpClient& http, std::unique_ptr<ChunkSpool> spool) {
    const UploadTarget& target = session_.upload;
    auto writer = S3ObjectWriter::create(http, credentials_,
                                         {target.bucket, target.region, target.endpoint}, context_);
    if (!writer) return writer.error();
    writer_ = *std::move(writer);
    if (spool != nullptr) {
      if (auto begun = begin_at(*spool); !begun) return begun;
    }
    return open_uploader(std::move(spool));
  }

  Result<CaptureStats> capture(Source& source, Encoder& encoder, Chunker& chunker,
                               std::stop_token stop) override {
    if (auto ready = make_room(stop); !ready) return ready.error();
    if (stop.stop_requested()) return CaptureStats{};
    // A stop request ends the capture only: captured chunks are still uploaded, within
    // `give_up_after`.
    const auto upload = [&](Chunk chunk) -> Result<void> {
      auto submitted = submit(std::move(chunk), {});
      if (submitted) adapt(encoder);
      return submitted;
    };
    return run_capture(source, encoder, chunker, upload, std::move(stop));
  }

  Result<CaptureStats> run(Source& source, Encoder& encoder, Chunker& chunker,
                           std::stop_token stop) override {
    auto stats = capture(source, encoder, chunker, std::move(stop));
    const auto finished = finish({});
    if (stats && !finished) return finished.error();
    return stats;
  }

  Result<void> submit(Chunk chunk, std::stop_token stop) override {
    if (ended_) return Error{ErrorCode::InvalidArgument, "the session is ended"};
    const std::uint64_t index = chunk.index;
    const MediaTime end = chunk.start + chunk.duration;
    if (index == cut_chunks_) {
      cut_end_ = end.count();
      ++cut_chunks_;
    }
    auto submitted = uploader_->submit(std::move(chunk), std::move(stop));
    if (!submitted && uploader_->stats().failed) end_after_failure();
    if (!submitted && submitted.error().code == ErrorCode::ResourceExhausted && spool_ != nullptr) {
      return submitted.error().with_context(
          "the capture ends, because chunks cannot be kept until the server has them");
    }
    return submitted;
  }

  Result<void> finish(std::stop_token stop) override {
    if (ended_) return {};
    if (auto uploaded = uploader_->finish(stop); !uploaded) {
      if (uploader_->stats().failed) end_after_failure();
      return uploaded;
    }
    return end_session(std::move(stop));
  }

  // Ends the session, so that viewers see a complete stream instead of waiting for more. It is
  // attempted only once, because the failure is reported in any case.
  void end_after_failure() {
    // What is in a spool can still be sent, by resuming the session.
    if (spool_ != nullptr || std::exchange(end_tried_, true)) return;
    const auto done = client_.end_session(session_.session_id, session_.control_token, {});
    if (done) return;
    context_.log(LogLevel::Warning, "session not ended after the failure",
                 {{"error", to_string(done.error())}});
  }

  const CreatedSession& session() const noexcept override { return session_; }
  const ResumePoint& resume_point() const noexcept override { return resume_point_; }
  const Bytes& last_chunk() const noexcept override { return last_chunk_; }
  const std::string& note() const noexcept override { return options_.spool.note; }

  PublisherStatus status() const override {
    PublisherStatus status;
    status.uploads = uploader_->stats();
    if (status.uploads.stored_chunks == 0) status.uploads.stored_end = stored_end_before_;
    status.uploads.stored_chunks += stored_chunks_before_;
    status.cut_chunks = cut_chunks_;
    status.cut_end = MediaTime{cut_end_.load()};
    const bool failed = status.uploads.failed || end_failed_;
    status.state = ended_                                       ? PublisherState::Ended
                   : failed                                     ? PublisherState::Failed
                   : status.uploads.last_error || end_retrying_ ? PublisherState::Reconnecting
                                                                : PublisherState::Connected;
    status.credentials_expire_at = credentials_.expires_at();
    bool slow = false;
    {
      std::lock_guard lock(link_mutex_);
      status.link = link_.status();
      status.video_bit_rate_bps = bit_rate_.bit_rate_bps();
      slow = link_.is_slow();
    }
    const bool open =
        status.state == PublisherState::Connected || status.state == PublisherState::Reconnecting;
    if (open) add_warnings(status, slow);
    return status;
  }

 private:
  // A resumed session that has hardly room for new chunks sends what it has first.
  Result<void> make_room(const std::stop_token& stop) {
    if (spool_ == nullptr || resume_point_.next_index == 0) return {};
    Clock& clock = context_.clock_or_system();
    for (;;) {
      const UploaderStats uploads = uploader_->stats();
      if (uploads.failed && uploads.last_error) return *uploads.last_error;
      if (fill_of(uploads) <= kBeginShare) return {};
      if (!clock.wait_until(clock.steady_now() + kLookAgain, stop)) return {};
    }
  }

  // Continues where the spool ends.
  Result<void> begin_at(ChunkSpool& spool) {
    resume_point_ = spool.resume_point();
    auto newest = spool.newest_chunk();
    if (!newest) return newest.error();
    last_chunk_ = *std::move(newest);
    const BufferLevel level = spool.level();
    cut_chunks_ = resume_point_.next_index;
    cut_end_ = resume_point_.start.count();
    stored_chunks_before_ = resume_point_.next_index - level.chunks;
    stored_end_before_ = resume_point_.start - level.duration;
    return {};
  }

  Result<void> open_uploader(std::unique_ptr<ChunkSpool> spool) {
    UploaderOptions options{.retry = kRetry, .give_up_after = options_.give_up_after};
    const auto on_stored = [this](const UploadSample& sample) { note_upload(sample); };
    std::unique_ptr<ChunkBuffer> buffer;
    if (spool != nullptr) {
      spool_ = spool.get();
      options.first_index = resume_point_.next_index;
      options.patient = true;
      options.reject_when_full = options_.spool.when_full == WhenSpoolFull::Stop;
      buffer = std::move(spool);
    } else {
      buffer = make_memory_buffer(options_.max_buffered_chunks, options_.max_buffered_bytes);
    }
    auto uploader = Uploader::create_with_buffer(*writer_, session_.session_id, std::move(buffer),
                                                 options, context_, on_stored);
    if (!uploader) return uploader.error();
    uploader_ = *std::move(uploader);
    return {};
  }

  void keep_credentials(const UploadTarget& upload) {
    if (spool_ == nullptr) return;
    const auto kept = spool_->set_upload(upload);
    if (kept) return;
    context_.log(LogLevel::Warning, "renewed credentials not kept in the spool",
                 {{"error", to_string(kept.error())}});
  }

  void note_upload(const UploadSample& sample) {
    bool was_slow = false;
    bool slow = false;
    int old_rate = 0;
    int rate = 0;
    LinkStatus link;
    {
      std::lock_guard lock(link_mutex_);
      was_slow = link_.is_slow();
      link_.add(sample);
      slow = link_.is_slow();
      link = link_.status();
      old_rate = bit_rate_.bit_rate_bps();
      rate = bit_rate_.update(sample, link);
    }
    context_.gauge("streamkit_upload_link_bits_per_second", link.bits_per_second);
    context_.gauge("streamkit_upload_load", link.load);
    if (slow && !was_slow) {
      context_.log(LogLevel::Warning, "the upload is slower than real time",
                   {{"bits_per_second", std::to_string(std::llround(link.bits_per_second))}});
    }
    if (rate != old_rate) {
      context_.log(LogLevel::Info, "video bit rate changed",
                   {{"bits_per_second", std::to_string(rate)}});
    }
  }

  // Passes the controller's choice to the encoder, on the encoder's thread.
  void adapt(Encoder& encoder) {
    int wanted = 0;
    {
      std::lock_guard lock(link_mutex_);
      wanted = bit_rate_.bit_rate_bps();
    }
    if (wanted == 0 || wanted == std::exchange(encoder_rate_bps_, wanted)) return;
    if (const auto set = encoder.set_video_bit_rate(wanted); !set) {
      context_.log(LogLevel::Warning, "the encoder keeps its bit rate",
                   {{"error", to_string(set.error())}});
    }
  }

  double fill_of(const UploaderStats& uploads) const {
    const auto share = [](auto part, auto whole) {
      return static_cast<double>(part) / static_cast<double>(whole);
    };
    if (spool_ == nullptr) return share(uploads.buffered_bytes, options_.max_buffered_bytes);
    const SpoolLimits& limits = options_.spool.limits;
    return std::max(share(uploads.buffered_bytes, limits.max_bytes),
                    share(uploads.buffered_duration.count(), limits.max_duration.count()));
  }

  void add_warnings(PublisherStatus& status, bool slow) const {
    const auto add = [&](PublisherProblem problem, std::string message) {
      status.warnings.push_back({problem, std::move(message)});
    };
    if (fill_of(status.uploads) > kFillingShare) {
      add(PublisherProblem::BufferFilling,
          "more than three quarters of the room for chunks that wait for the server is used; check "
          "the network");
    }
    if (status.state == PublisherState::Reconnecting) {
      const std::string why =
          status.uploads.last_error ? ": " + status.uploads.last_error->message : std::string();
      add(PublisherProblem::ServerUnreachable,
          "the server cannot be reached; the stream is kept and sent later" + why);
    }
    if (status.credentials_expire_at < context_.clock_or_system().system_now() + kExpiringSoon) {
      add(PublisherProblem::CredentialsExpiring,
          "the upload credentials expire soon and could not be renewed yet; check that the server "
          "can be reached");
    }
    if (slow) {
      add(PublisherProblem::SlowLink,
          "the upload is slower than real time; lower the bit rate or let it adapt");
    }
  }

  void remove_spool() {
    if (spool_ == nullptr) return;
    const auto removed = spool_->remove();
    if (removed) return;
    context_.log(LogLevel::Warning, "spool of an ended session not removed",
                 {{"error", to_string(removed.error())}});
  }

  Result<void> end_session(std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    const auto deadline = clock.steady_now() + options_.give_up_after;
    for (int attempt = 1;; ++attempt) {
      const auto done = client_.end_session(session_.session_id, session_.control_token, stop);
      if (done) {
        ended_ = true;
        remove_spool();
        return {};
      }
      const Error& error = done.error();
      if (error.code == ErrorCode::Cancelled) return error;
      if (!error.retryable() || clock.steady_now() >= deadline) {
        end_failed_ = true;
        return error;
      }
      end_retrying_ = true;
      context_.log(LogLevel::Warning, "session not ended, will try again",
                   {{"error", to_string(error)}});
      constexpr double kNoJitter = 0;
      const auto next = clock.steady_now() + kRetry.delay_after(attempt, kNoJitter);
      if (!clock.wait_until(next, stop)) return Error{ErrorCode::Cancelled, "publishing cancelled"};
    }
  }

  const PublisherOptions options_;
  const Context context_;
  SessionClient client_;
  const CreatedSession session_;
  ResumePoint resume_point_;
  Bytes last_chunk_;
  std::uint64_t stored_chunks_before_ = 0;  // by earlier runs of the session
  MediaTime stored_end_before_{0};

  ChunkSpool* spool_ = nullptr;  // belongs to uploader_; null without a spool
  SessionCredentialsProvider credentials_;
  mutable std::mutex link_mutex_;
  // Guarded by link_mutex_
  LinkMonitor link_;
  BitRateController bit_rate_;

  std::unique_ptr<S3ObjectWriter> writer_;
  std::unique_ptr<Uploader> uploader_;

  // Used by the producer's thread only
  bool end_tried_ = false;
  int encoder_rate_bps_ = 0;
  std::atomic<std::uint64_t> cut_chunks_{0};
  std::atomic<std::int64_t> cut_end_{0};  // in flicks
  std::atomic<bool> ended_{false};
  std::atomic<bool> end_retrying_{false};
  std::atomic<bool> end_failed_{false};
};

Error invalid(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "publisher: " + std::string(reason)};
}

Result<void> check(const PublisherOptions& options) {
  if (options.give_up_after.count() <= 0) return invalid("give_up_after must be above 0");
  if (options.max_buffered_bytes == 0) return invalid("max_buffered_bytes must be above 0");
  if (options.adaptive.max_bps < 0 || options.adaptive.min_bps < 0) {
    return invalid("bit rates must not be negative");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::create(PublisherOptions options, HttpClient& http,
                                                     Context context, std::stop_token stop) {
  if (auto checked = check(options); !checked) return checked.error();
  const std::filesystem::path folder = options.spool.folder;
  if (!folder.empty()) {
    if (auto checked = ChunkSpool::check_folder(folder); !checked) return checked.error();
  }
  auto client = SessionClient::create(http, options.server, options.api_key);
  if (!client) return client.error();
  auto session =
      client->create_session(options.mode, options.stereo, options.chunk_duration, std::move(stop));
  if (!session) return session.error();
  std::unique_ptr<ChunkSpool> spool;
  std::optional<Error> failure;
  if (!folder.empty()) {
    auto made = ChunkSpool::create(folder,
                                   {.server = options.server,
                                    .session = *session,
                                    .chunk_duration = options.chunk_duration,
                                    .mode = options.mode,
                                    .note = options.spool.note},
                                   options.spool.limits, context);
    if (made) spool = *std::move(made);
    if (!made) failure = made.error();
  }
  auto publisher = std::make_unique<SessionPublisher>(std::move(options), *std::move(client),
                                                      *std::move(session), context);
  if (!failure) {
    if (auto opened = publisher->open(http, std::move(spool)); !opened) failure = opened.error();
  }
  if (!failure) return std::unique_ptr<Publisher>(std::move(publisher));
  publisher->end_after_failure();
  return *failure;
}

Result<std::unique_ptr<Publisher>> Publisher::resume(PublisherOptions options, HttpClient& http,
                                                     Context context) {
  if (auto checked = check(options); !checked) return checked.error();
  auto spool = ChunkSpool::open(options.spool.folder, options.spool.limits, context);
  if (!spool) return spool.error();
  const SpooledSession& spooled = (*spool)->session();
  options.server = spooled.server;
  options.mode = spooled.mode;
  options.chunk_duration = spooled.chunk_duration;
  options.spool.note = spooled.note;
  auto client = SessionClient::create(http, options.server);
  if (!client) return client.error();
  auto publisher = std::make_unique<SessionPublisher>(std::move(options), *std::move(client),
                                                      spooled.session, context);
  if (auto opened = publisher->open(http, *std::move(spool)); !opened) return opened.error();
  return std::unique_ptr<Publisher>(std::move(publisher));
}

}  // namespace streamkit::client
