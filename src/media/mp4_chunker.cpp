#include <deque>
#include <optional>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/segment_muxer.hpp>

namespace streamkit::media {
namespace {

class Mp4Chunker final : public Chunker {
 public:
  Mp4Chunker(ChunkGrid grid, Tracks tracks, std::uint64_t first_index)
      : grid_(grid), tracks_(std::move(tracks)), next_index_(first_index) {}

  Result<std::vector<Chunk>> push(Packet packet) override {
    auto accepted = packet.track == TrackKind::Video ? accept_video(std::move(packet))
                                                     : accept_audio(std::move(packet));
    if (!accepted) return accepted.error();
    std::vector<Chunk> chunks;
    while (!cuts_.empty() && sound_reaches(cuts_.front())) {
      auto chunk = cut(cuts_.front());
      if (!chunk) return chunk.error();
      cuts_.pop_front();
      chunks.push_back(std::move(*chunk));
    }
    return chunks;
  }

  Result<std::vector<Chunk>> flush() override {
    std::vector<Chunk> chunks;
    for (const MediaTime at : cuts_) {
      auto chunk = cut(at);
      if (!chunk) return chunk.error();
      chunks.push_back(std::move(*chunk));
    }
    cuts_.clear();
    if (!video_.empty()) {
      auto chunk = cut(MediaTime::max());
      if (!chunk) return chunk.error();
      chunks.push_back(std::move(*chunk));
    }
    return chunks;
  }

 private:
  Result<void> accept_video(Packet packet) {
    if (last_video_dts_ && packet.dts <= *last_video_dts_) {
      return Error{ErrorCode::InvalidArgument, "video decoding time runs backwards"};
    }
    if (!newest_pts_ || grid_.index_of(packet.pts) > grid_.index_of(*newest_pts_)) {
      if (!packet.keyframe) {
        return Error{ErrorCode::InvalidArgument, "no keyframe at the chunk boundary at " +
                                                     std::to_string(to_seconds(packet.pts)) +
                                                     " s; does the encoder use the same grid?"};
      }
      if (newest_pts_) cuts_.push_back(packet.pts);
    }
    last_video_dts_ = packet.dts;
    newest_pts_ = newest_pts_ ? std::max(*newest_pts_, packet.pts) : packet.pts;
    video_.push_back(std::move(packet));
    return {};
  }

  Result<void> accept_audio(Packet packet) {
    if (!tracks_.audio) {
      return Error{ErrorCode::InvalidArgument, "an audio packet, but no audio track was announced"};
    }
    if (newest_audio_pts_ && packet.pts <= *newest_audio_pts_) {
      return Error{ErrorCode::InvalidArgument, "audio time runs backwards"};
    }
    newest_audio_pts_ = packet.pts;
    audio_.push_back(std::move(packet));
    return {};
  }

  // Returns whether all audio that starts before `cut` has arrived: a later packet proves it.
  bool sound_reaches(MediaTime cut) const {
    return !tracks_.audio || (newest_audio_pts_ && *newest_audio_pts_ >= cut);
  }

  Result<Chunk> cut(MediaTime at) {
    const auto muxer = SegmentMuxer::create();
    if (auto opened = muxer->open(tracks_); !opened) return opened.error();
    for (auto* packets : {&video_, &audio_}) {
      while (!packets->empty() && packets->front().pts < at) {
        if (auto written = muxer->write(std::move(packets->front())); !written) {
          return written.error();
        }
        packets->pop_front();
      }
    }
    auto chunk = muxer->finish();
    if (!chunk) return chunk;
    // The last frame lasts until the first frame of the next chunk, regardless of its own duration.
    if (at != MediaTime::max()) chunk->duration = at - chunk->start;
    chunk->index = next_index_++;
    return chunk;
  }

  const ChunkGrid grid_;
  const Tracks tracks_;
  std::deque<Packet> video_;
  std::deque<Packet> audio_;
  std::deque<MediaTime> cuts_;  // boundaries whose chunk still waits for audio
  std::optional<MediaTime> last_video_dts_;
  std::optional<MediaTime> newest_pts_;
  std::optional<MediaTime> newest_audio_pts_;
  std::uint64_t next_index_;
};

}  // namespace

Result<std::unique_ptr<Chunker>> open_chunker(ChunkGrid grid, Tracks tracks,
                                              std::uint64_t first_index) {
  if (grid.chunk_duration < kMinChunkDuration) {
    return Error{ErrorCode::InvalidArgument, "chunk duration must be 0.5 s or more"};
  }
  if (!tracks.video) return Error{ErrorCode::InvalidArgument, "a chunker needs a video track"};
  return std::unique_ptr<Chunker>(
      std::make_unique<Mp4Chunker>(grid, std::move(tracks), first_index));
}

}  // namespace streamkit::media
