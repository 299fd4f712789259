#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/decoder.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/packet_source.hpp>
#include <vector>

namespace streamkit::media {

inline VideoFormat small_format(FrameRate rate = {30, 1}) {
  VideoFormat format;
  format.width_px = 96;
  format.height_px = 64;
  format.frame_rate = rate;
  return format;
}

/// Picture `n` of a moving gradient.
VideoFrame make_picture(const VideoFormat& format, std::int64_t n);
/// Picture `n` of rough ground below an empty sky, and of a post that walks over it.
VideoFrame make_landscape(const VideoFormat& format, std::int64_t n);

/// `count` samples per channel of a 440 Hz tone from sample `first` on.
AudioFrame make_tone(std::int64_t first, int count, AudioFormat format = {});

/// Pictures [0, frames) and as much tone, pushed in timestamp order, and the flush.
std::vector<Packet> encode(
    Encoder& encoder, const VideoFormat& format, std::int64_t frames,
    const std::function<VideoFrame(const VideoFormat&, std::int64_t)>& draw = make_picture);

/// An ordinary file of pictures and tone.
void write_video_file(const std::filesystem::path& path, std::int64_t frames, int b_frames = 2);

/// What a reader gives, sorted out.
struct ReadBack {
  MediaInfo info;
  std::vector<VideoFrame> pictures;
  std::vector<Packet> sound;
};
ReadBack read_all(Bytes file);

/// Every packet of a source, up to its end.
std::vector<Packet> read_packets(PacketSource& source);
/// Every frame of the packets, and the flush.
std::vector<VideoFrame> decode(Decoder& decoder, const std::vector<Packet>& packets);
bool same_pixels(const VideoFrame& one, const VideoFrame& other);

std::vector<Packet> only(const std::vector<Packet>& packets, TrackKind track);

}  // namespace streamkit::media
