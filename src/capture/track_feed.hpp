#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>

#include "media/input_file.hpp"

namespace streamkit::capture {

/// Reads one file for two readers: each takes the packets of its track, and what the other has not
/// taken yet waits. So a pipe is enough, and a jump of the file's clock is one for both.
///
/// At most 64 MiB wait. A file that keeps its tracks further apart is opened a second time, for the
/// track that waits; a pipe of that kind is an error.
class TrackFeed {
 public:
  static Result<std::unique_ptr<TrackFeed>> open(const std::filesystem::path& path,
                                                 const media::InputOptions& options,
                                                 std::size_t most_waiting_bytes = 64 << 20);
  [[nodiscard]] const media::InputFile& file() const noexcept { return *file_; }

  /// Returns the next packet of a track; null at the end.
  /// Errors: ResourceExhausted (a pipe whose tracks are too far apart); Cancelled.
  Result<media::PacketPtr> read(TrackKind track);
  /// Packets of this track will not be read.
  void leave_out(TrackKind track);
  /// From now on, waiting for a pipe ends when `stop` is requested.
  void stop_with(const std::stop_token& stop) { file_->stop_with(stop); }

 private:
  struct Track {
    std::deque<media::PacketPtr> waiting;
    std::size_t waiting_bytes = 0;
    std::uint64_t taken = 0;
    bool left_out = false;
    // Reads only this track, from the time on when too much was waiting.
    std::unique_ptr<media::InputFile> own_file;
  };

  TrackFeed(std::unique_ptr<media::InputFile> file, std::size_t most_waiting_bytes)
      : file_(std::move(file)), most_waiting_bytes_(most_waiting_bytes) {}
  Track& track(TrackKind kind) { return tracks_[kind == TrackKind::Video ? 0 : 1]; }
  Result<media::PacketPtr> read_next(media::InputFile& file, TrackKind wanted);
  Result<void> open_own_file(TrackKind kind);

  const std::unique_ptr<media::InputFile> file_;
  const std::size_t most_waiting_bytes_;
  std::array<Track, 2> tracks_;
};

}  // namespace streamkit::capture
