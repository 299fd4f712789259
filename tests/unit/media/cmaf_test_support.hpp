#pragma once

#include <streamkit/core/packet.hpp>
#include <streamkit/media/cmaf_packager.hpp>
#include <vector>

#include "media/recording_track_sink.hpp"

namespace streamkit::media {

/// The tracks of a small encoder: H.264 with start codes, AAC at 48 kHz.
Tracks small_tracks(int width_px = 96, int height_px = 64);

/// Made-up packets of one publisher. Times begin at `start`; audio and video are interleaved.
struct MadeUpStream {
  FrameRate rate{30, 1};
  int frames = 90;
  /// In frames.
  int gop = 30;
  MediaTime start{0};
  /// Times are rounded down to it, as those of RTMP are to milliseconds.
  MediaTime unit{1};
  bool with_video = true;
  bool with_audio = true;
};
std::vector<Packet> make_packets(const MadeUpStream& stream);

/// Pushes the packets, each arriving at its decoding time.
void push_all(CmafPackager& packager, const std::vector<Packet>& packets);
CmafPackager::TimePoint arrival(MediaTime time);

/// All packets of one track of an MP4 file, as FFmpeg reads them. `duration` is left 0.
std::vector<Packet> read_fragments(const Bytes& file);

/// The NAL units of a picture, one after another, so that framings can be compared.
std::vector<Bytes> units_of(const Packet& packet, const Bytes& codec_config);

}  // namespace streamkit::media
