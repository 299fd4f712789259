#pragma once

#include <memory>
#include <streamkit/core/depth_network.hpp>
#include <vector>

#include "onnx/depth_session.hpp"
#include "onnx/picture_input.hpp"

namespace streamkit::onnx {

/// Computes raw inverse depth of frames, in a session that other networks share.
class OnnxDepthNetwork final : public DepthNetwork {
 public:
  explicit OnnxDepthNetwork(std::shared_ptr<const DepthSession> session)
      : session_(std::move(session)) {}

  [[nodiscard]] std::size_t batch() const noexcept override;
  Result<void> infer(std::span<const VideoFrame> frames, std::span<DepthMap> depths) override;

 private:
  Result<void> infer_batch(std::span<const VideoFrame> frames, std::span<DepthMap> depths);

  const std::shared_ptr<const DepthSession> session_;
  PictureInput pictures_;
  std::vector<std::byte> input_;
};

}  // namespace streamkit::onnx
