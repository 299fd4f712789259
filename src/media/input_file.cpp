#include "media/input_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/track_selection.hpp"

extern "C" {
#include <libavutil/display.h>
}

namespace streamkit::media {
namespace {

constexpr int kIoBufferBytes = 64 * 1024;
constexpr int kMaxSidePx = 16384;
constexpr std::int64_t kMaxPicturePx = 64'000'000;

bool sane(AVRational rate) { return rate.num > 0 && rate.den > 0; }

}  // namespace

InputFile::~InputFile() { avformat_close_input(&context_); }

Result<std::unique_ptr<InputFile>> InputFile::open(const std::filesystem::path& path,
                                                   const InputOptions& options) {
  std::unique_ptr<InputFile> file(new InputFile);
  file->options_ = options;
  file->name_ = "'" + path.string() + "'";
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) {
    return Error{ErrorCode::NotFound, "there is no file " + file->name_};
  }
  if (std::filesystem::is_directory(status)) {
    return Error{ErrorCode::InvalidArgument, file->name_ + " is a folder, not a media file"};
  }
  // "file:" prevents FFmpeg from reading a name such as "a:b.mp4" as a protocol.
  const std::string url = "file:" + path.string();
  if (auto opened = file->open_url(url.c_str(), nullptr, nullptr); !opened) return opened.error();
  return file;
}

Result<std::unique_ptr<InputFile>> InputFile::open(Bytes bytes, const InputOptions& options) {
  std::unique_ptr<InputFile> file(new InputFile);
  file->options_ = options;
  file->name_ = "the media data";
  file->bytes_ = std::move(bytes);
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  if (buffer == nullptr) return out_of_memory();
  file->io_.reset(
      avio_alloc_context(buffer, kIoBufferBytes, 0, file.get(), &read_bytes, nullptr, &seek_bytes));
  if (file->io_ == nullptr) {
    av_free(buffer);
    return out_of_memory();
  }
  // The bytes come from an untrusted origin: only containers that contain their own data are
  // allowed.
  if (auto opened = file->open_url(nullptr, file->io_.get(), "mov,mp4,matroska,webm,mpegts");
      !opened) {
    return opened.error();
  }
  return file;
}

Result<void> InputFile::open_url(const char* url, AVIOContext* io, const char* formats) {
  context_ = avformat_alloc_context();
  if (context_ == nullptr) return out_of_memory();
  make_quiet(*context_);
  context_->pb = io;
  Options options;
  // A file must not cause other files to be opened, least of all over the network.
  options.set("protocol_whitelist", "file");
  if (formats != nullptr) options.set("format_whitelist", formats);
  if (const int code = avformat_open_input(&context_, url, nullptr, options.in_out()); code < 0) {
    Error error = ffmpeg_error(code, "cannot open " + name_);
    if (code == AVERROR_INVALIDDATA) {
      error.message = "cannot open " + name_ + ": it is not a media file, or not a complete one";
    }
    return error;
  }
  if (const int code = find_stream_info_quietly(*context_); code < 0) {
    return ffmpeg_error(code, "cannot read the tracks of " + name_);
  }
  if (auto chosen = choose_tracks(); !chosen) return chosen;
  if (video_ == nullptr) return {};
  const std::int64_t width = video_->codecpar->width;
  const std::int64_t height = video_->codecpar->height;
  if (width <= 0 || height <= 0) {
    return Error{ErrorCode::CorruptData, "the video track of " + name_ + " has no frame size"};
  }
  if (width > kMaxSidePx || height > kMaxSidePx || width * height > kMaxPicturePx) {
    return Error{ErrorCode::Unsupported, "frames of " + std::to_string(width) + "x" +
                                             std::to_string(height) + " are too large"};
  }
  return {};
}

Result<void> InputFile::choose_tracks() {
  const auto video = choose_video(*context_, options_.tracks.video);
  if (!video) return video.error().with_context(name_);
  video_ = *video;
  const auto audio = choose_audio(*context_, video_, options_.tracks.audio);
  if (!audio) return audio.error().with_context(name_);
  audio_ = *audio;
  if (video_ == nullptr && (audio_ == nullptr || !options_.allow_sound_only)) {
    return Error{ErrorCode::CorruptData, name_ + " has no video track"};
  }
  for (AVStream* stream : tracks_of(*context_)) {
    if (stream != video_ && stream != audio_) stream->discard = AVDISCARD_ALL;
  }
  return {};
}

TrackReport InputFile::tracks() const {
  TrackReport report;
  for (const AVStream* stream : tracks_of(*context_)) {
    const bool taken = stream == video_ || stream == audio_;
    if (is_chapter_track(*context_, *stream)) continue;
    (taken ? report.taken : report.left_out).push_back(describe_track(*context_, *stream));
  }
  return report;
}

int InputFile::read_bytes(void* opaque, std::uint8_t* buffer, int size) {
  auto& file = *static_cast<InputFile*>(opaque);
  const std::size_t left = file.bytes_.size() - file.position_;
  const std::size_t count = std::min(left, static_cast<std::size_t>(size));
  if (count == 0) return AVERROR_EOF;
  std::memcpy(buffer, file.bytes_.data() + file.position_, count);
  file.position_ += count;
  return static_cast<int>(count);
}

std::int64_t InputFile::seek_bytes(void* opaque, std::int64_t offset, int whence) {
  auto& file = *static_cast<InputFile*>(opaque);
  const auto size = static_cast<std::int64_t>(file.bytes_.size());
  if (whence == AVSEEK_SIZE) return size;
  if (whence == SEEK_CUR) offset += static_cast<std::int64_t>(file.position_);
  if (whence == SEEK_END) offset += size;
  if (offset < 0 || offset > size) return AVERROR(EINVAL);
  file.position_ = static_cast<std::size_t>(offset);
  return offset;
}

MediaTime InputFile::start() const noexcept {
  std::optional<MediaTime> earliest;
  for (const AVStream* stream : {video_, audio_}) {
    if (stream == nullptr || stream->start_time == AV_NOPTS_VALUE) continue;
    const MediaTime start = to_media_time(stream->start_time, stream->time_base);
    earliest = earliest ? std::min(*earliest, start) : start;
  }
  return earliest.value_or(MediaTime{0});
}

MediaTime InputFile::duration() const noexcept {
  if (context_->duration == AV_NOPTS_VALUE || context_->duration < 0) return MediaTime{0};
  return to_media_time(context_->duration, AVRational{1, AV_TIME_BASE});
}

void InputFile::keep_only(const AVStream* stream) {
  for (AVStream* each : std::span(context_->streams, context_->nb_streams)) {
    each->discard = each == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

Result<PacketPtr> InputFile::read() {
  PacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return out_of_memory();
  for (;;) {
    const int code = av_read_frame(context_, packet.get());
    if (code < 0) {
      damaged_ = damaged_ || code != AVERROR_EOF;
      return PacketPtr();
    }
    const AVStream* stream = context_->streams[packet->stream_index];
    if ((stream == video_ || stream == audio_) && stream->discard != AVDISCARD_ALL) return packet;
    av_packet_unref(packet.get());
  }
}

Result<CodecPtr> open_codec(const AVCodecParameters& parameters, AVRational time_base,
                            int threads) {
  const std::string name = avcodec_get_name(parameters.codec_id);
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    return Error{ErrorCode::Unsupported, "this FFmpeg has no decoder for " + name};
  }
  CodecPtr context(avcodec_alloc_context3(codec));
  if (context == nullptr) return out_of_memory();
  make_quiet(*context);
  if (const int code = avcodec_parameters_to_context(context.get(), &parameters); code < 0) {
    return ffmpeg_error(code, "cannot set up the " + name + " decoder");
  }
  context->pkt_timebase = time_base;
  context->thread_count = threads;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0) {
    return ffmpeg_error(code, "cannot open the " + name + " decoder");
  }
  return context;
}

void split_range_from_format(AVFrame& frame) noexcept {
  constexpr std::array<std::pair<AVPixelFormat, AVPixelFormat>, 5> kFullRangeFormats = {
      {{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P},
       {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
       {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P},
       {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
       {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P}}};
  for (const auto& [full, plain] : kFullRangeFormats) {
    if (frame.format != full) continue;
    frame.format = plain;
    frame.color_range = AVCOL_RANGE_JPEG;
    return;
  }
}

FrameRate constant_frame_rate(AVFormatContext* context, AVStream* stream) {
  constexpr std::array<FrameRate, 10> kUsual = {{{24000, 1001},
                                                 {24, 1},
                                                 {25, 1},
                                                 {30000, 1001},
                                                 {30, 1},
                                                 {48, 1},
                                                 {50, 1},
                                                 {60000, 1001},
                                                 {60, 1},
                                                 {15, 1}}};
  constexpr FrameRate kFallback{30, 1};
  constexpr double kHighest = 60.5;
  const AVRational average = stream->avg_frame_rate;
  const AVRational regular = av_guess_frame_rate(context, stream, nullptr);
  const AVRational stated = sane(average) ? average : regular;
  if (!sane(stated)) return kFallback;
  const double hz = av_q2d(stated);
  if (hz > kHighest) return {60, 1};

  const auto nearest = *std::min_element(
      kUsual.begin(), kUsual.end(),
      [hz](FrameRate a, FrameRate b) { return std::abs(a.hz() - hz) < std::abs(b.hz() - hz); });
  constexpr double kSameRate = 0.0004;  // small enough to distinguish 29.97 from 30
  if (std::abs(nearest.hz() - hz) / nearest.hz() < kSameRate) return nearest;
  const bool constant = sane(regular) && std::abs(av_q2d(regular) - hz) / hz < kSameRate;
  const FrameRate as_stated{stated.num, stated.den};
  if (constant && hz >= 1 && as_stated.valid()) return as_stated;
  // The rate is variable: choose the lowest usual rate at which no frame is lost, although some are
  // repeated. All timestamps are multiples of 1 / r_frame_rate; it is ignored if it is higher than
  // the rate of any display.
  const double grid = sane(stream->r_frame_rate) ? av_q2d(stream->r_frame_rate) : 0;
  const double least = grid > hz && grid <= kHighest ? grid : hz;
  FrameRate chosen{60, 1};
  for (const FrameRate rate : kUsual) {
    if (rate.hz() >= least * (1 - kSameRate) && rate.hz() < chosen.hz()) chosen = rate;
  }
  return chosen;
}

int upright_rotation(const AVStream* stream) {
  const std::uint8_t* matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  if (matrix == nullptr) return 0;
  const double degrees = -av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));
  if (!std::isfinite(degrees)) return 0;
  const int quarter_turns = static_cast<int>(std::lround(degrees / 90.0)) % 4;
  return (quarter_turns + 4) % 4 * 90;
}

}  // namespace streamkit::media
