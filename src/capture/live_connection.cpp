#include "capture/live_connection.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace streamkit::capture {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr AudioFormat kSound{48'000, 2};
// A connection that lasted for this long is a good one: the next attempts begin anew.
constexpr nanoseconds kGood = seconds(10);
// A track that was not read for this long is not read at all.
constexpr nanoseconds kIdle = seconds(2);
constexpr std::array kTracks = {TrackKind::Video, TrackKind::Audio};

// What a packet takes besides its bytes, so that empty packets are bounded too.
std::size_t weight(const AVPacket& packet) { return static_cast<std::size_t>(packet.size) + 256; }

Arrival arrival_of(const media::InputFile& file) {
  if (file.is_segmented()) return Arrival::Segments;
  return file.is_finite() ? Arrival::Whole : Arrival::Steady;
}

double random_share() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<>(0, 1)(engine);
}

}  // namespace

Result<std::shared_ptr<LiveConnection>> LiveConnection::open(LiveOrigin origin,
                                                             std::stop_token stop) {
  if (auto checked = origin.backoff.check(); !checked) return checked.error();
  std::shared_ptr<LiveConnection> connection(new LiveConnection(std::move(origin)));
  auto file = connection->origin_.open(stop);
  if (!file) return file.error();
  connection->name_ = (*file)->name();
  if (auto begun = connection->begin(**file); !begun) return begun.error();
  connection->file_ = std::move(*file);
  connection->thread_ =
      std::jthread([self = connection.get()](const std::stop_token& own) { self->run(own); });
  return connection;
}

LiveConnection::~LiveConnection() = default;

// Opens the decoders, which the readers then own.
Result<void> LiveConnection::begin(media::InputFile& file) {
  LiveBegin pictures;
  LiveBegin sound;
  const bool first = clock_ == nullptr;
  if (file.video() != nullptr && (first || video_)) {
    auto decoder = media::PictureDecoder::open(file, picture_options(first));
    if (!decoder) return decoder.error();
    if (first) video_ = (*decoder)->format();
    pictures.pictures = std::make_unique<media::TrackDecoder>(std::move(*decoder));
  } else if (video_) {
    return Error{ErrorCode::Unavailable, file.name() + " has no video now"};
  }
  if (file.audio() != nullptr && (first || has_audio_)) {
    auto decoder = LiveSoundDecoder::open(*file.audio(), kSound);
    // If this FFmpeg cannot decode the audio, the video is still played.
    if (!decoder && !video_) return decoder.error();
    if (decoder) sound.sound = std::move(*decoder);
    if (first) has_audio_ = sound.sound != nullptr;
  }
  const Arrival arrival = arrival_of(file);
  std::shared_ptr<LiveClock> clock;
  if (clock_ != nullptr) {
    clock = clock_->next(arrival);
  } else if (origin_.is_paced) {
    clock = std::make_unique<PlayoutClock>(arrival);
  } else {
    clock = std::make_unique<DeviceClock>();
  }
  pictures.clock = sound.clock = clock;
  last_data_ = began_ = now();
  {
    std::lock_guard lock(mutex_);
    clock_ = std::move(clock);
    for (Queue& each : queues_) each.wants_keyframe = origin_.is_paced;
    stats_.connected = true;
  }
  if (video_) publish(TrackKind::Video, std::move(pictures));
  if (has_audio_) publish(TrackKind::Audio, std::move(sound));
  return {};
}

media::PictureOptions LiveConnection::picture_options(bool first) const {
  media::PictureOptions options;
  options.context = first ? origin_.context : Context{};
  options.size = origin_.size;
  if (!first) {
    options.size = media::PictureSize{video_->width_px, video_->height_px};
    options.color = video_;
  }
  return options;
}

void LiveConnection::run(const std::stop_token& stop) {
  for (;;) {
    file_->stop_with(stop);
    const auto broken = read_all(stop);
    if (stop.stop_requested()) return;
    if (!broken) return publish_end({});
    if (!reconnect(*broken, stop)) return;
  }
}

// Returns why the connection broke; nothing at the end of a stream.
std::optional<Error> LiveConnection::read_all(const std::stop_token& stop) {
  for (;;) {
    auto packet = file_->read();
    if (!packet) return packet.error();
    if (*packet == nullptr) break;
    take(std::move(*packet), stop);
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "capture stopped"};
    report_buffer();
  }
  const auto failure = file_->failure();
  if (file_->is_finite() && !failure) return {};
  return failure.value_or(Error{ErrorCode::Unavailable, name_ + " ended"});
}

void LiveConnection::take(media::PacketPtr packet, const std::stop_token& stop) {
  const bool is_video = file_->video() != nullptr && packet->stream_index == file_->video()->index;
  const TrackKind track = is_video ? TrackKind::Video : TrackKind::Audio;
  const AVRational base = (is_video ? file_->video() : file_->audio())->time_base;
  const std::int64_t ticks = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
  last_data_ = now();

  std::unique_lock lock(mutex_);
  Queue& own = queue(track);
  const Queue& other = queue(is_video ? TrackKind::Audio : TrackKind::Video);
  stats_.bytes += static_cast<std::uint64_t>(packet->size);
  if (ticks != AV_NOPTS_VALUE) {
    newest_ = media::to_media_time(ticks, base);
    clock_->arrive(track, newest_, last_data_);
  }
  if (own.left_out || (is_video ? !video_ : !has_audio_)) return;
  // The other track must not starve because nobody reads this one.
  const auto is_idle = [&] { return other.waits && now() - own.taken_at > kIdle; };
  while (is_full(own) && !own.left_out && !stop.stop_requested() && !is_idle()) {
    changed_.wait_for(lock, stop, milliseconds(100), [&] { return !is_full(own); });
  }
  if (stop.stop_requested() || own.left_out) return;
  if (is_full(own)) drop_oldest(own);
  const bool key = !is_video || (packet->flags & AV_PKT_FLAG_KEY) != 0;
  if (own.wants_keyframe && !key) return;
  own.wants_keyframe = false;
  ++own.packets;
  own.bytes += weight(*packet);
  own.items.emplace_back(std::move(packet));
  changed_.notify_all();
}

bool LiveConnection::is_full(const Queue& queue) const {
  return queue.packets >= origin_.most_packets || queue.bytes >= origin_.most_bytes;
}

// Packets of video that follow a dropped one cannot be decoded.
void LiveConnection::drop_oldest(Queue& queue) {
  std::deque<LiveItem> kept;
  for (LiveItem& item : queue.items) {
    if (std::holds_alternative<media::PacketPtr>(item)) {
      ++stats_.dropped_packets;
    } else {
      kept.push_back(std::move(item));
    }
  }
  queue.items = std::move(kept);
  queue.packets = queue.bytes = 0;
  queue.wants_keyframe = origin_.is_paced;
}

void LiveConnection::report_loss(const Error& reason) {
  publish_event(InputState::Lost, reason.message);
  origin_.context.log(LogLevel::Warning, "the input is lost",
                      {{"input", name_}, {"reason", reason.message}});
}

// Returns false at the end of the stream, if it has given up, or if it was stopped.
bool LiveConnection::reconnect(const Error& reason, const std::stop_token& stop) {
  const bool was_finite = file_->is_finite();
  // A live playlist may have been finished meanwhile, which is not a loss.
  bool is_silent = file_->is_segmented() && !file_->failure();
  file_.reset();
  {
    std::lock_guard lock(mutex_);
    stats_.connected = false;
  }
  if (!is_silent) report_loss(reason);
  if (was_finite) {
    publish_end(Error{ErrorCode::Unavailable, name_ + " was cut off: " + reason.message});
    return false;
  }
  const CaptureTime lost_at = last_data_;
  if (now() - began_ > kGood) attempt_ = 0;
  for (Error last = reason;;) {
    const CaptureTime due =
        now() +
        (is_silent ? milliseconds(0) : origin_.backoff.delay_after(++attempt_, random_share()));
    if (due - lost_at > origin_.give_up_after) {
      publish_end(given_up(last));
      return false;
    }
    if (!clock().wait_until(due, stop)) return false;
    auto opened = open_again(stop);
    if (stop.stop_requested()) return false;
    const auto resumed = opened ? resume(std::move(*opened)) : Result<bool>(opened.error());
    if (resumed) return *resumed;
    last = resumed.error();
    if (std::exchange(is_silent, false)) report_loss(reason);
  }
}

Error LiveConnection::given_up(const Error& last) const {
  const auto time = std::chrono::duration_cast<seconds>(origin_.give_up_after).count();
  return {ErrorCode::Unavailable, name_ + " did not come back within " + std::to_string(time) +
                                      " s; the last attempt: " + last.message};
}

Result<std::unique_ptr<media::InputFile>> LiveConnection::open_again(const std::stop_token& stop) {
  {
    std::lock_guard lock(mutex_);
    ++stats_.retries;
  }
  origin_.context.count("streamkit_input_retries_total", 1, {{"input", name_}});
  return origin_.open(stop);
}

// Returns false at the end of the stream.
Result<bool> LiveConnection::resume(std::unique_ptr<media::InputFile> file) {
  // A live playlist that is finished now has been read to its end.
  if (file->is_segmented() && file->is_finite()) {
    publish_end({});
    return false;
  }
  if (auto begun = begin(*file); !begun) return begun.error();
  file_ = std::move(file);
  {
    std::lock_guard lock(mutex_);
    ++stats_.reconnects;
  }
  publish_event(InputState::Running, "connected to " + name_ + " again");
  origin_.context.log(LogLevel::Info, "the input is back", {{"input", name_}});
  return true;
}

void LiveConnection::publish(TrackKind track, LiveItem item) {
  std::lock_guard lock(mutex_);
  Queue& to = queue(track);
  if (to.left_out) return;
  to.items.push_back(std::move(item));
  changed_.notify_all();
}

void LiveConnection::publish_event(InputState state, const std::string& message) {
  for (const TrackKind track : kTracks) publish(track, InputEvent{now(), state, message});
}

void LiveConnection::publish_end(const std::optional<Error>& failure) {
  for (const TrackKind track : kTracks) {
    if (failure) {
      publish(track, *failure);
    } else {
      publish(track, EndOfStream{});
    }
  }
}

Result<LiveItem> LiveConnection::next(TrackKind track, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Queue& from = queue(track);
  from.waits = from.items.empty();
  if (from.waits) changed_.notify_all();
  changed_.wait(lock, stop, [&] { return !from.items.empty(); });
  from.waits = false;
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "capture stopped"};
  LiveItem& first = from.items.front();
  if (const auto* failure = std::get_if<Error>(&first)) return LiveItem{*failure};
  if (std::holds_alternative<EndOfStream>(first)) return LiveItem{EndOfStream{}};
  from.taken_at = now();
  LiveItem item = std::move(first);
  from.items.pop_front();
  if (const auto* packet = std::get_if<media::PacketPtr>(&item)) {
    --from.packets;
    from.bytes -= weight(**packet);
    changed_.notify_all();
  }
  return item;
}

Result<std::optional<CaptureTime>> LiveConnection::wait_for(const LiveClock& from, MediaTime time,
                                                            const std::stop_token& stop) {
  constexpr nanoseconds kLongest = milliseconds(100);  // the clock may change meanwhile
  constexpr nanoseconds kUnknown = milliseconds(20);
  for (;;) {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "capture stopped"};
    const CaptureTime at = now();
    std::optional<CaptureTime> due;
    CaptureTime earliest;
    {
      std::lock_guard lock(mutex_);
      due = from.time_of(time, at);
      earliest = from.earliest();
    }
    if (due && *due < earliest) return std::optional<CaptureTime>();
    if (due && (*due <= at || !from.is_paced())) return due;
    clock().wait_until(due ? std::min(*due, at + kLongest) : at + kUnknown, stop);
  }
}

void LiveConnection::count_gap(nanoseconds length) {
  {
    std::lock_guard lock(mutex_);
    ++stats_.gaps;
    stats_.gap_time += std::chrono::duration_cast<milliseconds>(length);
  }
  origin_.context.count("streamkit_input_gaps_total", 1, {{"input", name_}});
}

void LiveConnection::leave_out(TrackKind track) {
  std::lock_guard lock(mutex_);
  Queue& out = queue(track);
  out.left_out = true;
  out.items.clear();
  out.packets = out.bytes = 0;
  changed_.notify_all();
}

milliseconds LiveConnection::buffered() const {
  const CaptureTime at = now();
  const auto due = clock_->time_of(newest_, at);
  if (!due || *due < at) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(*due - at);
}

LiveStats LiveConnection::stats() const {
  std::lock_guard lock(mutex_);
  LiveStats stats = stats_;
  stats.buffer = buffered();
  return stats;
}

void LiveConnection::report_buffer() {
  if (origin_.context.metrics == nullptr || last_data_ - reported_at_ < seconds(1)) return;
  reported_at_ = last_data_;
  const auto buffer = stats().buffer;
  origin_.context.gauge("streamkit_input_buffer_seconds",
                        std::chrono::duration<double>(buffer).count(), {{"input", name_}});
}

}  // namespace streamkit::capture
