#include "quality/steadiness.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <streamkit/core/frame_pool.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/mp4_chunker.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <vector>

#include "quality/depth_quality.hpp"

namespace streamkit::quality {
namespace {

// Pictures in a chunk of half a second, and how many of them are looked at.
constexpr int kChunk = 12;
constexpr FrameRate kRate{24, 1};
constexpr int kPictures = 12 * kChunk;
// The first chunks only warm up.
constexpr int kWarmUp = 2;

std::vector<VideoFrame> read_pictures(MediaReader& reader, int count) {
  std::vector<VideoFrame> frames;
  while (static_cast<int>(frames.size()) < count) {
    auto item = reader.read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    if (auto* frame = std::get_if<VideoFrame>(&*item)) frames.push_back(std::move(*frame));
  }
  return frames;
}

std::vector<Chunk> encode(const std::vector<VideoFrame>& clip, std::size_t skip) {
  VideoFormat format = clip.front().format;
  format.frame_rate = kRate;
  const MediaTime length = kRate.time_of(kChunk);
  auto encoder = media::open_encoder({.chunk_duration = length, .threads = 1}, format);
  if (!encoder) return {};
  auto chunker = media::open_chunker({length}, (*encoder)->tracks());
  std::vector<Chunk> chunks;
  const auto cut = [&](Result<std::vector<Packet>> packets) {
    if (!packets) return;
    for (const Packet& packet : *packets) {
      auto ready = (*chunker)->push(packet);
      if (!ready) return;
      for (Chunk& chunk : *ready) chunks.push_back(std::move(chunk));
    }
  };
  for (std::size_t i = skip; i < clip.size(); ++i) {
    VideoFrame frame = clip[i];
    frame.format = format;
    const auto number = static_cast<std::int64_t>(i - skip);
    frame.pts = kRate.time_of(number);
    frame.duration = kRate.time_of(number + 1) - frame.pts;
    cut((*encoder)->push(frame));
  }
  cut((*encoder)->flush());
  if (auto rest = (*chunker)->flush()) {
    for (Chunk& chunk : *rest) chunks.push_back(std::move(chunk));
  }
  return chunks;
}

// Cells around whose middle nothing moves.
std::vector<bool> still_cells(const VideoFrame& before, const VideoFrame& now,
                              const DepthMap& depth) {
  std::vector<bool> still;
  const VideoPlane& a = before.planes[0];
  const VideoPlane& b = now.planes[0];
  for (int y = 0; y < depth.height_px; ++y) {
    for (int x = 0; x < depth.width_px; ++x) {
      const int row = (2 * y + 1) * b.height_px / (2 * depth.height_px);
      const int column = (2 * x + 1) * b.width_px / (2 * depth.width_px);
      still.push_back(std::abs(int{a.row(row)[column]} - int{b.row(row)[column]}) <= 2);
    }
  }
  return still;
}

struct Mean {
  double sum = 0;
  int count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] double value() const { return count == 0 ? 0 : sum / count; }
};

struct Division {
  Mean inside, seams;
};

// The chunks' pictures one after the other, with the state handed over or not.
Division convert(const std::vector<VideoFrame>& clip, std::size_t skip,
                 const std::vector<Chunk>& chunks, bool with_state,
                 const std::function<std::unique_ptr<DepthEstimator>()>& make_estimator) {
  Division found;
  Bytes state;
  DepthMap before;
  DepthMap now;
  std::size_t at = skip;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    auto reader = media::open_media_bytes(chunks[i].data);
    if (!reader) return {};
    const auto estimator = make_estimator();
    if (with_state && !estimator->load_state(state)) return {};
    const std::vector<VideoFrame> frames = read_pictures(**reader, kChunk);
    for (std::size_t j = 0; j < frames.size() && at < clip.size(); ++j, ++at) {
      if (!estimator->estimate(frames[j], now)) return {};
      if (i >= kWarmUp) {
        const double moved = change(before, now, still_cells(clip[at - 1], clip[at], now));
        (j == 0 ? found.seams : found.inside).add(moved);
      }
      before = now;
    }
    state = estimator->save_state();
  }
  return found;
}

}  // namespace

Steadiness measure_steadiness(
    const std::filesystem::path& clip,
    const std::function<std::unique_ptr<DepthEstimator>()>& make_estimator) {
  auto reader = media::open_media_file(clip);
  if (!reader) return {};
  const std::vector<VideoFrame> pictures = read_pictures(**reader, kPictures + kChunk);
  if (pictures.size() < 4 * kChunk) return {};
  Mean inside, seams, without, ratios, squares;
  for (std::size_t skip = 0; skip < kChunk; ++skip) {
    const std::vector<Chunk> chunks = encode(pictures, skip);
    const Division with = convert(pictures, skip, chunks, true, make_estimator);
    const Division anew = convert(pictures, skip, chunks, false, make_estimator);
    if (with.inside.value() == 0) return {};
    inside.add(with.inside.value());
    seams.add(with.seams.value());
    without.add(anew.seams.value());
    const double ratio = with.seams.value() / with.inside.value();
    ratios.add(ratio);
    squares.add(ratio * ratio);
  }
  const double mean = ratios.value();
  return {inside.value(), seams.value() / inside.value(),
          std::sqrt(std::max(squares.value() - mean * mean, 0.0)),
          without.value() / inside.value()};
}

Swelling measure_swelling(const std::filesystem::path& clip,
                          const std::function<std::unique_ptr<DepthEstimator>()>& make_estimator) {
  const auto reader = media::open_media_file(clip);
  if (!reader) return {};
  const std::unique_ptr<DepthEstimator> estimator = make_estimator();
  std::vector<double> spreads;
  std::vector<MediaTime> times;
  DepthMap depth;
  for (;;) {
    auto item = (*reader)->read({});
    if (!item || std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    if (!estimator->estimate(*frame, depth)) return {};
    spreads.push_back(spread(depth.values));
    times.push_back(frame->pts);
  }
  constexpr MediaTime kSpan = std::chrono::milliseconds(500);
  if (times.empty() || times.back() - times.front() < 2 * kSpan) return {};
  Swelling found{1, 0, 0};
  std::size_t earlier = 0;
  for (std::size_t i = 0; i < spreads.size(); ++i) {
    if (times[i] - times.front() < kSpan) continue;
    found.least = std::min(found.least, spreads[i]);
    found.most = std::max(found.most, spreads[i]);
    while (times[i] - times[earlier] > kSpan) ++earlier;
    found.largest_change = std::max(found.largest_change, std::abs(spreads[i] - spreads[earlier]));
  }
  return found;
}

}  // namespace streamkit::quality
