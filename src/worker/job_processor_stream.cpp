#include <streamkit/worker/segment_converter.hpp>

#include "worker/job_processor.hpp"
#include "worker/segment_state.hpp"

// What a JobProcessor has to know of the stream: the segments before a chunk, and their format.
namespace streamkit::worker {
namespace {

constexpr std::size_t kMaxKnownFormats = 256;
constexpr std::chrono::milliseconds kNeighbourPoll{50};

}  // namespace

Result<SegmentPlace> JobProcessor::place_of(const StreamInputKey& key, const Session& session) {
  SegmentPlace place{
      .index = key.index, .chunk_duration = session.chunk_duration, .stereo = session.stereo};
  if (key.index == 0) return place;
  auto before = records_.segments(key.session_id, key.index - 1, 1);
  if (!before && before.error().code != ErrorCode::NotFound) return before.error();
  if (before && !before->empty() && before->front().index == key.index - 1) {
    place.expected_start = before->front().start + before->front().duration;
    place.expected_audio = before->front().audio_end;
  }
  return place;
}

// Returns whether the segment that determines this one's place is missing, but is expected.
bool JobProcessor::is_neighbour_coming(const Task& task, const SegmentPlace& place) {
  if (task.key.index == 0 || place.expected_start) return false;
  const StreamInputKey before{task.key.session_id, task.key.index - 1};
  return input_.head(to_string(before), task.stop).has_value();
}

// Waits for the previous segment, which another thread usually converts already. If the job were
// returned to the queue immediately, this thread would receive it, and all jobs after it, again and
// again.
Result<SegmentPlace> JobProcessor::await_neighbour(const Task& task) {
  constexpr int kLooks = 20;
  Clock& clock = context_.clock_or_system();
  for (int look = 0;; ++look) {
    auto place = place_of(task.key, task.session);
    if (!place || place->expected_start || look == kLooks) return place;
    if (!clock.wait_until(clock.steady_now() + kNeighbourPoll, task.stop)) return place;
    task.keep_alive();
  }
}

// Returns the format of the stream, to which every segment after the first is brought: that of a
// stored segment, or, while there is none, of the first chunk.
std::optional<StreamFormat> JobProcessor::stream_format(const Task& task) {
  if (auto known = known_format(task)) return known;
  auto first = input_.get(to_string(StreamInputKey{task.key.session_id, 0}), task.stop);
  if (!first) return {};
  auto expected = converter_.format_of(std::move(*first), task.session.mode, task.stop);
  if (expected) return *std::move(expected);
  return StreamFormat{packed_format(task.session.mode, kFillerSource), {}};
}

// Returns the format of a stored segment, which is read once for each session.
std::optional<StreamFormat> JobProcessor::known_format(const Task& task) {
  const StreamInputKey& key = task.key;
  {
    std::lock_guard lock(mutex_);
    const auto known = formats_.find(key.session_id);
    if (known != formats_.end()) return known->second;
  }
  std::optional<StreamFormat> stream = stored_format(key, task.stop);
  if (!stream) return {};
  std::lock_guard lock(mutex_);
  if (formats_.size() >= kMaxKnownFormats) formats_.clear();
  formats_.emplace(key.session_id, *stream);
  return stream;
}

std::optional<StreamFormat> JobProcessor::stored_format(const StreamInputKey& key,
                                                        std::stop_token stop) {
  for (const std::uint64_t index : {key.index - 1, std::uint64_t{0}}) {
    if (index >= key.index) continue;
    auto segment = output_.get(to_string(StreamOutputKey{key.session_id, index}), stop);
    if (!segment) continue;
    if (auto format = converter_.stored_format(std::move(*segment), stop))
      return *std::move(format);
  }
  return {};
}

Bytes JobProcessor::segment_before(const StreamInputKey& key, std::stop_token stop) {
  if (key.index == 0) return {};
  const std::string name = to_string(StreamOutputKey{key.session_id, key.index - 1});
  return output_.get(name, std::move(stop)).value_or(Bytes{});
}

// Returns an empty state if there is none or it cannot be read now. Waiting for it would cost more
// than the seam that it prevents.
Bytes JobProcessor::state_before(const StreamInputKey& key, std::stop_token stop) {
  if (key.index == 0) return {};
  const std::string name = to_string(SegmentStateKey{key.session_id, key.index - 1});
  const auto info = output_.head(name, stop);
  if (!info || info->size_bytes > kMaxSegmentStateBytes) return {};
  return output_.get(name, stop).value_or(Bytes{});
}

}  // namespace streamkit::worker
