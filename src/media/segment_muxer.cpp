#include <algorithm>
#include <optional>
#include <streamkit/media/segment_muxer.hpp>
#include <vector>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/mux_streams.hpp"

namespace streamkit::media {
namespace {

constexpr int kVideoTimescale = 120'000;

// An MP4 muxer that writes into memory.
class MemoryMuxer {
 public:
  MemoryMuxer() = default;
  MemoryMuxer(const MemoryMuxer&) = delete;
  MemoryMuxer& operator=(const MemoryMuxer&) = delete;
  ~MemoryMuxer() {
    if (context_ == nullptr) return;
    std::uint8_t* bytes = nullptr;
    if (context_->pb != nullptr) avio_close_dyn_buf(context_->pb, &bytes);
    av_free(bytes);
    avformat_free_context(context_);
  }

  Result<void> open(const Tracks& tracks) {
    int code = avformat_alloc_output_context2(&context_, nullptr, "mp4", nullptr);
    if (code < 0) return ffmpeg_error(code, "cannot set up an MP4 muxer");
    make_quiet(*context_);
    if (code = avio_open_dyn_buf(&context_->pb); code < 0) return out_of_memory();
    context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    // omits the muxer's version, so that equal input gives equal bytes
    context_->flags |= AVFMT_FLAG_BITEXACT;
    if (tracks.video) {
      auto stream = add_stream(context_, *tracks.video);
      if (!stream) return stream.error();
      video_ = *stream;
    }
    if (tracks.audio) {
      auto stream = add_stream(context_, *tracks.audio);
      if (!stream) return stream.error();
      audio_ = *stream;
    }
    Options options;
    // With frag_discont each fragment states its true time. skip_trailer omits the index of
    // fragments, whose offsets are invalid once segments are joined.
    options.set("movflags", "frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer");
    options.set("use_editlist", "0");
    options.set("video_track_timescale", std::to_string(kVideoTimescale));
    code = avformat_write_header(context_, options.in_out());
    if (code < 0) return ffmpeg_error(code, "cannot write the MP4 header");
    avio_flush(context_->pb);
    header_bytes_ = static_cast<std::uint64_t>(avio_tell(context_->pb));
    return {};
  }

  Result<void> write(const Packet& packet) {
    const AVStream* stream = packet.track == TrackKind::Video ? video_ : audio_;
    if (stream == nullptr) {
      return Error{ErrorCode::InvalidArgument, "a packet of a track that was not announced"};
    }
    auto borrowed = borrow_packet(packet, *stream);
    if (!borrowed) return borrowed.error();
    if (const int code = av_write_frame(context_, borrowed->get()); code < 0) {
      return ffmpeg_error(code, "cannot write an MP4 sample");
    }
    return {};
  }

  Result<Bytes> finish() {
    if (const int code = av_write_trailer(context_); code < 0) {
      return ffmpeg_error(code, "cannot finish the MP4 segment");
    }
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(context_->pb, &bytes);
    context_->pb = nullptr;
    Bytes copy(bytes, bytes + size);
    av_free(bytes);
    return copy;
  }

  [[nodiscard]] std::uint64_t header_bytes() const { return header_bytes_; }

 private:
  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;  // both belong to context_
  AVStream* audio_ = nullptr;
  std::uint64_t header_bytes_ = 0;
};

// Returns the positions of the fragments (`moof`) after the header; nothing if the boxes do not end
// with the file. Source: ISO/IEC 14496-12:2022, 4.2.
std::vector<std::uint64_t> fragment_offsets(const Chunk& chunk) {
  constexpr std::uint64_t kBoxHeaderBytes = 8;
  const Bytes& data = chunk.data;
  std::vector<std::uint64_t> offsets;
  std::uint64_t at = chunk.header_bytes;
  while (at + kBoxHeaderBytes <= data.size()) {
    std::uint64_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | data[at + static_cast<std::uint64_t>(i)];
    const auto type = data.begin() + static_cast<std::ptrdiff_t>(at + 4);
    if (std::equal(type, type + 4, "moof")) offsets.push_back(at);
    if (size < kBoxHeaderBytes) return {};
    at += size;
  }
  if (at != data.size()) return {};
  return offsets;
}

class MemorySegmentMuxer final : public SegmentMuxer {
 public:
  Result<void> open(const Tracks& tracks) override {
    if (!tracks.video) return Error{ErrorCode::InvalidArgument, "a segment needs a video track"};
    tracks_ = tracks;
    return {};
  }

  Result<void> write(Packet packet) override {
    (packet.track == TrackKind::Video ? video_ : audio_).push_back(std::move(packet));
    return {};
  }

  Result<Chunk> finish() override {
    if (video_.empty()) return Error{ErrorCode::InvalidArgument, "a segment without a video frame"};
    if (!video_.front().keyframe) {
      return Error{ErrorCode::InvalidArgument,
                   "the first video frame of a segment must be a keyframe"};
    }
    if (video_.front().dts < MediaTime{0} ||
        (!audio_.empty() && audio_.front().dts < MediaTime{0})) {
      return Error{ErrorCode::InvalidArgument, "a segment that starts before time 0"};
    }
    MemoryMuxer muxer;
    if (auto opened = muxer.open(tracks_); !opened) return opened.error();
    if (auto written = write_interleaved(muxer); !written) return written.error();
    auto bytes = muxer.finish();
    if (!bytes) return bytes.error();

    Chunk chunk;
    chunk.start = std::min_element(video_.begin(), video_.end(), earlier_pts)->pts;
    const Packet& last = *std::max_element(video_.begin(), video_.end(), earlier_pts);
    chunk.duration = last.pts + last.duration - chunk.start;
    chunk.audio_end =
        audio_.empty() ? chunk.start + chunk.duration : audio_.back().pts + audio_.back().duration;
    chunk.header_bytes = muxer.header_bytes();
    chunk.data = std::move(*bytes);
    chunk.parts = parts_of(chunk);
    return chunk;
  }

 private:
  static bool earlier_pts(const Packet& a, const Packet& b) { return a.pts < b.pts; }

  // Returns the fragments of the file. There is one for each keyframe.
  [[nodiscard]] std::vector<ChunkPart> parts_of(const Chunk& chunk) const {
    std::vector<MediaTime> starts;
    for (const Packet& packet : video_) {
      if (packet.keyframe) starts.push_back(packet.pts);
    }
    auto offsets = fragment_offsets(chunk);
    if (starts.size() < 2 || offsets.size() != starts.size()) return {};
    starts.front() = chunk.start;
    starts.push_back(chunk.start + chunk.duration);
    offsets.push_back(chunk.data.size());
    std::vector<ChunkPart> parts;
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
      parts.push_back({starts[i + 1] - starts[i], offsets[i + 1] - offsets[i]});
    }
    return parts;
  }

  // Writes packets in the order of decoding time. The keyframe is first, so that it begins the
  // first fragment.
  Result<void> write_interleaved(MemoryMuxer& muxer) const {
    auto sound = audio_.begin();
    for (auto picture = video_.begin(); picture != video_.end(); ++picture) {
      for (; picture != video_.begin() && sound != audio_.end() && sound->dts < picture->dts;
           ++sound) {
        if (auto done = muxer.write(*sound); !done) return done;
      }
      if (auto done = muxer.write(*picture); !done) return done;
    }
    for (; sound != audio_.end(); ++sound) {
      if (auto done = muxer.write(*sound); !done) return done;
    }
    return {};
  }

  Tracks tracks_;
  std::vector<Packet> video_;
  std::vector<Packet> audio_;
};

}  // namespace

std::unique_ptr<SegmentMuxer> SegmentMuxer::create() {
  return std::make_unique<MemorySegmentMuxer>();
}

}  // namespace streamkit::media
