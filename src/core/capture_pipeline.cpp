#include <optional>
#include <streamkit/core/bounded_queue.hpp>
#include <streamkit/core/capture_pipeline.hpp>
#include <thread>
#include <utility>
#include <variant>

namespace streamkit {
namespace {

using ReadItem = Result<SourceItem>;

// Pushes all items, then EndOfStream or the error that ended the reading.
void read_all(Source& source, BoundedQueue<ReadItem>& items, std::stop_token stop) {
  for (;;) {
    ReadItem item =
        stop.stop_requested() ? Error{ErrorCode::Cancelled, "capture stopped"} : source.read(stop);
    const bool last = !item || std::holds_alternative<EndOfStream>(*item);
    if (!items.push(std::move(item)) || last) break;
  }
  items.close();
}

class Encoding {
 public:
  Encoding(Encoder& encoder, Chunker& chunker, const ChunkHandler& on_chunk)
      : encoder_(encoder), chunker_(chunker), on_chunk_(on_chunk) {}

  Result<void> take(const SourceItem& item) {
    if (const auto* frame = std::get_if<VideoFrame>(&item)) {
      ++stats_.video_frames;
      return pass_on(encoder_.push(*frame));
    }
    const auto& sound = std::get<AudioFrame>(item);
    stats_.audio_samples += static_cast<std::uint64_t>(sound.sample_count);
    return pass_on(encoder_.push(sound));
  }

  Result<void> flush() {
    if (auto done = pass_on(encoder_.flush()); !done) return done;
    return hand_over(chunker_.flush());
  }

  [[nodiscard]] const CaptureStats& stats() const { return stats_; }

 private:
  Result<void> pass_on(Result<std::vector<Packet>> packets) {
    if (!packets) return packets.error();
    for (Packet& packet : *packets) {
      if (auto done = hand_over(chunker_.push(std::move(packet))); !done) return done;
    }
    return {};
  }

  Result<void> hand_over(Result<std::vector<Chunk>> chunks) {
    if (!chunks) return chunks.error();
    for (Chunk& chunk : *chunks) {
      if (auto done = on_chunk_(std::move(chunk)); !done) return done;
      ++stats_.chunks;
    }
    return {};
  }

  Encoder& encoder_;
  Chunker& chunker_;
  const ChunkHandler& on_chunk_;
  CaptureStats stats_;
};

}  // namespace

Result<CaptureStats> run_capture(Source& source, Encoder& encoder, Chunker& chunker,
                                 const ChunkHandler& on_chunk, std::stop_token stop) {
  constexpr std::size_t kItemsBetween = 16;
  BoundedQueue<ReadItem> items(kItemsBetween);
  std::jthread reader([&](std::stop_token own) {
    std::stop_source either;
    std::stop_callback on_caller(stop, [&] { either.request_stop(); });
    std::stop_callback on_failure(own, [&] { either.request_stop(); });
    read_all(source, items, either.get_token());
  });
  // The reader has to be released first on every way out of this function; otherwise its join would
  // never return.
  struct Release {
    BoundedQueue<ReadItem>& items;
    std::jthread& reader;
    ~Release() {
      items.close();
      reader.request_stop();
    }
  } release{items, reader};

  Encoding encoding(encoder, chunker, on_chunk);
  std::optional<Error> failure;
  while (std::optional<ReadItem> item = items.pop()) {
    if (!*item) {
      const bool stopped = item->error().code == ErrorCode::Cancelled && stop.stop_requested();
      if (!stopped) failure = item->error();
      break;
    }
    if (std::holds_alternative<EndOfStream>(**item)) break;
    if (auto done = encoding.take(**item); !done) return done.error();
  }
  // Also after a failure of the source: what was captured until then is good.
  if (auto done = encoding.flush(); !done && !failure) failure = done.error();
  if (failure) return *failure;
  return encoding.stats();
}

}  // namespace streamkit
