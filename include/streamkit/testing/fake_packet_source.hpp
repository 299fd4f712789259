#pragma once

#include <cstddef>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/packet_source.hpp>
#include <vector>

namespace streamkit::testing {

/// Behaviour of a FakePacketSource after its last item.
enum class FakeSourceEnd {
  Ends,  ///< Returns EndOfStream.
  Waits  ///< Blocks until it is stopped, as a live publisher that is silent.
};

struct STREAMKIT_API FakePacketSourceOptions {
  Tracks tracks = {};
  /// Packets and cues, returned in this order.
  std::vector<PacketItem> items = {};
  FakeSourceEnd end = FakeSourceEnd::Ends;
  /// Returned by each read after the last item, instead of `end`.
  std::optional<Error> failure = {};
};

/// A PacketSource that plays a script. Thread-safety: as PacketSource.
class STREAMKIT_API FakePacketSource final : public PacketSource {
 public:
  explicit FakePacketSource(FakePacketSourceOptions options);

  [[nodiscard]] const Tracks& tracks() const noexcept override { return options_.tracks; }
  Result<PacketItem> read(std::stop_token stop) override;

 private:
  const FakePacketSourceOptions options_;
  std::size_t next_ = 0;
};

}  // namespace streamkit::testing
