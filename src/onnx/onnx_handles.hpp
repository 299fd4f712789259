#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::onnx {

/// The oldest version of the runtime's interface with everything that is used here. Every later
/// runtime has it too.
inline constexpr int kApiVersion = 17;
static_assert(ORT_API_VERSION >= kApiVersion, "ONNX Runtime 1.17 or newer is needed");

/// Errors: Unsupported (the runtime that was found at start is older than that).
Result<void> check_api();
/// Precondition: check_api() succeeded.
const OrtApi& api() noexcept;

/// The only mapping from the runtime's status, which it releases. `what` names the attempted
/// operation.
Result<void> checked(OrtStatus* status, const std::string& what);

struct Release {
  void operator()(OrtEnv* handle) const noexcept { api().ReleaseEnv(handle); }
  void operator()(OrtSession* handle) const noexcept { api().ReleaseSession(handle); }
  void operator()(OrtSessionOptions* handle) const noexcept { api().ReleaseSessionOptions(handle); }
  void operator()(OrtMemoryInfo* handle) const noexcept { api().ReleaseMemoryInfo(handle); }
  void operator()(OrtTypeInfo* handle) const noexcept { api().ReleaseTypeInfo(handle); }
  void operator()(OrtTensorTypeAndShapeInfo* handle) const noexcept {
    api().ReleaseTensorTypeAndShapeInfo(handle);
  }
  void operator()(OrtValue* handle) const noexcept { api().ReleaseValue(handle); }
  void operator()(OrtCUDAProviderOptionsV2* handle) const noexcept {
    api().ReleaseCUDAProviderOptions(handle);
  }
  void operator()(OrtTensorRTProviderOptionsV2* handle) const noexcept {
    api().ReleaseTensorRTProviderOptions(handle);
  }
};
template <typename T>
using Handle = std::unique_ptr<T, Release>;

}  // namespace streamkit::onnx
