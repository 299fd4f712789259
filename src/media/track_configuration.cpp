#include "media/track_configuration.hpp"

#include <algorithm>
#include <utility>

#include "media/decoder_record.hpp"
#include "media/sequence_header.hpp"

namespace streamkit::media {
namespace {

// Exact for milliseconds, for 90 kHz, and for integer and NTSC frame rates.
constexpr int kVideoTimescale = 360'000;

// Returns the usual rate that is nearest to frames of this duration, or the rate itself.
FrameRate rate_of(MediaTime frame_duration) {
  constexpr FrameRate kUsual[] = {{24000, 1001}, {24, 1}, {25, 1},       {30000, 1001}, {30, 1},
                                  {48, 1},       {50, 1}, {60000, 1001}, {60, 1},       {15, 1},
                                  {10, 1},       {12, 1}, {20, 1},       {5, 1},        {120, 1}};
  if (frame_duration <= MediaTime{0}) return {30, 1};
  FrameRate best;
  MediaTime nearest = MediaTime::max();
  for (const FrameRate rate : kUsual) {
    const MediaTime distance = std::chrono::abs(rate.frame_duration() - frame_duration);
    if (distance < nearest) best = rate;
    nearest = std::min(nearest, distance);
  }
  if (nearest <= frame_duration / 100) return best;
  const double hz = 1 / to_seconds(frame_duration);
  return {static_cast<std::int32_t>(std::clamp(hz * 1000, 1.0, 1e6) + 0.5), 1000};
}

}  // namespace

std::vector<CmafTrack> cmaf_tracks(const Tracks& tracks) {
  std::vector<CmafTrack> all;
  if (tracks.video) all.push_back({"v0", *tracks.video});
  if (tracks.audio) all.push_back({"a0", *tracks.audio});
  return all;
}

bool is_same_coding(const CmafTrack& one, const CmafTrack& other) {
  if (one.name != other.name || one.coded.index() != other.coded.index()) return false;
  if (const auto* video = std::get_if<VideoTrack>(&one.coded)) {
    const auto& next = std::get<VideoTrack>(other.coded);
    return video->codec == next.codec && video->codec_config == next.codec_config;
  }
  const auto& audio = std::get<AudioTrack>(one.coded);
  const auto& next = std::get<AudioTrack>(other.coded);
  return audio.codec == next.codec && audio.codec_config == next.codec_config &&
         audio.format == next.format;
}

TrackConfiguration::TrackConfiguration(CmafTrack track) : track_(std::move(track)) {
  const auto* video = std::get_if<VideoTrack>(&track_.coded);
  if (video == nullptr) {
    timescale_ = std::max(1, std::get<AudioTrack>(track_.coded).format.sample_rate_hz);
    return;
  }
  timescale_ = kVideoTimescale;
  has_units_ = video->codec == "h264" || video->codec == "hevc";
  const VideoCodec codec = video->codec == "hevc" ? VideoCodec::Hevc : VideoCodec::H264;
  if (!has_units_) return;
  framing_ = nal_framing(video->codec_config, codec);
  sets_ = sets_of_config(video->codec_config, codec);
}

int TrackConfiguration::packet_samples() const noexcept {
  const auto* audio = std::get_if<AudioTrack>(&track_.coded);
  return audio == nullptr ? 0 : audio->packet_samples;
}

std::vector<NalUnit> TrackConfiguration::units_to_rewrite(
    std::span<const std::uint8_t> packet) const {
  if (!has_units_ || framing_.length_bytes == 4) return {};
  return nal_units(packet, framing_);
}

bool TrackConfiguration::update(const Packet& keyframe) {
  if (!has_units_) return false;
  ParameterSets sets = sets_after(sets_, nal_units(keyframe.data, framing_), framing_.codec);
  // Damaged sets are no other configuration.
  if (sets == sets_ || decoder_record(sets, framing_.codec).empty()) return false;
  sets_ = std::move(sets);
  sets_changed_ = true;
  return true;
}

VideoTrack TrackConfiguration::stated_video() const {
  VideoTrack video = std::get<VideoTrack>(track_.coded);
  if (!has_units_) return video;
  if (sets_changed_ || framing_.length_bytes != 4) {
    video.codec_config = decoder_record(sets_, framing_.codec);
  }
  const auto header = read_sequence_header(sets_, framing_.codec);
  if (header) apply(*header, video);
  return video;
}

Result<InitSection> TrackConfiguration::init(std::int64_t bit_rate_bps, MediaTime frame_duration,
                                             LiveTrackInfo& info) const {
  info = {};
  info.name = track_.name;
  if (const auto* audio = std::get_if<AudioTrack>(&track_.coded)) {
    info.kind = TrackKind::Audio;
    info.sample_rate_hz = audio->format.sample_rate_hz;
    info.channels = audio->format.channels;
    auto section = make_init_section(*audio, bit_rate_bps);
    if (section) info.codecs = section->codecs;
    return section;
  }
  const VideoTrack video = stated_video();
  info.kind = TrackKind::Video;
  info.width_px = shown_width_px(video.format.width_px, video.pixel_aspect);
  info.height_px = video.format.height_px;
  info.frame_rate = rate_of(frame_duration);
  auto section = make_init_section(video, timescale_, bit_rate_bps);
  if (section) info.codecs = section->codecs;
  return section;
}

}  // namespace streamkit::media
