#pragma once

#include <functional>
#include <span>
#include <streamkit/core/context.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/onnx/onnx_depth_model.hpp>
#include <vector>

#include "onnx/onnx_handles.hpp"
#include "onnx/tensor_form.hpp"

namespace streamkit::onnx {

/// A model's output, valid during the call that receives it.
struct OutputTensor {
  ElementType type = ElementType::Other;
  std::vector<std::int64_t> dims;
  const void* data = nullptr;
};

/// A model from frames to depth, in the memory of the runtime.
/// Thread-safety: calls may run in parallel.
class DepthSession {
 public:
  /// Errors: those of OnnxDepthModel::load().
  static Result<std::unique_ptr<DepthSession>> load(const OnnxDepthOptions& options,
                                                    const Context& context);
  DepthSession(const DepthSession&) = delete;
  DepthSession& operator=(const DepthSession&) = delete;

  [[nodiscard]] const OnnxDepthOptions& options() const noexcept { return options_; }
  [[nodiscard]] const PictureForm& input() const noexcept { return form_; }
  /// Names that the model gives the tensors used.
  [[nodiscard]] const std::string& input_name() const noexcept { return input_name_; }
  [[nodiscard]] const std::string& output_name() const noexcept { return output_name_; }
  /// Runs the model. `input` holds `pictures` frames of `size` in the form of input(); `take`
  /// receives the output.
  Result<void> run(std::span<std::byte> input, int pictures, Size size,
                   const std::function<Result<void>(const OutputTensor&)>& take) const;

 private:
  DepthSession(const OnnxDepthOptions& options, const Context& context)
      : options_(options), context_(context) {}
  Result<void> open();
  Result<void> read_forms();

  const OnnxDepthOptions options_;
  const Context context_;  // receives the log of the runtime
  Handle<OrtEnv> environment_;
  Handle<OrtSession> session_;
  Handle<OrtMemoryInfo> memory_;
  std::string input_name_;
  std::string output_name_;
  PictureForm form_;
};

}  // namespace streamkit::onnx
