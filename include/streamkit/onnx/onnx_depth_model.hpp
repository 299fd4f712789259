#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/depth_network.hpp>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>

namespace streamkit::onnx {

class DepthSession;

/// Meaning of the values that a network outputs.
enum class DepthOutput {
  Disparity,      ///< Inverse depth of any scale and offset: larger is nearer.
  RelativeDepth,  ///< Depth of any scale and offset: larger is farther. Negated, as 1/x needs a
                  ///< zero.
  MetricDepth     ///< Distance from the camera: larger is farther. 0 and less means unknown.
};

/// Options for running a network. Defaults are those of the preset `custom`.
struct STREAMKIT_API OnnxDepthOptions {
  /// An .onnx file of at most 2 GiB. Weights may be beside it, as external data.
  std::filesystem::path model = {};
  DepthOutput output = DepthOutput::Disparity;
  /// Each of red, green and blue is passed as (x - mean) / deviation, x from 0 to 1. A network with
  /// uint8 input gets 0 to 255 without either.
  std::array<float, 3> mean = {0, 0, 0};
  std::array<float, 3> deviation = {1, 1, 1};
  /// The shorter side of the input of a network with free input size, 16 to 4096; the longer one
  /// follows the aspect ratio of the frame, up to four times that. A larger value resolves finer
  /// detail; the cost grows with its square.
  int short_side_px = 256;
  /// Both sides are rounded to multiples of this, 1 to 512.
  int multiple_px = 32;
  /// Execution provider: `cpu`, `cuda`, `tensorrt`, `coreml` or `directml`. The processor runs the
  /// parts of a network that the provider does not support.
  std::string provider = "cpu";
  /// Frames per call, 1 to 64, if the model allows it. A larger value suits a graphics card and
  /// delays frames; on the processor it gains little.
  int batch = 1;
  /// Processor threads of all conversions that share the model, 0 to 256; 0: one per core. Fewer
  /// threads leave more for the encoder.
  int threads = 0;
};

/// Returns the options for a family of networks, except the path of the model: `midas` (2.1,
/// small), `midas_dpt`, `depth_anything` (1 and 2), `zoe_depth`, `fast_depth` or `custom`. Returns
/// nothing for an unknown name.
STREAMKIT_API [[nodiscard]] std::optional<OnnxDepthOptions> onnx_depth_preset(
    std::string_view name);
STREAMKIT_API [[nodiscard]] std::span<const std::string_view> onnx_depth_preset_names();

/// A monocular depth network in memory, run by ONNX Runtime. Its input is images of [N,3,H,W] or
/// [N,H,W,3], red first, as float32, float16 or uint8, each size fixed or free; its first output of
/// [N,H,W], [N,1,H,W], [N,H,W,1] or [H,W] is depth, float32 or float16. Cheap to copy: copies share
/// the network.
/// Thread-safety: calls may run in parallel.
class STREAMKIT_API OnnxDepthModel {
 public:
  /// Loads a model. Blocks while it reads and optimizes the model and tries it with a grey frame;
  /// warnings of the runtime go to the logger of the context.
  /// Errors: InvalidArgument (an option out of its range); NotFound (no such file); CorruptData
  /// (not a model); Unsupported (a model of other shapes or types: the message names what it has
  /// and what is needed; a provider that the runtime lacks; a runtime that is too old).
  static Result<OnnxDepthModel> load(const OnnxDepthOptions& options, const Context& context = {});

  /// Returns a network for one conversion; networks of one model may run in parallel. Keeps the
  /// model alive.
  [[nodiscard]] std::unique_ptr<DepthNetwork> network() const;

 private:
  explicit OnnxDepthModel(std::shared_ptr<const DepthSession> session)
      : session_(std::move(session)) {}
  std::shared_ptr<const DepthSession> session_;
};

}  // namespace streamkit::onnx
