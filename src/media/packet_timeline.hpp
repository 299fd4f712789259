#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <streamkit/core/api.hpp>
#include <vector>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// A jump of a file's clock that was stepped over.
struct TimeStep {
  /// Where it is on the continuous timeline.
  MediaTime at{0};
  /// How far the clock jumped; negative is back.
  MediaTime by{0};
};

/// Puts the packets of a file on one continuous timeline. The clock of a file may jump: parts are
/// joined, a camera sets its clock, a counter overflows. All tracks belong to one clock, so a jump
/// is decided once for all of them: each part between two jumps is moved as a whole, behind
/// everything before it. Within a part, packets keep their distances, so audio and video stay
/// together.
///
/// A packet is a jump if it is more than 0.1 s before the packet before it, or more than
/// `longest_gap` after everything so far, in all tracks. While one track waits for another to cross
/// a jump, up to 3 s of packets are held.
class STREAMKIT_API PacketTimeline {
 public:
  explicit PacketTimeline(MediaTime longest_gap) : longest_gap_(longest_gap) {}

  /// Moves the timestamp `start` to 0. Called before the first packet. Without it, packets before
  /// the first jump keep their timestamps.
  void start_at(MediaTime start);
  /// Takes the next packet of any track, in file order.
  void push(PacketPtr packet, const AVStream& stream);
  /// Ends the file: nothing is held any longer.
  void end();
  /// Returns the next packet on the timeline; null if it needs another.
  PacketPtr pop();
  /// Returns the jumps since the last call.
  std::vector<TimeStep> take_steps();

 private:
  // A part of the file with continuous timestamps. Times are those of the file.
  struct Part {
    MediaTime shift{0};  // to the timeline; unknown while the part is pending
    MediaTime first{0};
    MediaTime front{0};  // the end of its last packet
  };
  struct Track {
    int index = 0;
    bool steady = true;  // false: few packets, which follow the clock of the other tracks
    std::size_t part = 0;
    std::optional<MediaTime> last;  // the file's time of the last packet
    bool last_in_order = false;
    MediaTime next{0};  // where the next packet is expected
    MediaTime usual_duration{0};
    bool placed = false;
    MediaTime end{0};                  // on the timeline; the end of the last packet
    std::optional<MediaTime> crossed;  // where the pending part starts, in this track
    std::optional<std::int64_t> last_ticks;
  };
  struct Stamp {
    MediaTime time{0};  // of decoding
    MediaTime shown{0};
    MediaTime duration{0};
    bool in_order = false;      // it is a time of decoding
    bool stands_still = false;  // the time is that of the packet before
    MediaTime added{0};         // to the file's times, because they stand still
  };
  struct Held {
    PacketPtr packet;
    const AVStream* stream = nullptr;
    std::size_t part = 0;
    std::optional<Stamp> stamp;
  };

  Track& track_of(const AVStream& stream);
  std::optional<Stamp> read_stamp(AVPacket& packet, const AVStream& stream,
                                  const Track& track) const;
  static MediaTime duration_of(const AVPacket& packet, const AVStream& stream, const Track& track);
  std::size_t part_of(const Track& track, const Stamp& stamp);
  [[nodiscard]] std::optional<std::size_t> part_going_on(const Track& track, MediaTime time) const;
  [[nodiscard]] std::size_t nearest_part(std::size_t from, MediaTime time) const;
  [[nodiscard]] bool jumped(const Track& track, std::size_t part, MediaTime time) const;
  [[nodiscard]] MediaTime distance(std::size_t part, MediaTime time) const;
  std::size_t begin_part(const Track& track, const Stamp& stamp);
  void join(Track& track, std::size_t part, const Stamp& stamp);
  [[nodiscard]] bool is_settled() const;
  [[nodiscard]] MediaTime place_of_newest() const;
  void settle();
  void place(Held held);

  MediaTime longest_gap_;
  std::vector<Track> tracks_;
  std::vector<Part> parts_;
  std::optional<MediaTime> start_;
  bool pending_ = false;             // the newest part has no place yet
  bool begun_by_new_track_ = false;  // by the first packet of a track, which waits for no other
  MediaTime pending_jump_{0};
  MediaTime front_{0};  // the end of all placed packets, on the timeline
  std::deque<Held> held_;
  std::size_t held_bytes_ = 0;
  std::deque<PacketPtr> ready_;
  std::vector<TimeStep> steps_;
};

}  // namespace streamkit::media
