#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <streamkit/media/cmaf_packager.hpp>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/packet_stream.hpp>

using namespace streamkit;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

class InputBytes final : public ByteSource {
 public:
  explicit InputBytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<std::uint8_t> into, std::stop_token) override {
    const std::size_t count = std::min(into.size(), bytes_.size());
    std::copy_n(bytes_.begin(), count, into.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

class CheckingSink final : public LiveTrackSink {
 public:
  Result<void> begin_run(std::size_t, const LiveTrackInfo& info, Bytes init) override {
    require(!info.codecs.empty() && init.size() > 16, "a run is described");
    return {};
  }
  Result<void> add_part(std::size_t track, std::uint64_t number, const LivePart& part,
                        Bytes bytes) override {
    require(track < 2 && number >= numbers_[track], "numbers do not go back");
    numbers_[track] = number;
    require(part.size_bytes == bytes.size() && part.duration > MediaTime{0}, "parts are whole");
    return {};
  }
  Result<void> end_segment(std::size_t, std::uint64_t) override { return {}; }

 private:
  std::uint64_t numbers_[2] = {0, 0};
};

}  // namespace

// Whatever a publisher sends, it is read and packaged to its end, or to an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const media::FfmpegLog kSilent(nullptr);
  constexpr int kMostItems = 4000;
  InputBytes bytes({data, size});
  const auto source = media::open_packet_stream(bytes, {});
  if (!source) {
    require(!source.error().message.empty(), "an error has a text");
    return 0;
  }
  CheckingSink sink;
  const auto packager = media::CmafPackager::create(media::cmaf_tracks((*source)->tracks()), sink);
  require(packager.has_value(), "tracks that were opened can be packaged");
  const bool has_video = (*source)->tracks().video.has_value();
  for (int count = 0; count < kMostItems; ++count) {
    auto item = (*source)->read({});
    if (!item || !std::holds_alternative<Packet>(*item)) break;
    auto& packet = std::get<Packet>(*item);
    const std::size_t track = packet.track == TrackKind::Audio && has_video ? 1 : 0;
    if (!(*packager)->push(track, std::move(packet), {})) return 0;
  }
  (void)(*packager)->flush();
  return 0;
}
