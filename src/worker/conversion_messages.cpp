#include "worker/conversion_messages.hpp"

#include "worker/segment_state.hpp"
#include "worker/wire.hpp"

namespace streamkit::worker {
namespace {

constexpr std::uint64_t kMaxSide = 65'536;
constexpr std::size_t kMaxTextBytes = 2048;
constexpr std::size_t kMaxCodecBytes = 64;
constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;
constexpr std::uint64_t kMaxParts = 65'536;
constexpr std::uint64_t kMaxNotes = 64;
constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
// Within it, sums of times do not overflow.
constexpr std::int64_t kMaxTime = MediaTime(std::chrono::hours(24 * 365 * 100)).count();

template <typename Enum>
void put_enum(WireWriter& out, Enum value) {
  out.number(static_cast<std::uint64_t>(value));
}
template <typename Enum>
Enum get_enum(WireReader& in, Enum last) {
  return static_cast<Enum>(in.number(static_cast<std::uint64_t>(last)));
}

template <typename Number>
Number get_unsigned(WireReader& in) {
  return static_cast<Number>(in.number(std::numeric_limits<Number>::max()));
}

void put_time(WireWriter& out, MediaTime time) { out.signed_number(time.count()); }
MediaTime get_time(WireReader& in, std::int64_t least = -kMaxTime) {
  return MediaTime{in.signed_number(least, kMaxTime)};
}

void put_time(WireWriter& out, const std::optional<MediaTime>& time) {
  out.number(time ? 1 : 0);
  put_time(out, time.value_or(MediaTime{0}));
}
std::optional<MediaTime> get_optional_time(WireReader& in) {
  const bool given = in.boolean();
  const MediaTime time = get_time(in);
  return given ? std::optional(time) : std::nullopt;
}

void put_error(WireWriter& out, const Error& error) {
  put_enum(out, error.code);
  out.text(std::string_view(error.message).substr(0, kMaxTextBytes));
  out.text(std::string_view(error.domain).substr(0, kMaxTextBytes));
  out.signed_number(error.native_code);
}
Error get_error(WireReader& in) {
  Error error;
  error.code = get_enum(in, ErrorCode::Internal);
  error.message = in.text(kMaxTextBytes);
  error.domain = in.text(kMaxTextBytes);
  error.native_code = static_cast<int>(in.signed_number(-kMaxInt - 1, kMaxInt));
  // Only the worker cancels.
  if (error.code == ErrorCode::Cancelled) error.code = ErrorCode::Internal;
  return error;
}

void put_video(WireWriter& out, const VideoFormat& video) {
  out.signed_number(video.width_px);
  out.signed_number(video.height_px);
  out.signed_number(video.frame_rate.num);
  out.signed_number(video.frame_rate.den);
  put_enum(out, video.pixel_format);
  put_enum(out, video.range);
  put_enum(out, video.matrix);
  put_enum(out, video.primaries);
  put_enum(out, video.transfer);
}
VideoFormat get_video(WireReader& in) {
  VideoFormat video;
  video.width_px = static_cast<int>(in.number(kMaxSide));
  video.height_px = static_cast<int>(in.number(kMaxSide));
  video.frame_rate.num = static_cast<decltype(video.frame_rate.num)>(in.signed_number(0, kMaxInt));
  video.frame_rate.den = static_cast<decltype(video.frame_rate.den)>(in.signed_number(1, kMaxInt));
  video.pixel_format = get_enum(in, PixelFormat::I420P10);
  video.range = get_enum(in, ColorRange::Full);
  video.matrix = get_enum(in, ColorMatrix::Bt2020);
  video.primaries = get_enum(in, ColorPrimaries::Bt2020);
  video.transfer = get_enum(in, ColorTransfer::Hlg);
  return video;
}

void put_audio(WireWriter& out, const AudioTrack& audio) {
  out.text(audio.codec);
  out.signed_number(audio.format.sample_rate_hz);
  out.signed_number(audio.format.channels);
  out.signed_number(audio.packet_samples);
  out.bytes(audio.codec_config);
  out.number(audio.channel_mask);
  out.signed_number(audio.block_bytes);
  out.signed_number(audio.bit_rate_bps);
  out.signed_number(audio.bits_per_coded_sample);
}
AudioTrack get_audio(WireReader& in) {
  AudioTrack audio;
  audio.codec = in.text(kMaxCodecBytes);
  audio.format.sample_rate_hz = static_cast<int>(in.signed_number(1, 768'000));
  audio.format.channels = static_cast<int>(in.signed_number(1, 64));
  audio.packet_samples = static_cast<int>(in.signed_number(0, 65'536));
  audio.codec_config = in.bytes(kMaxConfigBytes);
  audio.channel_mask = in.number();
  audio.block_bytes = static_cast<int>(in.signed_number(0, kMaxInt));
  audio.bit_rate_bps = static_cast<int>(in.signed_number(0, kMaxInt));
  audio.bits_per_coded_sample = static_cast<int>(in.signed_number(0, kMaxInt));
  return audio;
}

void put_point(WireWriter& out, const Chromaticity& point) {
  out.number(point.x_50000ths);
  out.number(point.y_50000ths);
}
Chromaticity get_point(WireReader& in) {
  Chromaticity point;
  point.x_50000ths = get_unsigned<std::uint16_t>(in);
  point.y_50000ths = get_unsigned<std::uint16_t>(in);
  return point;
}

void put_hdr(WireWriter& out, const HdrMetadata& hdr) {
  for (const Chromaticity& point : {hdr.red, hdr.green, hdr.blue, hdr.white}) put_point(out, point);
  out.number(hdr.max_luminance_nits_10000ths);
  out.number(hdr.min_luminance_nits_10000ths);
  out.number(hdr.max_content_light_nits);
  out.number(hdr.max_frame_average_light_nits);
}
HdrMetadata get_hdr(WireReader& in) {
  HdrMetadata hdr;
  for (Chromaticity* point : {&hdr.red, &hdr.green, &hdr.blue, &hdr.white}) *point = get_point(in);
  hdr.max_luminance_nits_10000ths = get_unsigned<std::uint32_t>(in);
  hdr.min_luminance_nits_10000ths = get_unsigned<std::uint32_t>(in);
  hdr.max_content_light_nits = get_unsigned<std::uint16_t>(in);
  hdr.max_frame_average_light_nits = get_unsigned<std::uint16_t>(in);
  return hdr;
}

void put_stream(WireWriter& out, const StreamFormat& stream) {
  put_video(out, stream.video);
  put_audio(out, stream.audio);
  out.text(stream.video_codec);
  put_hdr(out, stream.hdr);
}
StreamFormat get_stream(WireReader& in) {
  StreamFormat stream;
  stream.video = get_video(in);
  stream.audio = get_audio(in);
  stream.video_codec = in.text(kMaxCodecBytes);
  stream.hdr = get_hdr(in);
  return stream;
}

void put_place(WireWriter& out, const SegmentPlace& place) {
  out.number(place.index);
  put_time(out, place.chunk_duration);
  put_time(out, place.expected_start);
  put_time(out, place.expected_audio);
  out.bytes(place.state);
  out.text(to_string(place.stereo));
}
SegmentPlace get_place(WireReader& in) {
  SegmentPlace place;
  place.index = in.number();
  place.chunk_duration = get_time(in);
  place.expected_start = get_optional_time(in);
  place.expected_audio = get_optional_time(in);
  place.state = in.bytes(kMaxSegmentStateBytes);
  const auto stereo = parse_stereo_choice(in.text(kMaxTextBytes));
  if (!stereo) in.reject();
  place.stereo = stereo.value_or(StereoChoice{});
  return place;
}

void put_file(WireWriter& out, const Chunk& file) {
  put_time(out, file.start);
  put_time(out, file.duration);
  put_time(out, file.audio_end);
  out.number(file.header_bytes);
  out.number(file.parts.size());
  for (const ChunkPart& part : file.parts) {
    put_time(out, part.duration);
    out.number(part.size_bytes);
  }
  out.bytes(file.data);
}

// Rejects parts that are not those of the file.
void check_parts(WireReader& in, const Chunk& file) {
  if (file.header_bytes > file.data.size()) return in.reject();
  if (file.parts.empty()) return;
  MediaTime duration{0};
  std::uint64_t left = file.data.size() - file.header_bytes;
  for (const ChunkPart& part : file.parts) {
    if (part.size_bytes > left) return in.reject();
    left -= part.size_bytes;
    duration += part.duration;
  }
  if (left != 0 || duration != file.duration) in.reject();
}

Chunk get_file(WireReader& in, const SegmentPlace& place) {
  Chunk file;
  file.index = place.index;
  file.start = get_time(in);
  file.duration = get_time(in, 1);
  file.audio_end = get_time(in);
  file.header_bytes = in.number();
  const std::uint64_t parts = in.number(kMaxParts);
  for (std::uint64_t i = 0; i < parts && in.is_valid(); ++i) {
    const MediaTime duration{in.signed_number(0, kMaxTime / static_cast<std::int64_t>(kMaxParts))};
    file.parts.push_back({duration, in.number(kMaxMessageBytes)});
  }
  file.data = in.bytes(kMaxMessageBytes);
  if (in.is_valid()) check_parts(in, file);
  return file;
}

Segment get_segment(WireReader& in, const SegmentPlace& place) {
  Segment segment;
  segment.file = get_file(in, place);
  segment.video = get_video(in);
  segment.kind = get_enum(in, SegmentKind::Filler);
  segment.damaged = in.boolean();
  segment.depth_replaced = in.boolean();
  segment.state = in.bytes(kMaxSegmentStateBytes);
  if (in.boolean()) segment.state_refused = get_error(in);
  const std::uint64_t notes = in.number(kMaxNotes);
  for (std::uint64_t i = 0; i < notes && in.is_valid(); ++i) {
    segment.notes.push_back(in.text(kMaxTextBytes));
  }
  if (segment.video.width_px == 0 || segment.video.height_px == 0) in.reject();
  return segment;
}

Error invalid_reply() {
  return {ErrorCode::CorruptData, "invalid reply", std::string(kInvalidReply)};
}

}  // namespace

Bytes write_request(const ConversionRequest& request) {
  WireWriter out;
  put_enum(out, request.operation);
  put_enum(out, request.mode);
  put_enum(out, request.kind);
  put_place(out, request.place);
  out.number(request.stream ? 1 : 0);
  if (request.stream) put_stream(out, *request.stream);
  out.number(request.has_segment_before ? 1 : 0);
  out.bytes(request.bytes);
  return out.take();
}

Result<ConversionRequest> read_request(std::span<const std::uint8_t> body) {
  WireReader in(body);
  ConversionRequest request;
  request.operation = get_enum(in, Operation::StoredFormat);
  request.mode = get_enum(in, stereo_modes().back().mode);
  request.kind = get_enum(in, SegmentKind::Filler);
  request.place = get_place(in);
  if (in.boolean()) request.stream = get_stream(in);
  request.has_segment_before = in.boolean();
  request.bytes = in.bytes(kMaxMessageBytes);
  if (in.is_complete()) return request;
  return Error{ErrorCode::CorruptData, "invalid request"};
}

Bytes write_reply(const Result<Segment>& reply) {
  if (!reply) return write_error(reply.error());
  WireWriter out;
  out.number(1);
  put_file(out, reply->file);
  put_video(out, reply->video);
  put_enum(out, reply->kind);
  out.number(reply->damaged ? 1 : 0);
  out.number(reply->depth_replaced ? 1 : 0);
  out.bytes(reply->state);
  out.number(reply->state_refused ? 1 : 0);
  if (reply->state_refused) put_error(out, *reply->state_refused);
  const std::size_t notes = std::min<std::size_t>(reply->notes.size(), kMaxNotes);
  out.number(notes);
  for (std::size_t i = 0; i < notes; ++i) {
    out.text(std::string_view(reply->notes[i]).substr(0, kMaxTextBytes));
  }
  return out.take();
}

Bytes write_reply(const Result<StreamFormat>& reply) {
  if (!reply) return write_error(reply.error());
  WireWriter out;
  out.number(1);
  put_stream(out, *reply);
  return out.take();
}

Bytes write_error(const Error& error) {
  WireWriter out;
  out.number(0);
  put_error(out, error);
  return out.take();
}

Result<Segment> read_segment_reply(std::span<const std::uint8_t> body, const SegmentPlace& place) {
  WireReader in(body);
  if (!in.boolean()) return read_error(body);
  Segment segment = get_segment(in, place);
  if (in.is_complete()) return segment;
  return invalid_reply();
}

Result<StreamFormat> read_format_reply(std::span<const std::uint8_t> body) {
  WireReader in(body);
  if (!in.boolean()) return read_error(body);
  StreamFormat stream = get_stream(in);
  if (in.is_complete() && stream.video.width_px > 0 && stream.video.height_px > 0) return stream;
  return invalid_reply();
}

Error read_error(std::span<const std::uint8_t> body) {
  WireReader in(body);
  (void)in.number(0);
  Error error = get_error(in);
  return in.is_complete() ? error : invalid_reply();
}

}  // namespace streamkit::worker
