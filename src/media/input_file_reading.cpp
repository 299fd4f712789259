#include <array>
#include <cstdio>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/input_file.hpp"
#include "media/track_pace.hpp"

// The packets of an InputFile, once it is open.
namespace streamkit::media {
namespace {

// The longest time without packets that is not taken for a jump. Containers of these formats hold
// an index or durations, so a long still picture is what they say it is; other formats only hold
// what a clock showed.
MediaTime longest_gap(const AVInputFormat& format) {
  const std::string_view names = format.name;
  for (const std::string_view exact : {"mov,mp4", "matroska", "avi"}) {
    if (names.substr(0, exact.size()) == exact) return std::chrono::minutes(10);
  }
  return std::chrono::seconds(10);
}

}  // namespace

void InputFile::keep_only(const AVStream* stream) {
  for (AVStream* each : std::span(context_->streams, context_->nb_streams)) {
    each->discard = each == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

void InputFile::stop_with(std::stop_token stop) {
  if (pipe_ != nullptr) pipe_->stop_with(stop);
  stop_ = std::move(stop);
}

void InputFile::open_timeline() {
  timeline_.emplace(longest_gap(*context_->iformat));
  if (options_.start_at_zero) timeline_->start_at(stated_start());
}

Result<void> InputFile::fetch_all() {
  if (!options_.limits || options_.limits->chunk_duration <= MediaTime{0}) return {};
  TrackPace pace(*options_.limits, stated_start());
  for (;;) {
    auto packet = read_on();
    if (!packet) return packet.error();
    if (*packet == nullptr) return pace.check();
    const AVStream& stream = *context_->streams[(*packet)->stream_index];
    if (auto taken = pace.take(**packet, stream, &stream == video_); !taken) return taken;
    fetched_.push_back(std::move(*packet));
  }
}

Result<PacketPtr> InputFile::read() {
  while (!fetched_.empty()) {
    PacketPtr packet = std::move(fetched_.front());
    fetched_.pop_front();
    if (context_->streams[packet->stream_index]->discard != AVDISCARD_ALL) return packet;
  }
  return read_on();
}

Result<PacketPtr> InputFile::read_on() {
  for (;;) {
    if (PacketPtr packet = timeline_->pop()) return packet;
    if (ended_) return PacketPtr();
    if (auto done = read_ahead(); !done) return done.error();
    log_steps();
  }
}

Result<void> InputFile::read_ahead() {
  PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  if (live_) wait_at_most(options_.read_timeout * (is_segmented() ? 3 : 1));
  for (;;) {
    int code = av_read_frame(context_, packet.get());
    if (code == AVERROR(EAGAIN) && live_ && !stopped() && !is_overdue()) {
      // A device that does not block; its frames have the times at which they were taken.
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      continue;
    }
    if (code < 0) {
      if (is_pipe() && stopped()) {
        return Error{ErrorCode::Cancelled, "reading cancelled"};
      }
      if (is_overdue()) code = AVERROR(ETIMEDOUT);
      end_code_ = code;
      damaged_ = damaged_ || code != AVERROR_EOF;
      ended_ = true;
      timeline_->end();
      return {};
    }
    const AVStream* stream = context_->streams[packet->stream_index];
    const bool wanted = reads_others_ || stream == video_ || stream == audio_;
    if (wanted && stream->discard != AVDISCARD_ALL && !is_repeated(*packet)) {
      timeline_->push(std::move(packet), *stream);
      return {};
    }
    av_packet_unref(packet.get());
  }
}

// FFmpeg reads segments of a live DASH stream again whenever its manifest changes. The timeline of
// DASH never goes back.
bool InputFile::is_repeated(const AVPacket& packet) {
  const std::int64_t ticks = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (!live_ || ticks == AV_NOPTS_VALUE) return false;
  if (std::string_view(context_->iformat->name) != "dash") return false;
  const auto [last, is_first] = last_ticks_.try_emplace(packet.stream_index, ticks);
  if (is_first) return false;
  if (ticks <= last->second) return true;
  last->second = ticks;
  return false;
}

void InputFile::log_steps() {
  constexpr std::size_t kMostLogged = 20;
  for (const TimeStep& step : timeline_->take_steps()) {
    if (++logged_steps_ > kMostLogged) continue;
    std::array<char, 64> at{};
    std::array<char, 64> by{};
    std::snprintf(at.data(), at.size(), "%.3f s", to_seconds(step.at));
    std::snprintf(by.data(), by.size(), "%+.3f s", to_seconds(step.by));
    options_.context.log(LogLevel::Warning,
                         logged_steps_ < kMostLogged
                             ? "the clock of the file jumps; the jump is stepped over"
                             : "the clock of the file jumps again; further jumps are not logged",
                         {{"file", name_}, {"at", at.data()}, {"by", by.data()}});
  }
}

}  // namespace streamkit::media
