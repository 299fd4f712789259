#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/listener.hpp>
#include <streamkit/testing/fake_packet_source.hpp>
#include <string>

namespace streamkit::testing {

/// A publisher that connects to a FakeListener.
struct STREAMKIT_API FakePublisher {
  std::string name = {};
  std::string key = {};
  /// The stream that it sends once it is accepted.
  FakePacketSourceOptions stream = {};
  /// Returned by Incoming::source() instead of a source.
  std::optional<Error> failure = {};
};

/// A Listener without a network: the test connects the publishers.
/// Thread-safety: connect(), fail() and the counts from any thread; accept() as Listener.
class STREAMKIT_API FakeListener final : public Listener {
 public:
  FakeListener();
  ~FakeListener() override;

  Result<std::unique_ptr<Incoming>> accept(std::stop_token stop) override;

  /// A publisher connects and waits for accept().
  void connect(FakePublisher publisher);
  /// Lets one call of accept() return `error`, after those that have connected before.
  void fail(Error error);

  /// The number of publishers that got a source.
  [[nodiscard]] std::size_t accepted() const;
  /// The number of publishers that accept() returned and that were destroyed without a source.
  [[nodiscard]] std::size_t rejected() const;
  /// Blocks until a thread blocks in accept(), so that a test knows that it waits.
  void await_accept();

 private:
  class FakeIncoming;
  struct Counts;

  const std::shared_ptr<Counts> counts_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_
  std::deque<Result<FakePublisher>> arrived_;
  std::size_t waiting_ = 0;
};

}  // namespace streamkit::testing
