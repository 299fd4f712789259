#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/packet_source.hpp>
#include <utility>

#include "media/input_file.hpp"

namespace streamkit::media {

/// Reads the packets of a file. A decoder in this room can also read them as FFmpeg packets, which
/// may lack a timestamp and carry side data.
class FilePacketSource final : public PacketSource {
 public:
  explicit FilePacketSource(std::unique_ptr<InputFile> file);

  [[nodiscard]] const Tracks& tracks() const noexcept override { return tracks_; }
  Result<PacketItem> read(std::stop_token stop) override;
  [[nodiscard]] bool damaged() const noexcept override { return file_->damaged(); }

  [[nodiscard]] const InputFile& file() const noexcept { return *file_; }
  /// From now on, waiting for a pipe ends when `stop` is requested.
  void stop_with(std::stop_token stop) { file_->stop_with(std::move(stop)); }
  /// Leaves out the packets of the video from now on.
  void read_only_sound() { file_->keep_only(file_->audio()); }
  /// Reads the next packet as an FFmpeg packet; null at the end.
  Result<PacketPtr> read_coded() { return file_->read(); }
  [[nodiscard]] bool is_video(const AVPacket& packet) const noexcept {
    return file_->video() != nullptr && packet.stream_index == file_->video()->index;
  }
  /// Converts a packet to what read() returns.
  [[nodiscard]] Packet to_packet(const AVPacket& coded) const;

 private:
  const std::unique_ptr<InputFile> file_;
  Tracks tracks_;
  bool has_adts_ = false;  // the audio has headers that its packets do not keep
};

}  // namespace streamkit::media
