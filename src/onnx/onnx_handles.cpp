#include "onnx/onnx_handles.hpp"

namespace streamkit::onnx {
namespace {

const OrtApi* find_api() noexcept {
  static const OrtApi* const found = OrtGetApiBase()->GetApi(kApiVersion);
  return found;
}

ErrorCode code_of(OrtErrorCode code) noexcept {
  switch (code) {
    case ORT_NO_SUCHFILE:
      return ErrorCode::NotFound;
    case ORT_INVALID_ARGUMENT:
      return ErrorCode::InvalidArgument;
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH:
      return ErrorCode::CorruptData;
    case ORT_NOT_IMPLEMENTED:
      return ErrorCode::Unsupported;
    default:
      return ErrorCode::Internal;
  }
}

}  // namespace

Result<void> check_api() {
  if (find_api() != nullptr) return {};
  return Error{ErrorCode::Unsupported,
               std::string("ONNX Runtime is ") + OrtGetApiBase()->GetVersionString() +
                   "; required is 1." + std::to_string(kApiVersion) + " or newer"};
}

const OrtApi& api() noexcept { return *find_api(); }

Result<void> checked(OrtStatus* status, const std::string& what) {
  if (status == nullptr) return {};
  const OrtErrorCode code = api().GetErrorCode(status);
  Error error{code_of(code), what + ": " + api().GetErrorMessage(status), "onnxruntime",
              static_cast<int>(code)};
  api().ReleaseStatus(status);
  return error;
}

}  // namespace streamkit::onnx
