#include "capture/active_capture.hpp"

#include <algorithm>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/core/resumed_source.hpp>
#include <streamkit/media/encoder_probe.hpp>
#include <streamkit/media/last_frame.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <utility>

#include "capture/capture_problems.hpp"
#include "capture/live_inputs.hpp"
#include "capture/spool_folder.hpp"
#include "common/server_flags.hpp"

namespace streamkit::capture_tool {
namespace {

constexpr std::string_view kOwnAudio = "audio";
constexpr double kHighestLevel = 4;
constexpr std::chrono::seconds kLongSilence{10};

// The height to which frames are scaled so that they fit the resolution; 0: as they are.
int encoded_height(const Resolution& resolution, const VideoFormat& video) {
  if (resolution.height_px == 0) return 0;
  if (resolution.width_px == 0) return resolution.height_px;
  const int by_width = resolution.width_px * video.height_px / std::max(1, video.width_px);
  return std::max(16, std::min(resolution.height_px, by_width) / 2 * 2);
}

// Where the chunks of a new session wait.
Result<client::SpoolOptions> spool_of(const CaptureOptions& options, bool live) {
  client::SpoolOptions spool = options.publisher.spool;
  if (options.spool == SpoolChoice::None) return spool;
  if (options.spool == SpoolChoice::Automatic && !live) return spool;
  const auto spools = options.spool == SpoolChoice::Folder
                          ? std::optional(options.spool_folder)
                          : default_spool_folder(common::process_environment());
  if (!spools) {
    return Error{ErrorCode::InvalidArgument,
                 "no folder for the spool, because HOME is not set: give --spool FOLDER or --spool "
                 "none"};
  }
  spool.folder = new_spool_folder(*spools);
  spool.when_full = live ? client::WhenSpoolFull::Stop : client::WhenSpoolFull::Wait;
  spool.note = to_text({std::filesystem::current_path(), options.words});
  return spool;
}

bool captures(CaptureState state) {
  return state == CaptureState::Streaming || state == CaptureState::Paused;
}

}  // namespace

ActiveCapture::ActiveCapture(const CaptureOptions& options, AfterCapture after, Context context)
    : options_(options),
      after_(after),
      context_(std::move(context)),
      http_({.ca_file = options.ca_file}) {}

ActiveCapture::~ActiveCapture() {
  capture_stop_.request_stop();
  thread_.request_stop();
}

Result<std::unique_ptr<ActiveCapture>> ActiveCapture::start(const CaptureOptions& options,
                                                            AfterCapture after, Context context,
                                                            std::stop_token stop) {
  std::unique_ptr<ActiveCapture> capture(new ActiveCapture(options, after, std::move(context)));
  if (auto opened = capture->open(std::move(stop)); !opened) return opened.error();
  capture->thread_ =
      std::jthread([self = capture.get()](std::stop_token abandon) { self->run(abandon); });
  return capture;
}

Result<void> ActiveCapture::open(std::stop_token stop) {
  if (auto input = open_input(options_, stop); !input) return input;
  if (auto encoding = open_encoding(0, stop); !encoding) return encoding;
  client::PublisherOptions publishing = options_.publisher;
  auto spool = spool_of(options_, opened_.live);
  if (!spool) return spool.error();
  publishing.spool = *std::move(spool);
  if (options_.adaptive_bit_rate) {
    publishing.adaptive.max_bps = options_.encoder.video_bit_rate_bps.value_or(0);
  }
  auto publisher = client::Publisher::create(publishing, http_, context_, std::move(stop));
  if (!publisher) return common::with_server_hint(publisher.error(), options_.publisher.server);
  publisher_ = *std::move(publisher);
  return {};
}

Result<std::unique_ptr<ActiveCapture>> ActiveCapture::resume(const CaptureOptions& options,
                                                             const std::filesystem::path& folder,
                                                             Context context,
                                                             std::stop_token stop) {
  std::unique_ptr<ActiveCapture> capture(
      new ActiveCapture(options, AfterCapture::EndSession, std::move(context)));
  if (auto opened = capture->open_resumed(folder, std::move(stop)); !opened) return opened.error();
  capture->thread_ =
      std::jthread([self = capture.get()](std::stop_token abandon) { self->run(abandon); });
  return capture;
}

Result<void> ActiveCapture::open_resumed(const std::filesystem::path& folder,
                                         std::stop_token stop) {
  // What a file showed before the interruption is passed over as fast as it can be read.
  CaptureOptions passing = options_;
  if (!is_device_or_stream(options_)) passing.pacing = capture::Pacing::AsFastAsPossible;
  if (auto input = open_input(passing, stop); !input) return input;
  client::PublisherOptions publishing = options_.publisher;
  publishing.spool.folder = folder;
  publishing.spool.when_full =
      opened_.live ? client::WhenSpoolFull::Stop : client::WhenSpoolFull::Wait;
  if (options_.adaptive_bit_rate) {
    publishing.adaptive.max_bps = options_.encoder.video_bit_rate_bps.value_or(0);
  }
  auto publisher = client::Publisher::resume(publishing, http_, context_);
  if (!publisher) return publisher.error();
  publisher_ = *std::move(publisher);

  ResumedSourceOptions resuming{.point = publisher_->resume_point()};
  // A file continues where it was, so there is no gap in it.
  if (!opened_.live) {
    resuming.max_gap = MediaTime{0};
    resuming.skip = resuming.point.start;
  }
  if (!publisher_->last_chunk().empty()) {
    auto frame = media::decode_last_frame(publisher_->last_chunk());
    if (frame) resuming.last_frame = *std::move(frame);
  }
  auto resumed = ResumedSource::create(*opened_.source, resuming, context_);
  if (!resumed) return resumed.error();
  resumed_ = *std::move(resumed);
  source_ = std::make_unique<ControlledSource>(*resumed_, options_.duration);
  if (passing.pacing != options_.pacing) source_->pace(context_.clock_or_system());
  return open_encoding(resuming.point.next_index, std::move(stop));
}

// Returns the path of a recording that does not exist yet: that of an interrupted stream is kept.
std::filesystem::path ActiveCapture::recording_path() const {
  std::filesystem::path path = options_.recording;
  for (int part = 2; resumed_ && std::filesystem::exists(path) && part < 1000; ++part) {
    path = options_.recording.parent_path() /
           (options_.recording.stem().string() + "-" + std::to_string(part) +
            options_.recording.extension().string());
  }
  return path;
}

Result<void> ActiveCapture::open_input(const CaptureOptions& options, std::stop_token stop) {
  auto opened = open_source(options, std::move(stop), context_);
  if (!opened) return opened.error();
  opened_ = *std::move(opened);
  source_ = std::make_unique<ControlledSource>(*opened_.source, options_.duration);
  return {};
}

Result<void> ActiveCapture::open_encoding(std::uint64_t first_index, std::stop_token stop) {
  const SourceFormat& format = source_->format();
  media::EncoderOptions encoding = options_.encoder;
  encoding.hdr = format.hdr;
  encoding.height_px = encoded_height(options_.resolution, format.video);
  encoding.encoder = options_.encoder_name;
  auto name = media::choose_encoder(encoding, format.video, context_, std::move(stop));
  if (!name) return name.error().with_context("--encoder");
  encoding.encoder = encoder_name_ = *std::move(name);
  auto encoder = media::open_encoder(encoding, format.video, format.audio);
  if (!encoder) return encoder.error();
  encoder_ = *std::move(encoder);
  auto chunker =
      media::open_chunker({options_.encoder.chunk_duration}, encoder_->tracks(), first_index);
  if (!chunker) return chunker.error();
  std::unique_ptr<media::ChunkRecording> recording;
  if (!options_.recording.empty()) {
    auto created = media::ChunkRecording::create(recording_path());
    if (!created) return created.error();
    recording = *std::move(created);
    recording_ = recording->path().string();
  }
  chunker_ = std::make_unique<RecordingChunker>(*std::move(chunker), std::move(recording));
  return {};
}

void ActiveCapture::run(std::stop_token abandon) {
  auto result = capture_and_end(abandon);
  const std::lock_guard lock(mutex_);
  if (!result) failure_ = result.error();
  state_ = result ? CaptureState::Ended : CaptureState::Failed;
  changed_.notify_all();
}

Result<void> ActiveCapture::capture_and_end(std::stop_token abandon) {
  const auto stats = publisher_->capture(*source_, *encoder_, *chunker_, capture_stop_.get_token());
  {
    std::unique_lock lock(mutex_);
    state_ = CaptureState::Stopped;
    changed_.notify_all();
    // After a failure the rest is uploaded and the session ended, so that viewers do not wait.
    if (stats && after_ == AfterCapture::WaitForEnd) {
      changed_.wait(lock, abandon, [this] { return end_requested_; });
    }
  }
  const auto finished = publisher_->finish(std::move(abandon));
  if (!stats) return stats.error();
  return finished;
}

void ActiveCapture::pause(bool paused) {
  source_->pause(paused);
  if (opened_.pause) opened_.pause(paused);
}

Result<void> ActiveCapture::set_audio(const std::string& id, double level, bool muted) {
  if (!(level >= 0 && level <= kHighestLevel)) {
    return Error{ErrorCode::InvalidArgument, "level must be a number from 0 to 4"};
  }
  if (opened_.set_audio) return opened_.set_audio(id, level, muted);
  if (id != kOwnAudio) return Error{ErrorCode::NotFound, "no audio input has the id '" + id + "'"};
  source_->set_audio(level, muted);
  return {};
}

void ActiveCapture::stop() { capture_stop_.request_stop(); }

void ActiveCapture::end() {
  stop();
  const std::lock_guard lock(mutex_);
  end_requested_ = true;
  changed_.notify_all();
}

bool ActiveCapture::finished() const {
  const std::lock_guard lock(mutex_);
  return state_ == CaptureState::Ended || state_ == CaptureState::Failed;
}

Result<void> ActiveCapture::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return state_ == CaptureState::Ended || state_ == CaptureState::Failed; });
  if (failure_) return *failure_;
  return {};
}

bool ActiveCapture::resumable() const {
  return !publisher_->note().empty() && publisher_->status().state != client::PublisherState::Ended;
}

std::vector<AudioMeter> ActiveCapture::meters() {
  if (opened_.meters) return opened_.meters();
  AudioMeter meter{.id = std::string(kOwnAudio), .name = "Audio of the source"};
  meter.peak = source_->take_peak();
  meter.level = source_->level();
  meter.muted = source_->muted();
  return {std::move(meter)};
}

CaptureStatus ActiveCapture::status() {
  const client::PublisherStatus published = publisher_->status();
  CaptureStatus status;
  status.session_id = publisher_->session().session_id;
  status.playlist_url = publisher_->session().playlist_url;
  status.watch_url = client::watch_url(publisher_->session());
  status.encoder = encoder_name_;
  status.chunks_cut = published.cut_chunks;
  status.chunks_stored = published.uploads.stored_chunks;
  status.chunk_progress = published.chunk_progress();
  status.upload_lag_seconds = std::max(0.0, to_seconds(published.lag()));
  status.captured_seconds = to_seconds(source_->end());
  status.dropped_frames = opened_.dropped_frames ? opened_.dropped_frames() : 0;
  status.bits_per_second = chunker_->bits_per_second();
  status.recording = recording_;
  status.audio = meters();
  {
    const std::lock_guard lock(mutex_);
    status.state = state_;
    status.frames_per_second =
        rate_.rate(source_->frames(), context_.clock_or_system().steady_now());
  }
  if (status.state != CaptureState::Streaming) status.frames_per_second = 0;
  if (status.state == CaptureState::Streaming && source_->paused()) {
    status.state = CaptureState::Paused;
  }
  add_problems(status, published);
  return status;
}

std::optional<VideoFrame> ActiveCapture::last_frame_of(const std::string& source_id) const {
  if (source_id != options_.source) return {};
  return source_->last_frame();
}

// Returns whether no audio input has had any sound for some time.
bool ActiveCapture::silence_lasts(const CaptureStatus& status) {
  if (!opened_.meters || status.audio.empty() || !captures(status.state)) return false;
  const auto sounds = [](const AudioMeter& meter) { return !meter.silent || meter.muted; };
  const auto now = context_.clock_or_system().steady_now();
  const bool any = std::any_of(status.audio.begin(), status.audio.end(), sounds);
  const std::lock_guard lock(mutex_);
  if (any || !last_sound_) last_sound_ = now;
  return now - *last_sound_ >= kLongSilence;
}

void ActiveCapture::add_problems(CaptureStatus& status, const client::PublisherStatus& published) {
  if (opened_.problems && captures(status.state)) {
    for (CaptureProblem& problem : opened_.problems()) {
      status.problems.push_back(std::move(problem));
    }
  }
  for (CaptureProblem& problem : upload_problems(published)) {
    status.problems.push_back(std::move(problem));
  }
  if (silence_lasts(status)) {
    status.problems.push_back(
        {"no_sound", "no audio comes in; check that the right device is chosen and plays"});
  }
  if (const auto failure = chunker_->failure()) {
    status.problems.push_back({"recording_failed", failure->message +
                                                       ". The recording ends here; the stream goes "
                                                       "on"});
  }
  const std::lock_guard lock(mutex_);
  if (failure_) status.problems.push_back(failure_problem(*failure_, resumable()));
}

}  // namespace streamkit::capture_tool
