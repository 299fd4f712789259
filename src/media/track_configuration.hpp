#pragma once

#include <cstdint>
#include <streamkit/core/live_track.hpp>
#include <streamkit/core/packet.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/cmaf_packager.hpp>

#include "media/init_section.hpp"
#include "media/nal_units.hpp"

namespace streamkit::media {

/// Returns whether both tracks have the name, codec and configuration in common.
[[nodiscard]] bool is_same_coding(const CmafTrack& one, const CmafTrack& other);

/// How the packets of one track of a live stream are read and announced to players.
class TrackConfiguration {
 public:
  TrackConfiguration() = default;
  explicit TrackConfiguration(CmafTrack track);

  [[nodiscard]] bool is_video() const noexcept {
    return std::holds_alternative<VideoTrack>(track_.coded);
  }
  [[nodiscard]] const CmafTrack& track() const noexcept { return track_; }
  /// The ticks a second in which samples are timed.
  [[nodiscard]] int timescale() const noexcept { return timescale_; }
  /// The number of audio samples in a packet; 0: unknown.
  [[nodiscard]] int packet_samples() const noexcept;
  /// Returns the NAL units of a packet that has to be rewritten with lengths of four bytes; empty
  /// if its bytes are used as they are.
  [[nodiscard]] std::vector<NalUnit> units_to_rewrite(std::span<const std::uint8_t> packet) const;
  /// Takes parameter sets that a keyframe brings. Returns whether they are new.
  bool update(const Packet& keyframe);

  /// Returns the initialization section and what is announced. `frame_duration` is that of video.
  /// Errors: those of make_init_section().
  Result<InitSection> init(std::int64_t bit_rate_bps, MediaTime frame_duration,
                           LiveTrackInfo& info) const;

 private:
  [[nodiscard]] VideoTrack stated_video() const;

  CmafTrack track_;
  int timescale_ = 1;
  bool has_units_ = false;
  bool sets_changed_ = false;
  NalFraming framing_;
  ParameterSets sets_;
};

}  // namespace streamkit::media
