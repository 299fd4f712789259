#include <streamkit/media/packet_stream.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/adts.hpp"
#include "media/byte_source_io.hpp"
#include "media/cmaf_cutting.hpp"
#include "media/elementary_stream.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/nal_units.hpp"
#include "media/sequence_header.hpp"
#include "media/wrapped_clock.hpp"

namespace streamkit::media {
namespace {

constexpr AVRational kClock{1, 90'000};
constexpr int kSamplesOfAac = 1024;
constexpr std::size_t kMostPictureBytes = std::size_t{16} << 20;
// How many damaged places in a row are stepped over.
constexpr int kMostFailures = 64;

struct CloseInput {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};

bool is_known_video(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
}

class TransportStream final : public PacketSource {
 public:
  TransportStream(ByteSource& bytes, const PacketStreamOptions& options)
      : bytes_(bytes), options_(options) {}

  Result<void> open(std::stop_token stop);
  const Tracks& tracks() const noexcept override { return tracks_; }
  Result<PacketItem> read(std::stop_token stop) override;
  bool damaged() const noexcept override { return damaged_; }

 private:
  Result<void> open_demuxer(std::stop_token stop);
  Result<void> read_until_described(const std::stop_token& stop);
  Result<void> read_one(const std::stop_token& stop);
  void choose_tracks();
  void take(const AVPacket& coded);
  void take_video(const AVPacket& coded);
  void take_audio(const AVPacket& coded);
  void pass_held_picture();
  void set_times(const AVPacket& coded, bool is_first, Packet& packet,
                 std::optional<MediaTime>& expected);
  [[nodiscard]] VideoCodec video_codec() const;
  [[nodiscard]] bool begins_decoding(std::span<const std::uint8_t> picture) const;
  void describe_video(const Packet& keyframe);
  void describe_audio(std::span<const std::uint8_t> frame);
  [[nodiscard]] bool is_described() const;
  void leave_out_missing();
  void finish_description();
  [[nodiscard]] Error no_tracks() const;

  ByteSource& bytes_;
  const PacketStreamOptions options_;
  std::unique_ptr<ByteSourceIo> io_;
  std::unique_ptr<AVFormatContext, CloseInput> context_;
  int video_index_ = -1;
  int audio_index_ = -1;
  unsigned streams_seen_ = 0;
  bool video_left_out_ = false;
  bool audio_left_out_ = false;
  WrappedClock clock_;
  std::optional<MediaTime> next_video_;
  std::optional<MediaTime> next_audio_;
  MediaTime frame_duration_{0};
  std::optional<Packet> held_picture_;
  bool pictures_are_split_ = false;  // over several packets of the container
  AdtsSplitter adts_;
  std::deque<Packet> ready_;
  std::vector<std::string> other_codecs_;
  Tracks tracks_;
  bool damaged_ = false;
  bool ended_ = false;
  int failures_ = 0;
};

Result<void> TransportStream::open(std::stop_token stop) {
  auto io = ByteSourceIo::open(bytes_);
  if (!io) return io.error();
  io_ = std::move(*io);
  if (auto opened = open_demuxer(stop); !opened) return opened;
  return read_until_described(stop);
}

Result<void> TransportStream::open_demuxer(std::stop_token stop) {
  const AVInputFormat* format = av_find_input_format("mpegts");
  if (format == nullptr) return Error{ErrorCode::Unsupported, "this FFmpeg does not know MPEG-TS"};
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return out_of_memory();
  make_quiet(*context);
  io_->begin(std::move(stop));
  context->pb = io_->io();
  // Only the tables are looked for. Overflows of the counter are continued here, more than once.
  context->probesize = 64 * 1024;
  context->correct_ts_overflow = 0;
  // Packets of the container are split here: FFmpeg's parsers wait for the next picture.
  context->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
  const int code = avformat_open_input(&context, "", format, nullptr);
  if (code < 0) {
    if (io_->failure()) return *io_->failure();
    return Error{ErrorCode::CorruptData, "the stream is not MPEG-TS"};
  }
  context_.reset(context);
  return {};
}

Result<void> TransportStream::read_until_described(const std::stop_token& stop) {
  while (!ended_ && !is_described()) {
    if (auto done = read_one(stop); !done) return done;
    if (io_->bytes_read() > options_.max_opening_bytes) break;
    leave_out_missing();
  }
  if (!tracks_.video && !tracks_.audio) return no_tracks();
  finish_description();
  return {};
}

Error TransportStream::no_tracks() const {
  if (other_codecs_.empty()) {
    return {ErrorCode::CorruptData, "the stream has no video or audio that can be read"};
  }
  std::string names;
  for (const std::string& name : other_codecs_) names += (names.empty() ? "" : ", ") + name;
  return {ErrorCode::Unsupported,
          "the stream has only tracks of " + names + ": send H.264 or HEVC, and AAC"};
}

// Takes the first tracks that can be read. They show up with the tables of the stream.
void TransportStream::choose_tracks() {
  for (; streams_seen_ < context_->nb_streams; ++streams_seen_) {
    AVStream& stream = *context_->streams[streams_seen_];
    const AVCodecID codec = stream.codecpar->codec_id;
    const auto index = static_cast<int>(streams_seen_);
    if (video_index_ < 0 && is_known_video(codec)) {
      video_index_ = index;
    } else if (audio_index_ < 0 && codec == AV_CODEC_ID_AAC) {
      audio_index_ = index;
    } else {
      stream.discard = AVDISCARD_ALL;
      const AVMediaType type = stream.codecpar->codec_type;
      if (type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO) {
        other_codecs_.emplace_back(avcodec_get_name(codec));
      }
    }
  }
}

bool TransportStream::is_described() const {
  if (video_index_ < 0 && audio_index_ < 0) return false;
  const bool video = video_index_ < 0 || video_left_out_ || tracks_.video;
  const bool audio = audio_index_ < 0 || audio_left_out_ || tracks_.audio;
  // The pace of the video needs two frames.
  return video && audio && (tracks_.video || tracks_.audio) &&
         (!tracks_.video || ready_.size() > 2);
}

// A track that is announced, but does not come while the other one goes on, is left out.
void TransportStream::leave_out_missing() {
  if (tracks_.video.has_value() == tracks_.audio.has_value() || ready_.empty()) return;
  const TrackKind here = tracks_.video ? TrackKind::Video : TrackKind::Audio;
  std::optional<MediaTime> first;
  MediaTime last{0};
  for (const Packet& packet : ready_) {
    if (packet.track != here) continue;
    if (!first) first = packet.dts;
    last = packet.dts;
  }
  if (!first || std::chrono::abs(last - *first) < options_.track_wait) return;
  (tracks_.video ? audio_left_out_ : video_left_out_) = true;
}

void TransportStream::finish_description() {
  if (!tracks_.video) return;
  std::vector<MediaTime> times;
  for (const Packet& packet : ready_) {
    if (packet.track == TrackKind::Video) times.push_back(packet.dts);
  }
  FrameRate& rate = tracks_.video->format.frame_rate;
  if (!rate.valid()) {
    const MediaTime pace = pace_of(times, FrameRate{}.frame_duration()).frame_duration;
    const double hz = pace > MediaTime{0} ? 1 / to_seconds(pace) : 30;
    rate = {static_cast<std::int32_t>(std::clamp(hz, 1.0, 1000.0) * 1000 + 0.5), 1000};
  }
  frame_duration_ = rate.frame_duration();
  for (Packet& packet : ready_) {
    if (packet.track == TrackKind::Video) packet.duration = frame_duration_;
  }
}

Result<void> TransportStream::read_one(const std::stop_token& stop) {
  const PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  io_->begin(stop);
  const int code = av_read_frame(context_.get(), packet.get());
  choose_tracks();
  if (code >= 0) {
    failures_ = 0;
    take(*packet);
    return {};
  }
  // The demuxer reports a failure within a packet as the end.
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
  if (io_->failure()) return *io_->failure();
  if (code == AVERROR_EOF) {
    pass_held_picture();
    ended_ = true;
    return {};
  }
  damaged_ = true;
  if (code != AVERROR(EAGAIN) && ++failures_ > kMostFailures) {
    return Error{ErrorCode::CorruptData, "the stream is no longer MPEG-TS"};
  }
  return {};
}

void TransportStream::take(const AVPacket& coded) {
  if (coded.size <= 0) return;
  damaged_ = damaged_ || (coded.flags & AV_PKT_FLAG_CORRUPT) != 0;
  if (coded.stream_index == video_index_ && !video_left_out_) take_video(coded);
  if (coded.stream_index == audio_index_ && !audio_left_out_) take_audio(coded);
}

VideoCodec TransportStream::video_codec() const {
  const bool hevc = context_->streams[video_index_]->codecpar->codec_id == AV_CODEC_ID_HEVC;
  return hevc ? VideoCodec::Hevc : VideoCodec::H264;
}

// Decoding can begin at an IDR, and where encoders with open GOPs, which send none, repeat the
// parameter sets before a picture that refers to no other.
bool TransportStream::begins_decoding(std::span<const std::uint8_t> picture) const {
  const VideoCodec codec = video_codec();
  const auto units = nal_units(picture, {0, codec});
  if (is_random_access(units, codec)) return true;
  return is_intra(units, codec) && are_complete(sets_after({}, units, codec), codec);
}

// A packet of the container is one picture, or several; without a time, it is the rest of the one
// before.
void TransportStream::take_video(const AVPacket& coded) {
  const std::span<const std::uint8_t> bytes(coded.data, static_cast<std::size_t>(coded.size));
  if (coded.pts == AV_NOPTS_VALUE && coded.dts == AV_NOPTS_VALUE) {
    if (held_picture_ && held_picture_->data.size() < kMostPictureBytes) {
      held_picture_->data.insert(held_picture_->data.end(), bytes.begin(), bytes.end());
    }
    damaged_ = damaged_ || !pictures_are_split_;  // its beginning was passed on already
    pictures_are_split_ = true;
    return;
  }
  pass_held_picture();
  bool is_first = true;
  for (const auto picture : split_pictures(bytes, video_codec())) {
    pass_held_picture();
    Packet packet;
    packet.track = TrackKind::Video;
    packet.data.assign(picture.begin(), picture.end());
    packet.duration = frame_duration_;
    set_times(coded, is_first, packet, next_video_);
    is_first = false;
    held_picture_ = std::move(packet);
  }
  if (!pictures_are_split_) pass_held_picture();
}

void TransportStream::pass_held_picture() {
  if (!held_picture_) return;
  Packet packet = *std::exchange(held_picture_, std::nullopt);
  packet.keyframe = begins_decoding(packet.data);
  if (!tracks_.video && packet.keyframe) describe_video(packet);
  if (!tracks_.video) return;  // what cannot be decoded
  ready_.push_back(std::move(packet));
}

void TransportStream::describe_video(const Packet& keyframe) {
  VideoTrack track;
  const VideoCodec codec = video_codec();
  track.codec = codec == VideoCodec::Hevc ? "hevc" : "h264";
  const ParameterSets sets = sets_after({}, nal_units(keyframe.data, {0, codec}), codec);
  const auto header = read_sequence_header(sets, codec);
  if (!header || !are_complete(sets, codec)) return;
  track.codec_config = annex_b_of(sets);
  apply(*header, track);
  track.format.width_px =
      std::max(2, shown_width_px(header->width_px, header->pixel_aspect) / 2 * 2);
  track.format.height_px = std::max(2, header->height_px / 2 * 2);
  track.format.frame_rate = header->frame_rate;
  tracks_.video = std::move(track);
}

void TransportStream::take_audio(const AVPacket& coded) {
  // The time is that of the first frame which begins in the packet.
  bool is_timed = !adts_.is_within_frame();
  const auto frames = adts_.push({coded.data, static_cast<std::size_t>(coded.size)});
  damaged_ = damaged_ || adts_.damaged();
  for (const Bytes& frame : frames) {
    if (!tracks_.audio) describe_audio(frame);
    if (!tracks_.audio) return;
    Packet packet;
    packet.track = TrackKind::Audio;
    packet.keyframe = true;
    packet.duration = from_ticks(kSamplesOfAac, 1, tracks_.audio->format.sample_rate_hz);
    const auto data = without_adts_header(frame);
    packet.data.assign(data.begin(), data.end());
    set_times(coded, is_timed || !next_audio_, packet, next_audio_);
    is_timed = false;
    ready_.push_back(std::move(packet));
  }
}

void TransportStream::describe_audio(std::span<const std::uint8_t> frame) {
  const auto header = read_adts_header(frame);
  if (!header) return;
  AudioTrack track;
  track.format = {header->sample_rate_hz, header->channels};
  track.packet_samples = kSamplesOfAac;
  track.codec_config = header->config;
  tracks_.audio = std::move(track);
}

void TransportStream::set_times(const AVPacket& coded, bool is_first, Packet& packet,
                                std::optional<MediaTime>& expected) {
  const std::int64_t stated = coded.dts != AV_NOPTS_VALUE ? coded.dts : coded.pts;
  if (stated == AV_NOPTS_VALUE || !is_first) {
    packet.dts = expected.value_or(MediaTime{0});
    packet.pts = packet.dts;
  } else {
    const std::int64_t dts = clock_.unwrap(stated);
    const std::int64_t pts =
        coded.pts == AV_NOPTS_VALUE ? dts : WrappedClock::nearest(coded.pts, dts);
    packet.dts = to_media_time(dts, kClock);
    packet.pts = to_media_time(pts, kClock);
  }
  expected = packet.dts + packet.duration;
}

Result<PacketItem> TransportStream::read(std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
  while (ready_.empty()) {
    if (ended_) return PacketItem{EndOfStream{}};
    if (auto done = read_one(stop); !done) return done.error();
  }
  Packet packet = std::move(ready_.front());
  ready_.pop_front();
  return PacketItem{std::move(packet)};
}

}  // namespace

Result<std::unique_ptr<PacketSource>> open_packet_stream(ByteSource& bytes, std::stop_token stop,
                                                         const PacketStreamOptions& options) {
  auto stream = std::make_unique<TransportStream>(bytes, options);
  if (auto opened = stream->open(std::move(stop)); !opened) return opened.error();
  return std::unique_ptr<PacketSource>(std::move(stream));
}

}  // namespace streamkit::media
