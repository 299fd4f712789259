#include <atomic>
#include <optional>
#include <streamkit/client/publisher.hpp>
#include <streamkit/client/s3_object_writer.hpp>
#include <streamkit/client/session_credentials_provider.hpp>
#include <utility>

namespace streamkit::client {
namespace {

// If the server becomes available again, an upload is attempted within `max_delay`.
constexpr RetryPolicy kRetry{.max_attempts = 4,
                             .initial_delay = std::chrono::milliseconds(500),
                             .max_delay = std::chrono::milliseconds(4000)};

class SessionPublisher final : public Publisher {
 public:
  SessionPublisher(PublisherOptions options, SessionClient client, CreatedSession session,
                   Context context)
      : options_(std::move(options)),
        context_(context.with({"session_id", session.session_id})),
        client_(std::move(client)),
        session_(std::move(session)),
        credentials_(client_, session_, context) {}

  Result<void> open(HttpClient& http) {
    const UploadTarget& target = session_.upload;
    auto writer = S3ObjectWriter::create(http, credentials_,
                                         {target.bucket, target.region, target.endpoint}, context_);
    if (!writer) return writer.error();
    writer_ = *std::move(writer);
    auto uploader = Uploader::create(*writer_, session_.session_id,
                                     {.retry = kRetry,
                                      .give_up_after = options_.give_up_after,
                                      .chunks_ahead = options_.max_buffered_chunks,
                                      .max_buffered_bytes = options_.max_buffered_bytes},
                                     context_);
    if (!uploader) return uploader.error();
    uploader_ = *std::move(uploader);
    return {};
  }

  Result<CaptureStats> capture(Source& source, Encoder& encoder, Chunker& chunker,
                               std::stop_token stop) override {
    // A stop request ends the capture only: captured chunks are still uploaded, within
    // `give_up_after`.
    const auto upload = [this](Chunk chunk) { return submit(std::move(chunk), {}); };
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
    if (std::exchange(end_tried_, true)) return;
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
    status.cut_chunks = cut_chunks_;
    status.cut_end = MediaTime{cut_end_.load()};
    const bool failed = status.uploads.failed || end_failed_;
    status.state = ended_                                       ? PublisherState::Ended
                   : failed                                     ? PublisherState::Failed
                   : status.uploads.last_error || end_retrying_ ? PublisherState::Reconnecting
                                                                : PublisherState::Connected;
    return status;
  }

 private:
  Result<void> end_session(std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    const auto deadline = clock.steady_now() + options_.give_up_after;
    for (int attempt = 1;; ++attempt) {
      const auto done = client_.end_session(session_.session_id, session_.control_token, stop);
      if (done) {
        ended_ = true;
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
  SessionCredentialsProvider credentials_;
  std::unique_ptr<S3ObjectWriter> writer_;
  std::unique_ptr<Uploader> uploader_;

  bool end_tried_ = false;  // used by the producer's thread only
  std::atomic<std::uint64_t> cut_chunks_{0};
  std::atomic<std::int64_t> cut_end_{0};  // in flicks
  std::atomic<bool> ended_{false};
  std::atomic<bool> end_retrying_{false};
  std::atomic<bool> end_failed_{false};
};

Error invalid(std::string_view reason) {
  return {ErrorCode::InvalidArgument, "publisher: " + std::string(reason)};
}

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::create(PublisherOptions options, HttpClient& http,
                                                     Context context, std::stop_token stop) {
  if (options.give_up_after.count() <= 0) return invalid("give_up_after must be above 0");
  if (options.max_buffered_bytes == 0) return invalid("max_buffered_bytes must be above 0");
  auto client = SessionClient::create(http, options.server, options.api_key);
  if (!client) return client.error();
  auto session =
      client->create_session(options.mode, options.stereo, options.chunk_duration, std::move(stop));
  if (!session) return session.error();
  auto publisher = std::make_unique<SessionPublisher>(std::move(options), *std::move(client),
                                                      *std::move(session), context);
  if (auto opened = publisher->open(http); !opened) {
    publisher->end_after_failure();
    return opened.error();
  }
  return std::unique_ptr<Publisher>(std::move(publisher));
}

Result<std::unique_ptr<Publisher>> Publisher::resume(PublisherOptions, HttpClient&, Context) {
  return Error{ErrorCode::Unsupported, "resuming is not built yet"};
}

}  // namespace streamkit::client
