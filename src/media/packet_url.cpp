#include <optional>
#include <streamkit/media/packet_url.hpp>
#include <utility>

#include "media/file_packet_source.hpp"

namespace streamkit::media {
namespace {

class UrlPacketSource final : public PacketSource {
 public:
  UrlPacketSource(std::unique_ptr<InputFile> file, Context context)
      : context_(std::move(context)), packets_(std::move(file)) {}

  const Tracks& tracks() const noexcept override { return packets_.tracks(); }
  bool damaged() const noexcept override { return packets_.damaged(); }

  Result<PacketItem> read(std::stop_token stop) override {
    auto item = packets_.read(stop);
    if (!item) return item;
    if (std::holds_alternative<EndOfStream>(*item)) {
      if (const auto failure = packets_.file().failure()) return as_lost(*failure);
      return item;
    }
    if (!packets_.file().is_finite()) return item;
    if (!wait_for(std::get<Packet>(*item), std::move(stop))) {
      return Error{ErrorCode::Cancelled, "reading cancelled"};
    }
    return item;
  }

 private:
  static Error as_lost(Error error) {
    // Whatever the system calls it, the peer is gone.
    if (error.code == ErrorCode::Internal) error.code = ErrorCode::Unavailable;
    return error;
  }

  // Returns false if the wait was stopped.
  bool wait_for(const Packet& packet, std::stop_token stop) {
    Clock& clock = context_.clock_or_system();
    if (!first_) {
      first_ = packet.dts;
      started_ = clock.steady_now();
    }
    const auto due =
        started_ + std::chrono::duration_cast<std::chrono::nanoseconds>(packet.dts - *first_);
    return clock.wait_until(due, std::move(stop));
  }

  const Context context_;
  FilePacketSource packets_;
  std::optional<MediaTime> first_;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace

Result<std::unique_ptr<PacketSource>> open_packet_url(const std::string& url, std::stop_token stop,
                                                      const PacketUrlOptions& options,
                                                      const Context& context) {
  InputOptions input;
  input.tracks = options.tracks;
  input.allow_sound_only = true;
  input.context = context;
  input.stop = std::move(stop);
  input.open_timeout = options.open_timeout;
  input.read_timeout = options.stall_timeout;
  auto file = InputFile::open_live(url, input);
  if (!file) return file.error();
  return std::unique_ptr<PacketSource>(
      std::make_unique<UrlPacketSource>(std::move(*file), context));
}

}  // namespace streamkit::media
