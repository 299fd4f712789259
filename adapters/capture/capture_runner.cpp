#include "capture/capture_runner.hpp"

#include <streamkit/capture/file_source.hpp>
#include <streamkit/capture/generated_source.hpp>
#include <streamkit/media/mp4_chunker.hpp>

namespace streamkit::capture_tool {
namespace {

Result<std::unique_ptr<Source>> open_source(const CaptureConfig& config, Context context) {
  if (config.input != "test") {
    return capture::open_file_source(
        {config.input, config.loop, config.pacing, config.duration, {}}, context);
  }
  capture::GeneratedSourceOptions generated;
  generated.duration = config.duration;
  generated.pacing = config.pacing;
  auto source = capture::GeneratedSource::create(generated, context);
  if (!source) return source.error();
  return std::unique_ptr<Source>(std::move(*source));
}

}  // namespace

Result<std::unique_ptr<CaptureRunner>> CaptureRunner::create(const CaptureConfig& config,
                                                             Context context,
                                                             std::stop_token stop) {
  std::unique_ptr<CaptureRunner> runner(new CaptureRunner);
  auto source = open_source(config, context);
  if (!source) return source.error();
  runner->source_ = std::move(*source);
  const SourceFormat& format = runner->source_->format();
  auto encoder = media::open_encoder(config.encoder, format.video, format.audio);
  if (!encoder) return encoder.error();
  runner->encoder_ = std::move(*encoder);
  auto chunker = media::open_chunker({config.encoder.chunk_duration}, runner->encoder_->tracks());
  if (!chunker) return chunker.error();
  runner->chunker_ = std::move(*chunker);

  runner->http_ =
      std::make_unique<client::HttpClient>(client::HttpClientOptions{.ca_file = config.ca_file});
  auto client = client::SessionClient::create(*runner->http_, config.api_base, config.api_key);
  if (!client) return client.error();
  runner->client_ = std::move(*client);
  auto session = runner->client_->create_session(config.mode, config.encoder.chunk_duration, stop);
  if (!session) return session.error().with_context("cannot create a session");
  runner->session_ = std::move(*session);
  const client::CreatedSession& created = runner->session_;
  runner->credentials_ =
      std::make_unique<client::SessionCredentialsProvider>(*runner->client_, created, context);
  auto writer = client::S3ObjectWriter::create(
      *runner->http_, *runner->credentials_,
      {created.upload.bucket, created.upload.region, created.upload.endpoint}, context);
  if (!writer) return writer.error();
  runner->writer_ = std::move(*writer);
  auto uploader = Uploader::create(*runner->writer_, created.session_id, config.uploader, context);
  if (!uploader) return uploader.error();
  runner->uploader_ = std::move(*uploader);
  return runner;
}

CaptureStatus CaptureRunner::status() const {
  return {chunks_cut_.load(), MediaTime{captured_flicks_.load()}, uploader_->stats()};
}

Result<CaptureStats> CaptureRunner::run(std::stop_token stop) {
  // What is captured is uploaded even after a stop: only capturing stops. Retries bound the wait.
  const auto upload = [this](Chunk chunk) -> Result<void> {
    ++chunks_cut_;
    captured_flicks_ = (chunk.start + chunk.duration).count();
    return uploader_->submit(std::move(chunk), {});
  };
  auto stats = run_capture(*source_, *encoder_, *chunker_, upload, stop);
  if (stats) {
    if (auto uploaded = uploader_->finish({}); !uploaded) stats = uploaded.error();
  }
  auto ended = client_->end_session(session_.session_id, session_.control_token, {});
  if (stats && !ended) return ended.error().with_context("cannot end the session");
  return stats;
}

}  // namespace streamkit::capture_tool
