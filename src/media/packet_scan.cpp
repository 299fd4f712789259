#include "media/packet_scan.hpp"

#include <cmath>
#include <deque>
#include <memory>
#include <string>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/input_access.hpp"
#include "media/memory_io.hpp"
#include "media/mp4_index.hpp"
#include "media/picture_header.hpp"
#include "media/track_selection.hpp"

namespace streamkit::media {
namespace {

// Packets of audio are shorter than pictures: those of TrueHD last 0.83 ms.
constexpr double kPacketsPerPicture = 10;

struct CloseInput {
  void operator()(AVFormatContext* file) const noexcept { avformat_close_input(&file); }
};
using InputPtr = std::unique_ptr<AVFormatContext, CloseInput>;

Error too_many_tracks(const ResourcePolicy& policy) {
  return limit_exceeded(Limit::Tracks, "tracks: more than the " +
                                           std::to_string(policy.max_tracks) +
                                           " that a chunk may have (--max-tracks)");
}

class PacketScan {
 public:
  explicit PacketScan(const MediaLimits& limits) : limits_(limits) {}

  Result<void> run(AVFormatContext& file) {
    const PacketPtr packet(av_packet_alloc());
    if (packet == nullptr) return out_of_memory();
    if (auto checked = check_tracks(file); !checked) return checked;
    while (av_read_frame(&file, packet.get()) >= 0) {
      auto taken = take(file, *packet);
      av_packet_unref(packet.get());
      if (!taken) return taken;
    }
    return {};
  }

 private:
  struct Track {
    std::int64_t packets = 0;
    std::unique_ptr<PictureHeaders> headers = {};
  };

  // Some containers only show their tracks while they are read.
  Result<void> check_tracks(const AVFormatContext& file) {
    if (static_cast<std::int64_t>(file.nb_streams) > limits_.policy.max_tracks) {
      return too_many_tracks(limits_.policy);
    }
    for (std::size_t index = tracks_.size(); index < file.nb_streams; ++index) {
      const AVCodecParameters& codec = *file.streams[index]->codecpar;
      Track& track = tracks_.emplace_back();
      if (codec.codec_type != AVMEDIA_TYPE_VIDEO) continue;
      if (auto checked = check_pixels(std::int64_t{codec.width} * codec.height); !checked) {
        return checked;
      }
      track.headers =
          std::make_unique<PictureHeaders>(codec, (file.ctx_flags & AVFMTCTX_NOHEADER) == 0);
    }
    return {};
  }

  Result<void> check_pixels(std::int64_t pixels) const {
    if (pixels <= limits_.policy.max_pixels) return {};
    return limit_exceeded(Limit::Pixels,
                          "pixels: a frame of " + std::to_string(pixels) + ", at most " +
                              std::to_string(limits_.policy.max_pixels) + " (--max-pixels)");
  }

  Result<void> take(const AVFormatContext& file, const AVPacket& packet) {
    if (auto checked = check_tracks(file); !checked) return checked;
    Track& track = tracks_[static_cast<std::size_t>(packet.stream_index)];
    if (auto checked = count(track); !checked || track.headers == nullptr) return checked;
    return check_pixels(track.headers->pixels(packet));
  }

  Result<void> count(Track& track) const {
    if (limits_.chunk_duration <= MediaTime{0}) return {};
    const MediaTime longest = longest_chunk(limits_.policy, limits_.chunk_duration);
    const double most = limits_.policy.max_frames_per_second * to_seconds(longest) *
                        (track.headers == nullptr ? kPacketsPerPicture : 1);
    if (static_cast<double>(++track.packets) <= std::ceil(most)) return {};
    return limit_exceeded(Limit::FrameRate,
                          "frames per second: more than the " + std::to_string(std::llround(most)) +
                              " " + (track.headers == nullptr ? "packets" : "frames") +
                              " that the longest chunk has at the highest rate (--max-frame-rate)");
  }

  const MediaLimits& limits_;
  std::deque<Track> tracks_;
};

}  // namespace

Result<void> scan_packets(std::span<const std::uint8_t> file, const MediaLimits& limits) {
  if (auto checked = check_mp4_index(file, limits.policy); !checked) return checked;
  auto memory = MemoryIo::open(file);
  if (!memory) return memory.error();
  AVFormatContext* opened = avformat_alloc_context();
  if (opened == nullptr) return out_of_memory();
  make_quiet(*opened);
  // Its own parsers would print what they do not like.
  opened->flags |= AVFMT_FLAG_NOPARSE;
  opened->pb = (*memory)->io();
  Options options;
  restrict_opening(*opened, InputAccess::Upload);
  options.set("protocol_whitelist", allowed_protocols(InputAccess::Upload));
  options.set("format_whitelist", allowed_formats(InputAccess::Upload));
  const int code = avformat_open_input(&opened, nullptr, nullptr, options.in_out());
  // FFmpeg has a bound of its own, beyond which it cannot allocate a track.
  if (code == AVERROR(ENOMEM)) return too_many_tracks(limits.policy);
  if (code < 0) return {};
  const InputPtr input(opened);
  return PacketScan(limits).run(*input);
}

}  // namespace streamkit::media
