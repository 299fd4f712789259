#include <algorithm>
#include <iterator>
#include <streamkit/core/chunk_grid.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <streamkit/testing/media_conformance.hpp>
#include <utility>

#include "testing/findings.hpp"

namespace streamkit::testing {
namespace {

constexpr std::int64_t kFrames = 60;
constexpr std::int64_t kAacSamples = 1024;

struct NalTypes {
  bool idr = false;
  bool other_slice = false;
  int parameter_sets = 0;  // kinds of them, a bit each
};

NalTypes nal_types(const Bytes& data, bool hevc) {
  NalTypes found;
  for (std::size_t i = 0; i + 3 < data.size(); ++i) {
    if (data[i] != 0 || data[i + 1] != 0 || data[i + 2] != 1) continue;
    const int type = hevc ? data[i + 3] >> 1 & 0x3F : data[i + 3] & 0x1F;
    const bool idr = hevc ? type == 19 || type == 20 : type == 5;
    const bool slice = hevc ? type < 32 : type >= 1 && type <= 5;
    found.idr = found.idr || idr;
    found.other_slice = found.other_slice || (slice && !idr);
    if (hevc && type >= 32 && type <= 34) found.parameter_sets |= 1 << (type - 32);
    if (!hevc && (type == 7 || type == 8)) found.parameter_sets |= 1 << (type - 7);
  }
  return found;
}

// BT.470 BG and SMPTE 170M are one matrix with two code points.
bool same_matrix(int one, int other) {
  const auto plain = [](int matrix) { return matrix == 5 ? 6 : matrix; };
  return plain(one) == plain(other);
}

class EncoderCheck {
 public:
  explicit EncoderCheck(const EncoderUnderTest& under_test) : test_(under_test) {}

  Violations run() {
    for (const FrameRate rate : {FrameRate{30, 1}, FrameRate{24000, 1001}, FrameRate{50, 1}}) {
      VideoFormat format = test_.format;
      format.frame_rate = rate;
      check_stream(format);
    }
    check_colors();
    check_errors();
    check_empty_and_audio_only();
    return std::move(findings_).take();
  }

 private:
  struct Stream {
    Tracks tracks;
    std::vector<Packet> video;
    std::vector<Packet> audio;
  };

  std::unique_ptr<Encoder> open(const VideoFormat& format, bool audio) {
    auto encoder = test_.open(format, audio);
    if (!findings_.expect_success(encoder, "opening an encoder")) return nullptr;
    return std::move(*encoder);
  }

  void keep(Stream& stream, Result<std::vector<Packet>> packets, const char* call) {
    if (!findings_.expect_success(packets, call)) return;
    for (Packet& packet : *packets) {
      (packet.track == TrackKind::Video ? stream.video : stream.audio).push_back(std::move(packet));
    }
  }

  std::optional<Stream> encode(const VideoFormat& format, std::int64_t frames) {
    const auto encoder = open(format, test_.audio);
    if (encoder == nullptr) return {};
    Stream stream{.tracks = encoder->tracks(), .video = {}, .audio = {}};
    FakeSource source({.format = {.video = format, .audio = {}}, .frame_count = frames});
    for (;;) {
      auto item = source.read({});
      if (!item || std::holds_alternative<EndOfStream>(*item)) break;
      if (const auto* frame = std::get_if<VideoFrame>(&*item)) {
        keep(stream, encoder->push(*frame), "push() of a frame");
      } else if (test_.audio) {
        keep(stream, encoder->push(std::get<AudioFrame>(*item)), "push() of audio");
      }
    }
    keep(stream, encoder->flush(), "flush()");
    return stream;
  }

  void check_stream(const VideoFormat& format) {
    const auto stream = encode(format, kFrames);
    if (!stream) return;
    if (!findings_.expect(stream->tracks.video.has_value(), "tracks() has no video")) return;
    const VideoTrack& track = *stream->tracks.video;
    findings_.expect(track.format == format, "the track's format differs from the frames'");
    findings_.expect(!track.codec_config.empty(), "the track has no parameter sets");
    findings_.expect(stream->video.size() == static_cast<std::size_t>(kFrames),
                     "not as many packets as frames come out: " +
                         std::to_string(stream->video.size()) + " of " + std::to_string(kFrames));
    check_times(stream->video, format.frame_rate);
    check_boundaries(stream->video, track.codec == "hevc");
    check_audio(*stream, format.frame_rate);
    if (test_.open_decoder) check_chunks(*stream, format);
  }

  void check_times(const std::vector<Packet>& video, FrameRate rate) {
    for (std::size_t n = 0; n < video.size(); ++n) {
      const auto number = static_cast<std::int64_t>(n);
      findings_.expect(video[n].pts == rate.time_of(number),
                       "a packet's pts is not that of its frame");
      findings_.expect(video[n].dts == video[n].pts, "frames are reordered: a dts is not its pts");
      findings_.expect(n == 0 || video[n].dts > video[n - 1].dts, "dts does not rise");
      findings_.expect(video[n].duration == rate.time_of(number + 1) - rate.time_of(number),
                       "a packet's duration is not that of its frame");
    }
  }

  void check_boundaries(const std::vector<Packet>& video, bool hevc) {
    const ChunkGrid grid{test_.chunk_duration};
    for (std::size_t n = 0; n < video.size(); ++n) {
      const bool boundary = n == 0 || grid.starts_chunk(video[n - 1].pts, video[n].pts);
      const NalTypes types = nal_types(video[n].data, hevc);
      findings_.expect(video[n].keyframe == boundary,
                       "keyframes are not exactly at the boundaries of the chunks: frame " +
                           std::to_string(n) + (boundary ? " lacks one" : " is one"));
      findings_.expect(types.idr == boundary, "IDRs are not exactly at the boundaries");
      findings_.expect(types.idr != types.other_slice,
                       "a coded picture has no slice, or mixes them");
      findings_.expect(!boundary || types.parameter_sets == (hevc ? 7 : 3),
                       "a keyframe has not all parameter sets in band");
    }
  }

  void check_audio(const Stream& stream, FrameRate rate) {
    if (!test_.audio) return;
    if (!findings_.expect(stream.tracks.audio.has_value(), "tracks() has no audio")) return;
    findings_.expect(!stream.tracks.audio->codec_config.empty(),
                     "the audio track has no configuration");
    const std::int64_t samples = to_ticks(rate.time_of(kFrames), 1, 48'000);
    findings_.expect(
        stream.audio.size() == static_cast<std::size_t>((samples + kAacSamples - 1) / kAacSamples),
        "not as many audio packets as are needed for the samples come out");
    for (std::size_t n = 0; n < stream.audio.size(); ++n) {
      findings_.expect(
          stream.audio[n].pts == from_ticks(static_cast<std::int64_t>(n) * kAacSamples, 1, 48'000),
          "audio packets are not one after the other from time 0 on");
    }
  }

  // A closed GOP with parameter sets in band can be decoded by somebody who saw nothing before it.
  void check_chunks(const Stream& stream, const VideoFormat& format) {
    VideoTrack track = *stream.tracks.video;
    track.codec_config.clear();
    auto chunk = stream.video.begin();
    while (chunk != stream.video.end()) {
      auto next = std::find_if(chunk + 1, stream.video.end(),
                               [](const Packet& packet) { return packet.keyframe; });
      check_chunk(track, {chunk, next}, format);
      chunk = next;
    }
  }

  void check_chunk(const VideoTrack& track, const std::vector<Packet>& packets,
                   const VideoFormat& format) {
    auto decoder = test_.open_decoder(track);
    if (!findings_.expect_success(decoder, "opening a decoder for a chunk")) return;
    std::vector<VideoFrame> frames;
    const auto take = [&](Result<std::vector<VideoFrame>> more) {
      if (findings_.expect_success(more, "decoding a chunk alone")) {
        std::move(more->begin(), more->end(), std::back_inserter(frames));
      }
    };
    for (const Packet& packet : packets) take((*decoder)->push(packet));
    take((*decoder)->flush());
    findings_.expect(frames.size() == packets.size(),
                     "a chunk decoded alone has not as many frames as packets");
    for (std::size_t n = 0; n < std::min(frames.size(), packets.size()); ++n) {
      const std::int64_t number =
          to_ticks(packets[n].pts, format.frame_rate.den, format.frame_rate.num);
      findings_.expect(FakeSource::number_of(frames[n]) == number % FakeSource::kDistinctFrames,
                       "a decoded frame is not the one that was pushed");
    }
  }

  // A small video is taken for SD unless it states its colour.
  void check_colors() {
    VideoFormat format = test_.format;
    format.matrix = ColorMatrix::Bt709;
    format.primaries = ColorPrimaries::Bt709;
    format.transfer = ColorTransfer::Bt709;
    check_color(format, {.primaries = 1, .transfer = 1, .matrix = 1, .range = ColorRange::Limited});
    format.matrix = ColorMatrix::Bt601;
    format.primaries = ColorPrimaries::Bt601Lines625;
    check_color(format, {.primaries = 5, .transfer = 1, .matrix = 6, .range = ColorRange::Limited});
  }

  void check_color(const VideoFormat& format, const ColorTags& expected) {
    const auto stream = encode(format, 2);
    if (!stream || stream->video.empty()) return;
    const ColorTags& stated = stream->tracks.video->coded_color;
    findings_.expect(same_matrix(stated.matrix, expected.matrix) &&
                         stated.primaries == expected.primaries && stated.range == expected.range,
                     "the track does not state the colour of the frames");
    if (!test_.read_color) return;
    const auto coded = test_.read_color(*stream->tracks.video, stream->video.front());
    if (!findings_.expect_success(coded, "reading the colour of a coded picture")) return;
    findings_.expect(same_matrix(coded->matrix, expected.matrix) &&
                         coded->primaries == expected.primaries &&
                         coded->transfer == stated.transfer && coded->range == expected.range,
                     "the coded pictures do not state the colour of the frames");
  }

  void check_errors() {
    const auto encoder = open(test_.format, false);
    if (encoder == nullptr) return;
    FakeSource source({.format = {.video = test_.format, .audio = {}}, .frame_count = 1});
    const auto item = source.read({});
    const auto frame = std::get<VideoFrame>(*item);
    findings_.expect_success(encoder->push(frame), "push() of a frame");
    findings_.expect_error(encoder->push(frame), ErrorCode::InvalidArgument,
                           "push() of a frame with the timestamp of the one before");
    VideoFrame other = frame;
    other.pts += test_.format.frame_rate.frame_duration();
    other.format.width_px /= 2;
    findings_.expect_error(encoder->push(other), ErrorCode::InvalidArgument,
                           "push() of a frame of another size");
    findings_.expect_error(encoder->push(AudioFrame{}), ErrorCode::InvalidArgument,
                           "push() of audio to an encoder without");
    const auto rest = encoder->flush();
    findings_.expect_success(rest, "flush() after frames that did not fit");
  }

  void check_empty_and_audio_only() {
    const auto encoder = open(test_.format, test_.audio);
    if (encoder == nullptr) return;
    const auto rest = encoder->flush();
    if (!findings_.expect_success(rest, "flush() without frames")) return;
    findings_.expect(rest->empty(), "flush() without frames returns packets");
  }

  const EncoderUnderTest& test_;
  Findings findings_;
};

}  // namespace

Violations check_encoder(const EncoderUnderTest& under_test) {
  return EncoderCheck(under_test).run();
}

}  // namespace streamkit::testing
