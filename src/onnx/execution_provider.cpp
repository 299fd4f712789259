#include "onnx/execution_provider.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

namespace streamkit::onnx {
namespace {

struct Provider {
  std::string_view name;
  /// Name in the runtime's list.
  const char* listed;
};
constexpr Provider kProviders[] = {{"cpu", "CPUExecutionProvider"},
                                   {"cuda", "CUDAExecutionProvider"},
                                   {"tensorrt", "TensorrtExecutionProvider"},
                                   {"coreml", "CoreMLExecutionProvider"},
                                   {"directml", "DmlExecutionProvider"}};

std::string join(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Returns our names of the providers that the runtime has.
Result<std::vector<std::string>> available() {
  char** listed = nullptr;
  int count = 0;
  if (auto got = checked(api().GetAvailableProviders(&listed, &count), "listing providers"); !got) {
    return got.error();
  }
  std::vector<std::string> names;
  for (const Provider& provider : kProviders) {
    const bool has = std::any_of(listed, listed + count, [&](const char* one) {
      return std::string_view(one) == provider.listed;
    });
    if (has) names.emplace_back(provider.name);
  }
  if (auto freed = checked(api().ReleaseAvailableProviders(listed, count), "listing providers");
      !freed) {
    return freed.error();
  }
  return names;
}

Result<void> append_cuda(OrtSessionOptions* options, const std::string& what) {
  OrtCUDAProviderOptionsV2* made = nullptr;
  if (auto done = checked(api().CreateCUDAProviderOptions(&made), what); !done) return done;
  const Handle<OrtCUDAProviderOptionsV2> cuda(made);
  return checked(api().SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda.get()), what);
}

Result<void> append_tensorrt(OrtSessionOptions* options, const std::string& what) {
  OrtTensorRTProviderOptionsV2* made = nullptr;
  if (auto done = checked(api().CreateTensorRTProviderOptions(&made), what); !done) return done;
  const Handle<OrtTensorRTProviderOptionsV2> tensorrt(made);
  return checked(api().SessionOptionsAppendExecutionProvider_TensorRT_V2(options, tensorrt.get()),
                 what);
}

Result<void> append(OrtSessionOptions* options, const std::string& name) {
  const std::string what = "provider " + name;
  if (name == "cuda") return append_cuda(options, what);
  if (name == "tensorrt") {
    // CUDA on the same card computes what TensorRT cannot.
    if (auto done = append_tensorrt(options, what); !done) return done;
    return append_cuda(options, what);
  }
  if (name == "directml") {
    // Source: the runtime's notes on DirectML, which reserves memory by itself.
    if (auto done = checked(api().DisableMemPattern(options), what); !done) return done;
  }
  const char* known_as = name == "coreml" ? "CoreML" : "DML";
  return checked(
      api().SessionOptionsAppendExecutionProvider(options, known_as, nullptr, nullptr, 0), what);
}

}  // namespace

Result<void> use_provider(OrtSessionOptions* options, const std::string& name) {
  std::vector<std::string> known;
  for (const Provider& provider : kProviders) known.emplace_back(provider.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return Error{ErrorCode::InvalidArgument,
                 "unknown provider '" + name + "'; use one of " + join(known)};
  }
  if (name == "cpu") return {};
  const auto has = available();
  if (!has) return has.error();
  if (std::find(has->begin(), has->end(), name) == has->end()) {
    return Error{ErrorCode::Unsupported,
                 "this ONNX Runtime has no provider '" + name + "'; it has " + join(*has)};
  }
  return append(options, name);
}

}  // namespace streamkit::onnx
