#include "server/live_segment_writer.hpp"

#include <algorithm>
#include <utility>

namespace streamkit::server {
namespace {

// Of all streams together. A segment of 2 s at 6 Mbit/s is 1.5 MB.
constexpr std::size_t kMostWaiting = 256;

Bytes joined(const std::vector<SharedText>& texts) {
  Bytes bytes;
  for (const SharedText& text : texts) bytes.insert(bytes.end(), text->begin(), text->end());
  return bytes;
}

}  // namespace

LiveSegmentWriter::LiveSegmentWriter(ObjectStore& objects, Context context)
    : objects_(objects),
      context_(std::move(context)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LiveSegmentWriter::~LiveSegmentWriter() { thread_ = {}; }

void LiveSegmentWriter::store(std::weak_ptr<live::LiveOutput> output, const std::string& prefix,
                              live::LiveSegmentFile file) {
  std::string key = prefix + file.name;
  {
    std::lock_guard lock(mutex_);
    if (writes_.size() < kMostWaiting) {
      writes_.push_back({std::move(output), std::move(key), std::move(file)});
      changed_.notify_all();
      return;
    }
  }
  context_.count("streamkit_live_segments_not_stored_total");
  context_.log(LogLevel::Error, "a live segment is not stored, because the disk is too slow",
               {{"key", key}});
}

void LiveSegmentWriter::remove(std::weak_ptr<live::LiveOutput> output, std::size_t track,
                               std::uint64_t number, std::chrono::steady_clock::duration delay) {
  const auto due = context_.clock_or_system().steady_now() + delay;
  std::lock_guard lock(mutex_);
  const auto later =
      std::upper_bound(removals_.begin(), removals_.end(), due,
                       [](const auto& time, const Removal& removal) { return time < removal.due; });
  removals_.insert(later, {due, std::move(output), track, number});
  changed_.notify_all();
}

void LiveSegmentWriter::run(const std::stop_token& stop) {
  // Looks at the clock this often for removals that are due.
  constexpr std::chrono::milliseconds kLook{500};
  for (;;) {
    std::deque<Write> writes;
    std::deque<Removal> removals;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kLook, [&] { return !writes_.empty(); });
      std::swap(writes, writes_);
      const auto now = context_.clock_or_system().steady_now();
      while (!removals_.empty() && removals_.front().due <= now) {
        removals.push_back(std::move(removals_.front()));
        removals_.pop_front();
      }
    }
    if (writes.empty() && stop.stop_requested()) return;
    for (Write& waiting : writes) write(std::move(waiting));
    for (const Removal& removal : removals) remove_now(removal);
  }
}

void LiveSegmentWriter::write(Write write) {
  const auto stored = objects_.put(write.key, joined(write.file.texts), {}, {});
  if (!stored) {
    context_.count("streamkit_live_segments_not_stored_total");
    context_.log(LogLevel::Error, "a live segment is not stored",
                 {{"key", write.key}, {"error", to_string(stored.error())}});
    return;
  }
  if (const auto output = write.output.lock()) {
    output->tracks().set_stored(write.file.track, write.file.number, std::move(write.key));
  }
}

void LiveSegmentWriter::remove_now(const Removal& removal) {
  const auto output = removal.output.lock();
  if (!output) return;
  const auto bytes = output->tracks().segment(removal.track, removal.number);
  if (bytes.stored_as.empty()) return;
  if (const auto removed = objects_.remove(bytes.stored_as, {}); !removed) {
    context_.log(LogLevel::Warning, "a live segment is not removed",
                 {{"key", bytes.stored_as}, {"error", to_string(removed.error())}});
    return;
  }
  output->tracks().set_removed(removal.track, removal.number);
}

}  // namespace streamkit::server
