#include "media/file_packet_source.hpp"

#include <span>
#include <streamkit/media/packet_source.hpp>
#include <utility>

#include "media/adts.hpp"
#include "media/codec_parameters.hpp"

namespace streamkit::media {
namespace {

Result<std::unique_ptr<PacketSource>> make_source(Result<std::unique_ptr<InputFile>> file) {
  if (!file) return file.error();
  return std::unique_ptr<PacketSource>(std::make_unique<FilePacketSource>(std::move(*file)));
}

}  // namespace

FilePacketSource::FilePacketSource(std::unique_ptr<InputFile> file) : file_(std::move(file)) {
  if (file_->video() != nullptr) tracks_.video = video_track(*file_);
  if (file_->audio() == nullptr) return;
  tracks_.audio = audio_track(*file_);
  Bytes config = config_of_adts(*file_->audio()->codecpar);
  has_adts_ = !config.empty();
  if (has_adts_) tracks_.audio->codec_config = std::move(config);
}

Result<PacketItem> FilePacketSource::read(std::stop_token stop) {
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "reading cancelled"};
  file_->stop_with(std::move(stop));
  auto packet = read_coded();
  if (!packet) return packet.error();
  if (*packet == nullptr) return PacketItem{EndOfStream{}};
  return PacketItem{to_packet(**packet)};
}

Packet FilePacketSource::to_packet(const AVPacket& coded) const {
  const bool video = is_video(coded);
  const AVRational base = (video ? file_->video() : file_->audio())->time_base;
  Packet packet;
  packet.track = video ? TrackKind::Video : TrackKind::Audio;
  const std::int64_t pts = coded.pts != AV_NOPTS_VALUE ? coded.pts : coded.dts;
  const std::int64_t dts = coded.dts != AV_NOPTS_VALUE ? coded.dts : coded.pts;
  packet.pts = to_media_time(pts == AV_NOPTS_VALUE ? 0 : pts, base);
  packet.dts = to_media_time(dts == AV_NOPTS_VALUE ? 0 : dts, base);
  // FFmpeg does not know the duration of the first packet of a fragment.
  if (coded.duration > 0) {
    packet.duration = to_media_time(coded.duration, base);
  } else if (video) {
    packet.duration = tracks_.video->format.frame_rate.frame_duration();
  } else {
    packet.duration =
        from_ticks(tracks_.audio->packet_samples, 1, tracks_.audio->format.sample_rate_hz);
  }
  packet.keyframe = !video || (coded.flags & AV_PKT_FLAG_KEY) != 0;
  std::span<const std::uint8_t> data(coded.data, static_cast<std::size_t>(coded.size));
  if (!video && has_adts_) data = without_adts_header(data);
  packet.data.assign(data.begin(), data.end());
  return packet;
}

Result<std::unique_ptr<PacketSource>> open_packet_source(const std::filesystem::path& path) {
  return make_source(InputFile::open(path));
}

Result<std::unique_ptr<PacketSource>> open_packet_source(Bytes bytes) {
  return make_source(InputFile::open(std::move(bytes)));
}

}  // namespace streamkit::media
