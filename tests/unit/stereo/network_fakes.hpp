#pragma once

#include <functional>
#include <streamkit/core/depth_network.hpp>
#include <utility>
#include <vector>

#include "pictures.hpp"

namespace streamkit::test {

/// What a fake network shares with its test, which outlives it.
struct NetworkScript {
  /// The raw map of a picture that is the `use`-th one seen.
  std::function<DepthMap(const VideoFrame& frame, int use)> map;
  std::size_t batch = 1;
  /// Called before each inference; an error ends it.
  std::function<Result<void>(int inference)> trap = [](int) { return Result<void>(); };
  int seen = 0;
  std::vector<std::size_t> batches = {};
};

class FakeNetwork final : public DepthNetwork {
 public:
  explicit FakeNetwork(NetworkScript& script) : script_(script) {}

  [[nodiscard]] std::size_t batch() const noexcept override { return script_.batch; }
  Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) override {
    if (auto trapped = script_.trap(static_cast<int>(script_.batches.size())); !trapped) {
      return trapped;
    }
    script_.batches.push_back(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      depths[i] = script_.map(frames[i], script_.seen++);
    }
    return {};
  }

 private:
  NetworkScript& script_;
};

}  // namespace streamkit::test
