#include "rtmp/video_config.hpp"

#include <algorithm>

#include "rtmp/nal_units.hpp"

namespace streamkit::rtmp {
namespace {

// More parameter sets than any encoder writes.
constexpr std::size_t kMaxParameterSets = 64;
constexpr std::size_t kMaxParameterSetBytes = 0xFFFF;

int unit_type(VideoCodec codec, ByteView unit) noexcept {
  return codec == VideoCodec::H264 ? avc_unit_type(unit) : hevc_unit_type(unit);
}

// Sources: Rec. ITU-T H.264, table 7-1; Rec. ITU-T H.265, table 7-1.
bool is_parameter_set(VideoCodec codec, int type) noexcept {
  return codec == VideoCodec::H264 ? type == 7 || type == 8 : type >= 32 && type <= 34;
}

// An IDR; of HEVC any picture that decoding can start at: BLA, IDR, CRA.
bool starts_decoding(VideoCodec codec, int type) noexcept {
  return codec == VideoCodec::H264 ? type == 5 : type >= 16 && type <= 21;
}

bool contains(const std::vector<Bytes>& sets, ByteView set) noexcept {
  return std::any_of(sets.begin(), sets.end(),
                     [&](const Bytes& known) { return same_bytes(known, set); });
}

// The sets of the frame, then the known ones of types that the frame does not have.
std::vector<Bytes> merged(const VideoConfig& config, const std::vector<ByteView>& found) {
  std::vector<Bytes> sets;
  for (const ByteView set : found) {
    if (!contains(sets, set)) sets.emplace_back(set.begin(), set.end());
  }
  for (const Bytes& known : config.parameter_sets) {
    const int type = unit_type(config.codec, known);
    const bool replaced = std::any_of(found.begin(), found.end(), [&](ByteView set) {
      return unit_type(config.codec, set) == type;
    });
    if (!replaced) sets.push_back(known);
  }
  return sets;
}

// The configuration that a frame with these parameter sets begins; nothing if it has no new ones.
// A false result means that they are damaged.
bool update_config(const VideoConfig& config, const std::vector<ByteView>& found,
                   std::optional<VideoConfig>& updated) {
  const bool known = std::all_of(found.begin(), found.end(), [&](ByteView set) {
    return contains(config.parameter_sets, set);
  });
  if (known) return true;
  const bool plausible = found.size() <= kMaxParameterSets &&
                         std::all_of(found.begin(), found.end(),
                                     [](ByteView s) { return s.size() <= kMaxParameterSetBytes; });
  if (!plausible) return false;
  auto sets = merged(config, found);
  auto made = config.codec == VideoCodec::H264 ? make_avc_config(std::move(sets))
                                               : make_hevc_config(std::move(sets));
  if (!made) return false;
  made->length_bytes = config.length_bytes;
  updated = *std::move(made);
  return true;
}

}  // namespace

Result<VideoConfig> read_video_config(VideoCodec codec, ByteView record) {
  switch (codec) {
    case VideoCodec::H264:
      return read_avc_config(record);
    case VideoCodec::Hevc:
      return read_hevc_config(record);
    case VideoCodec::Av1:
      return read_av1_config(record);
  }
  return Error{ErrorCode::Internal, "unknown video codec"};
}

std::optional<CodedFrame> read_video_frame(const VideoConfig& config, ByteView payload,
                                           bool marked_keyframe) {
  if (config.codec == VideoCodec::Av1) return read_av1_frame(config, payload, marked_keyframe);
  const auto units = split_nal_units(payload, config.length_bytes);
  if (units.empty()) return {};
  CodedFrame frame;
  std::vector<ByteView> sets;
  for (const ByteView unit : units) {
    const int type = unit_type(config.codec, unit);
    if (starts_decoding(config.codec, type)) frame.keyframe = true;
    if (is_parameter_set(config.codec, type)) sets.push_back(unit);
  }
  // Parameter sets of later frames take effect at the next keyframe, which repeats them.
  if (frame.keyframe && !update_config(config, sets, frame.new_config)) return {};
  frame.data =
      config.length_bytes == 4 ? Bytes(payload.begin(), payload.end()) : join_nal_units(units);
  return frame;
}

VideoTrack video_track(const VideoConfig& config) {
  VideoTrack track;
  track.codec = config.codec == VideoCodec::H264   ? "h264"
                : config.codec == VideoCodec::Hevc ? "hevc"
                                                   : "av1";
  track.format = config.format;
  if (!track.format.frame_rate.valid()) track.format.frame_rate = {};
  track.codec_config = config.record;
  track.pixel_aspect = config.pixel_aspect;
  track.coded_color = config.color;
  track.interlaced = config.interlaced;
  return track;
}

}  // namespace streamkit::rtmp
