#pragma once

#include <memory>
#include <streamkit/core/packet_source.hpp>

#include "media/input_file.hpp"

namespace streamkit::media {

/// The packets of a file. They may also be read as FFmpeg's own, for a decoder in this room: those
/// can lack a timestamp and carry side data.
class FilePacketSource final : public PacketSource {
 public:
  explicit FilePacketSource(std::unique_ptr<InputFile> file);

  [[nodiscard]] const Tracks& tracks() const noexcept override { return tracks_; }
  Result<PacketItem> read(std::stop_token stop) override;
  [[nodiscard]] bool damaged() const noexcept override { return file_->damaged(); }

  [[nodiscard]] const InputFile& file() const noexcept { return *file_; }
  /// What read() reads; null at the end.
  Result<PacketPtr> read_coded() { return file_->read(); }
  [[nodiscard]] bool is_video(const AVPacket& packet) const noexcept {
    return packet.stream_index == file_->video()->index;
  }
  /// As read() returns it.
  [[nodiscard]] Packet to_packet(const AVPacket& coded) const;

 private:
  const std::unique_ptr<InputFile> file_;
  Tracks tracks_;
};

}  // namespace streamkit::media
