#include "capture/track_feed.hpp"

#include <utility>

namespace streamkit::capture {
namespace {

// What a packet takes besides its bytes, so that empty packets are bounded too.
std::size_t weight(const AVPacket& packet) { return static_cast<std::size_t>(packet.size) + 256; }

TrackKind kind_of(const media::InputFile& file, const AVPacket& packet) {
  return packet.stream_index == file.video()->index ? TrackKind::Video : TrackKind::Audio;
}

}  // namespace

Result<std::unique_ptr<TrackFeed>> TrackFeed::open(const std::filesystem::path& path,
                                                   const media::InputOptions& options,
                                                   std::size_t most_waiting_bytes) {
  auto file = media::InputFile::open(path, options);
  if (!file) return file.error();
  return std::unique_ptr<TrackFeed>(new TrackFeed(std::move(*file), most_waiting_bytes));
}

void TrackFeed::leave_out(TrackKind kind) {
  Track& out = track(kind);
  out.left_out = true;
  out.waiting.clear();
  out.waiting_bytes = 0;
}

Result<media::PacketPtr> TrackFeed::read(TrackKind kind) {
  Track& wanted = track(kind);
  if (wanted.waiting.empty()) {
    auto packet = wanted.own_file ? read_next(*wanted.own_file, kind) : read_next(*file_, kind);
    if (packet && *packet != nullptr) ++wanted.taken;
    return packet;
  }
  media::PacketPtr packet = std::move(wanted.waiting.front());
  wanted.waiting.pop_front();
  wanted.waiting_bytes -= weight(*packet);
  ++wanted.taken;
  return packet;
}

Result<media::PacketPtr> TrackFeed::read_next(media::InputFile& file, TrackKind wanted) {
  for (;;) {
    auto packet = file.read();
    if (!packet || *packet == nullptr) return packet;
    const TrackKind kind = kind_of(file, **packet);
    if (kind == wanted) return packet;
    Track& other = track(kind);
    const bool shared = &file == file_.get();
    if (!shared || other.left_out || other.own_file != nullptr) continue;
    other.waiting_bytes += weight(**packet);
    other.waiting.push_back(std::move(*packet));
    if (other.waiting_bytes <= most_waiting_bytes_) continue;
    if (auto opened = open_own_file(wanted); !opened) return opened.error();
    return read_next(*track(wanted).own_file, wanted);
  }
}

Result<void> TrackFeed::open_own_file(TrackKind kind) {
  if (file_->is_pipe()) {
    return Error{ErrorCode::ResourceExhausted,
                 file_->name() +
                     " keeps video and audio too far apart for a pipe or URL; give it as a "
                     "file"};
  }
  // The jumps of its clock are logged by the first one.
  auto file = file_->open_again();
  if (!file) return file.error();
  Track& wanted = track(kind);
  for (std::uint64_t passed = 0; passed < wanted.taken;) {
    auto packet = (*file)->read();
    if (!packet) return packet.error();
    if (*packet == nullptr) break;
    if (kind_of(**file, **packet) == kind) ++passed;
  }
  wanted.own_file = std::move(*file);
  return {};
}

}  // namespace streamkit::capture
