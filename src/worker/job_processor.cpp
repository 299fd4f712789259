#include "worker/job_processor.hpp"

#include <streamkit/core/contained.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/worker/segment_converter.hpp>

#include "worker/segment_state.hpp"

namespace streamkit::worker {
namespace {

constexpr std::size_t kMaxNotedSessions = 256;
// The queue delivers the job earlier when the one before it is done, if it keeps groups apart.
constexpr RetryPolicy kNeighbourDelays{.initial_delay = std::chrono::milliseconds(100),
                                       .max_delay = std::chrono::milliseconds(5000)};

Verdict retry_after(std::chrono::milliseconds delay, const Error& error) {
  return {Verdict::Action::Retry, delay, to_string(error)};
}

Result<void> check_length(const ResourcePolicy& policy, const Segment& segment, MediaTime nominal) {
  if (segment.file.duration <= longest_chunk(policy, nominal)) return {};
  return chunk_too_long(policy, nominal);
}

Error deliveries_lost(int count) {
  return {ErrorCode::ResourceExhausted,
          "the worker died " + std::to_string(count) + " times while it converted the chunk"};
}

// Returns whether the chunk must not be decoded again. Only the store is worth waiting for: a full
// disk may get space, but a conversion that needs too much will need it again.
bool exceeds_limits(const Error& error) {
  return error.code == ErrorCode::ResourceExhausted || exceeded_limit(error).has_value();
}

// Returns whether a limit is one that only a conversion shows.
bool is_cost(Limit limit) {
  return limit == Limit::Memory || limit == Limit::CpuTime || limit == Limit::ClockTime;
}

// Returns the more severe of two verdicts on one message. A retry repeats the whole message and
// skips the parts that are done.
const Verdict& graver(const Verdict& a, const Verdict& b) {
  const auto rank = [](const Verdict& verdict) {
    return verdict.action == Verdict::Action::Retry        ? 2
           : verdict.action == Verdict::Action::DeadLetter ? 1
                                                           : 0;
  };
  return rank(b) > rank(a) ? b : a;
}

}  // namespace

Verdict JobProcessor::process(const Job& job, const std::function<void()>& keep_alive,
                              std::stop_token stop) {
  auto verdict = contained([&] { return Result<Verdict>(process_event(job, keep_alive, stop)); });
  if (verdict) return *std::move(verdict);
  // Outside of the conversion, whose exceptions are errors, the next attempt may have the memory.
  constexpr std::chrono::milliseconds kLater{1000};
  return retry_after(kLater, verdict.error());
}

Verdict JobProcessor::process_event(const Job& job, const std::function<void()>& keep_alive,
                                    std::stop_token stop) {
  const auto created = net::parse_s3_event(job.body);
  if (!created) return {Verdict::Action::DeadLetter, {}, to_string(created.error())};
  Verdict verdict;
  for (const net::ObjectCreated& object : *created) {
    const auto key = parse_chunk_key(object.key);
    const auto* chunk = key ? std::get_if<StreamInputKey>(&*key) : nullptr;
    if (chunk == nullptr) {
      context_.count("streamkit_ignored_objects_total");
    } else if (!options_.streaming_enabled) {
      context_.count("streamkit_dropped_stream_jobs_total");
      about(*chunk).log(LogLevel::Warning, "streaming is disabled, chunk dropped");
    } else {
      const Verdict own = process_chunk(*chunk, job, keep_alive, stop);
      if (own.action != Verdict::Action::Retry) forget_failures(*chunk);
      verdict = graver(verdict, own);
    }
  }
  return verdict;
}

JobProcessorStats JobProcessor::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

Verdict JobProcessor::process_chunk(const StreamInputKey& key, const Job& job,
                                    const std::function<void()>& keep_alive, std::stop_token stop) {
  const auto session = find_session(key);
  if (!session) return after_failure(key, session.error());
  if (is_recorded(key)) return {};
  auto chunk = input_.get(to_string(key), stop);
  if (!chunk && chunk.error().code == ErrorCode::NotFound) {
    return {Verdict::Action::DeadLetter, {}, "the chunk is gone: " + to_string(chunk.error())};
  }
  if (!chunk) return after_failure(key, chunk.error());

  const auto began = context_.clock_or_system().steady_now();
  Product product = produce({key, *session, keep_alive, stop, job}, *std::move(chunk));
  if (!product.segment) return product.verdict;
  note_defects(key, *product.segment);
  if (auto stored = store(key, *product.segment, stop); !stored) {
    return after_failure(key, stored.error());
  }
  const std::chrono::duration<double> took = context_.clock_or_system().steady_now() - began;
  context_.observe("streamkit_conversion_seconds", took.count());
  return product.verdict;
}

// Without a session, a chunk is converted with the default options.
Result<Session> JobProcessor::find_session(const StreamInputKey& key) {
  auto found = sessions_.find(key.session_id);
  if (!found && found.error().code == ErrorCode::NotFound) return Session{};
  return found;
}

bool JobProcessor::is_recorded(const StreamInputKey& key) {
  const auto recorded = records_.segments(key.session_id, key.index, 1);
  return recorded && !recorded->empty() && recorded->front().index == key.index;
}

JobProcessor::Product JobProcessor::produce(const Task& task, Bytes chunk) {
  const StreamInputKey& key = task.key;
  const auto convert = [&](const SegmentPlace& place) {
    return converter_.convert(chunk, task.session.mode, place, kind_of(task.session),
                              hooks_of(task), task.stop);
  };
  auto place = place_of(key, task.session);
  if (!place) return {{}, after_failure(key, place.error())};
  if (task.job.lost_deliveries >= options_.retry.max_attempts) {
    return replace_refused(task, *place, chunk, deliveries_lost(task.job.lost_deliveries));
  }
  place->state = state_before(key, task.stop);
  auto segment = convert(*place);
  if (!segment && segment.error().retryable() && is_neighbour_coming(task, *place)) {
    place = await_neighbour(task);
    if (!place) return {{}, after_failure(key, place.error())};
    if (!place->expected_start) {
      const auto delay = task.stop.stop_requested()
                             ? std::chrono::milliseconds(0)
                             : kNeighbourDelays.delay_after(task.job.attempt, 0);
      return {{}, retry_after(delay, segment.error())};
    }
    place->state = state_before(key, task.stop);
    segment = convert(*place);
  }
  const MediaTime nominal = task.session.chunk_duration;
  const auto usable = segment ? check_length(converter_.policy(), *segment, nominal)
                              : Result<void>(segment.error());
  if (usable) {
    note_depth(task, *segment);
    return {*std::move(segment), {}};
  }
  if (exceeds_limits(usable.error())) return replace_refused(task, *place, chunk, usable.error());
  return replace_failed(task, std::move(chunk), *place, usable.error());
}

JobProcessor::Product JobProcessor::replace_failed(const Task& task, Bytes chunk,
                                                   const SegmentPlace& place,
                                                   const Error& failure) {
  Verdict verdict = after_failure(task.key, failure);
  if (verdict.action == Verdict::Action::Retry) return {{}, std::move(verdict)};
  auto segment = substitute(task, std::move(chunk), place);
  if (!segment) return {{}, after_failed_filler(task.key, segment.error())};
  return {*std::move(segment), std::move(verdict)};
}

// Replaces a chunk that must not be decoded again. One that exceeds a limit of its media was not
// decoded yet, and still determines the format of a stream that begins with it.
JobProcessor::Product JobProcessor::replace_refused(const Task& task, const SegmentPlace& place,
                                                    const Bytes& chunk, const Error& reason) {
  const auto limit = exceeded_limit(reason);
  if (limit) context_.count("streamkit_refused_chunks_total", 1, {{"limit", to_string(*limit)}});
  context_.count("streamkit_failed_conversions_total");
  about(task.key).log(LogLevel::Error, "the chunk is not decoded, a filler takes its place",
                      {{"error", to_string(reason)}});
  auto filler =
      limit && !is_cost(*limit) ? fill(task, place, chunk, {}) : fill_undecoded(task, place);
  if (!filler) return {{}, after_failed_filler(task.key, filler.error())};
  return {*std::move(filler), {Verdict::Action::DeadLetter, {}, to_string(reason)}};
}

ConversionHooks JobProcessor::hooks_of(const Task& task) {
  return {task.keep_alive, [this, &task] { return stream_format(task); },
          [this, &task] { return segment_before(task.key, task.stop); }};
}

SegmentKind JobProcessor::kind_of(const Session& session) const {
  const bool chosen = options_.depth_is_choosable && session.stereo.depth;
  return chosen ? SegmentKind::Converted : options_.kind;
}

// Logs, once for each session, that depth does not come from where the session wants it.
void JobProcessor::note_depth(const Task& task, const Segment& segment) {
  const auto& wanted = task.session.stereo.depth;
  const bool is_flat = segment.kind == SegmentKind::Flat && wanted && *wanted != DepthSource::Flat;
  if (!segment.depth_replaced && !is_flat) return;
  {
    std::lock_guard lock(mutex_);
    if (depth_noted_.size() >= kMaxNotedSessions) depth_noted_.clear();
    if (!depth_noted_.insert(task.key.session_id).second) return;
  }
  about(task.key).log(
      LogLevel::Warning, "this worker does not have the depth source that the session chose",
      {{"stereo", to_string(task.session.stereo)}, {"used", is_flat ? "flat" : "auto"}});
}

void JobProcessor::note_defects(const StreamInputKey& key, const Segment& segment) {
  if (segment.state_refused) {
    context_.count("streamkit_segment_states_refused_total");
    about(key).log(LogLevel::Warning,
                   "conversion starts anew: the state of the segment before cannot be used",
                   {{"error", to_string(*segment.state_refused)}});
  }
  for (const std::string& note : segment.notes) {
    about(key).log(LogLevel::Info, "the chunk was brought in line with its stream",
                   {{"chunk", note}});
  }
  if (segment.damaged) {
    context_.count("streamkit_damaged_chunks_total");
    about(key).log(LogLevel::Warning, "the chunk is damaged; what could be decoded was converted");
  }
}

Result<Segment> JobProcessor::substitute(const Task& task, Bytes chunk, const SegmentPlace& place) {
  const StereoMode mode = task.session.mode;
  const ConversionHooks hooks = hooks_of(task);
  auto flat = converter_.convert(chunk, mode, place, SegmentKind::Flat, hooks, task.stop);
  if (!flat && flat.error().code == ErrorCode::Cancelled) return flat;
  const auto usable = flat ? check_length(converter_.policy(), *flat, task.session.chunk_duration)
                           : Result<void>(flat.error());
  if (usable) return flat;
  if (exceeds_limits(usable.error())) return fill_undecoded(task, place);
  about(task.key).log(LogLevel::Error, "the chunk cannot be decoded, a filler takes its place",
                      {{"error", to_string(usable.error())}});
  Bytes sound = chunk;
  auto filler = fill(task, place, chunk, std::move(sound));
  if (!filler && exceeds_limits(filler.error())) return fill_undecoded(task, place);
  if (!filler || check_length(converter_.policy(), *filler, task.session.chunk_duration)) {
    return filler;
  }
  return fill(task, place, chunk, {});
}

// Returns a silent filler of the nominal length. No chunk is read for the stream's format.
Result<Segment> JobProcessor::fill_undecoded(const Task& task, const SegmentPlace& place) {
  FillerParts parts;
  parts.stream.video = packed_format(task.session.mode, kFillerSource);
  if (task.key.index > 0) parts.stream = known_format(task).value_or(parts.stream);
  parts.keep_alive = task.keep_alive;
  return converter_.filler(place, task.session.mode, std::move(parts), task.stop);
}

// Returns a filler with the audio of `sound`, or, if that is empty, silent and of the nominal
// length. `chunk` is read for the format of a stream that begins with it.
Result<Segment> JobProcessor::fill(const Task& task, const SegmentPlace& place, const Bytes& chunk,
                                   Bytes sound) {
  const StereoMode mode = task.session.mode;
  FillerParts parts;
  parts.stream.video = packed_format(mode, kFillerSource);
  if (task.key.index > 0) {
    parts.stream = hooks_of(task).stream().value_or(parts.stream);
  } else if (auto own = converter_.format_of(chunk, mode, task.stop)) {
    // As other workers expect it of the first chunk.
    parts.stream = *std::move(own);
  }
  parts.chunk = std::move(sound);
  parts.keep_alive = task.keep_alive;
  return converter_.filler(place, mode, std::move(parts), task.stop);
}

// Call it before the segment is recorded, so that every reader of the record finds the state.
void JobProcessor::store_state(const StreamInputKey& key, const Segment& segment,
                               std::stop_token stop) {
  if (segment.state.empty()) return;
  const PutOptions options{.content_type = "application/octet-stream"};
  const auto stored = output_.put(to_string(SegmentStateKey{key.session_id, key.index}),
                                  segment.state, options, std::move(stop));
  if (stored) return;
  about(key).log(LogLevel::Warning, "state not stored; the next segment starts anew",
                 {{"error", to_string(stored.error())}});
}

Result<void> JobProcessor::store(const StreamInputKey& key, const Segment& segment,
                                 std::stop_token stop) {
  // If this worker was considered dead, another one may have stored the segment. What players were
  // sent must not change.
  if (is_recorded(key)) return {};
  const Chunk& file = segment.file;
  const std::string output = to_string(StreamOutputKey{key.session_id, key.index});
  if (auto put = output_.put(output, file.data, {}, stop); !put) return put;
  store_state(key, segment, stop);
  SegmentRecord record = segment_record(file);
  record.index = key.index;
  record.width_px = segment.video.width_px;
  record.height_px = segment.video.height_px;
  record.kind = segment.kind;
  auto done = records_.record_segment(key.session_id, record);
  // Without a session there is no playlist to update, but the segment stays stored.
  if (!done && done.error().code != ErrorCode::NotFound) return done;
  context_.count("streamkit_chunks_total", 1, {{"outcome", outcome_label(segment.kind)}});
  std::lock_guard lock(mutex_);
  (segment.kind == SegmentKind::Converted ? stats_.converted
   : segment.kind == SegmentKind::Flat    ? stats_.flat
                                          : stats_.filler) += 1;
  return {};
}

Context JobProcessor::about(const StreamInputKey& key) const {
  return context_.with({{"session_id", key.session_id}, {"index", std::to_string(key.index)}});
}

// A filler needs nothing of the chunk: whatever hindered it may pass, and without it the stream has
// a hole.
Verdict JobProcessor::after_failed_filler(const StreamInputKey& key, Error error) {
  if (error.code != ErrorCode::Cancelled) error.code = ErrorCode::Unavailable;
  return after_failure(key, error);
}

// Returns a retry while it may help and attempts are left, otherwise moves the job to the dead
// letters.
Verdict JobProcessor::after_failure(const StreamInputKey& key, const Error& error) {
  if (error.code == ErrorCode::Cancelled) return retry_after({}, error);
  const int failures = count_failure(key);
  // A full disk has no space until somebody frees some. If the chunk were given up, the stream
  // would have a hole.
  const bool waiting = error.retryable() || error.code == ErrorCode::ResourceExhausted;
  about(key).log(waiting ? LogLevel::Info : LogLevel::Warning, "chunk not converted",
                 {{"attempt", std::to_string(failures)}, {"error", to_string(error)}});
  context_.count("streamkit_failed_conversions_total");
  // A chunk that is not ready yet gets more attempts than one that fails.
  constexpr int kPatience = 20;
  const int bound = options_.retry.max_attempts * (waiting ? kPatience : 1);
  const bool hopeless = error.code == ErrorCode::CorruptData ||
                        error.code == ErrorCode::Unsupported ||
                        error.code == ErrorCode::InvalidArgument;
  if (!hopeless && failures < bound) {
    return retry_after(options_.retry.delay_after(failures, 0), error);
  }
  return {Verdict::Action::DeadLetter, {}, to_string(error)};
}

int JobProcessor::count_failure(const StreamInputKey& key) {
  std::lock_guard lock(mutex_);
  ++stats_.failed_attempts;
  return ++failures_[to_string(key)];
}

void JobProcessor::forget_failures(const StreamInputKey& key) {
  std::lock_guard lock(mutex_);
  failures_.erase(to_string(key));
}

}  // namespace streamkit::worker
