#include <condition_variable>
#include <mutex>
#include <streamkit/testing/fake_packet_source.hpp>
#include <utility>

namespace streamkit::testing {
namespace {

void wait_for(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
}

}  // namespace

FakePacketSource::FakePacketSource(FakePacketSourceOptions options)
    : options_(std::move(options)) {}

Result<PacketItem> FakePacketSource::read(std::stop_token stop) {
  const Error cancelled{ErrorCode::Cancelled, "reading cancelled"};
  if (stop.stop_requested()) return cancelled;
  if (next_ < options_.items.size()) return options_.items[next_++];
  if (options_.failure) return *options_.failure;
  if (options_.end == FakeSourceEnd::Ends) return PacketItem{EndOfStream{}};
  wait_for(stop);
  return cancelled;
}

}  // namespace streamkit::testing
