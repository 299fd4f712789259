#include "onnx/depth_session.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>

#include "onnx/execution_provider.hpp"

namespace streamkit::onnx {
namespace {

namespace fs = std::filesystem;

// The limit of the format, a protocol buffer.
constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{2} << 30;

Result<void> check_file(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure)) return Error{ErrorCode::NotFound, "there is no such file"};
  if (!fs::is_regular_file(path, failure))
    return Error{ErrorCode::InvalidArgument, "is not a file"};
  const auto bytes = fs::file_size(path, failure);
  if (!failure && bytes == 0) return Error{ErrorCode::CorruptData, "is empty"};
  if (failure || bytes > kMaxModelBytes) {
    return Error{ErrorCode::Unsupported, "is larger than the 2 GiB that a model can have"};
  }
  return {};
}

void ORT_API_CALL pass_on(void* context, OrtLoggingLevel severity, const char* /*category*/,
                          const char* /*id*/, const char* /*location*/, const char* message) {
  const auto level = severity <= ORT_LOGGING_LEVEL_WARNING ? LogLevel::Warning : LogLevel::Error;
  static_cast<const Context*>(context)->log(level, "ONNX Runtime", {{"message", message}});
}

// With an explicit number, the runtime leaves its threads to the scheduler; otherwise it would tie
// each to one core, where the encoder's threads may be running.
int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Result<Handle<OrtSessionOptions>> session_options(const OnnxDepthOptions& options,
                                                  const Context& context) {
  const std::string what = "setting up";
  OrtSessionOptions* made = nullptr;
  if (auto done = checked(api().CreateSessionOptions(&made), what); !done) return done.error();
  Handle<OrtSessionOptions> handle(made);
  auto* listener = const_cast<Context*>(&context);  // returned as const
  const OrtStatusPtr all[] = {
      api().SetUserLoggingFunction(made, pass_on, listener),
      api().SetSessionLogSeverityLevel(made, ORT_LOGGING_LEVEL_WARNING),
      api().SetIntraOpNumThreads(made, thread_count(options.threads)),
      // Threads that spin while waiting would take time from the encoder.
      api().AddSessionConfigEntry(made, "session.intra_op.allow_spinning", "0"),
  };
  Result<void> first;
  for (OrtStatus* status : all) {
    if (auto done = checked(status, what); !done && first) first = done;
  }
  if (!first) return first.error();
  if (auto done = use_provider(made, options.provider); !done) return done.error();
  return handle;
}

ElementType element_type(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return ElementType::Float32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      return ElementType::Float16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
      return ElementType::Uint8;
    default:
      return ElementType::Other;
  }
}

// Reads type and size; `info` is null for what is not a tensor.
Result<TensorForm> read_form(const OrtTensorTypeAndShapeInfo* info, const std::string& what) {
  TensorForm form;
  if (info == nullptr) return form;
  auto type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t rank = 0;
  if (auto got = checked(api().GetTensorElementType(info, &type), what); !got) return got.error();
  if (auto got = checked(api().GetDimensionsCount(info, &rank), what); !got) return got.error();
  form.type = element_type(type);
  form.dims.resize(rank);
  if (auto got = checked(api().GetDimensions(info, form.dims.data(), rank), what); !got) {
    return got.error();
  }
  return form;
}

using CountCall = decltype(OrtApi::SessionGetInputCount);
using NameCall = decltype(OrtApi::SessionGetInputName);
using TypeCall = decltype(OrtApi::SessionGetInputTypeInfo);

// Reads all inputs, or all outputs.
Result<std::vector<TensorForm>> read_all(const OrtSession* session, CountCall count_call,
                                         NameCall name_call, TypeCall type_call) {
  const std::string what = "reading inputs and outputs";
  OrtAllocator* allocator = nullptr;
  if (auto got = checked(api().GetAllocatorWithDefaultOptions(&allocator), what); !got) {
    return got.error();
  }
  std::size_t count = 0;
  if (auto got = checked(count_call(session, &count), what); !got) return got.error();
  std::vector<TensorForm> forms;
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    if (auto got = checked(name_call(session, i, allocator, &name), what); !got) return got.error();
    const std::string text = name;
    allocator->Free(allocator, name);
    OrtTypeInfo* type = nullptr;
    if (auto got = checked(type_call(session, i, &type), what); !got) return got.error();
    const Handle<OrtTypeInfo> owned(type);
    const OrtTensorTypeAndShapeInfo* info = nullptr;
    if (auto got = checked(api().CastTypeInfoToTensorInfo(type, &info), what); !got) {
      return got.error();
    }
    auto form = read_form(info, what);
    if (!form) return form.error();
    form->name = text;
    forms.push_back(*std::move(form));
  }
  return forms;
}

Result<void> read_output(const OrtValue* value,
                         const std::function<Result<void>(const OutputTensor&)>& take) {
  const std::string what = "reading depth";
  OrtTensorTypeAndShapeInfo* info = nullptr;
  if (auto got = checked(api().GetTensorTypeAndShape(value, &info), what); !got) return got;
  const Handle<OrtTensorTypeAndShapeInfo> owned(info);
  auto form = read_form(info, what);
  if (!form) return form.error();
  const void* data = nullptr;
  if (auto got = checked(api().GetTensorData(value, &data), what); !got) return got;
  return take({form->type, std::move(form->dims), data});
}

}  // namespace

Result<std::unique_ptr<DepthSession>> DepthSession::load(const OnnxDepthOptions& options,
                                                         const Context& context) {
  if (auto checked = check_api(); !checked) return checked.error();
  if (auto checked = check_file(options.model); !checked) return checked.error();
  std::unique_ptr<DepthSession> made(new DepthSession(options, context));
  if (auto opened = made->open(); !opened) return opened.error();
  if (auto read = made->read_forms(); !read) return read.error();
  return made;
}

Result<void> DepthSession::open() {
  OrtEnv* environment = nullptr;
  // The process has one environment, shared by all sessions; its messages outside of a session are
  // silenced.
  if (auto done = checked(api().CreateEnv(ORT_LOGGING_LEVEL_FATAL, "streamkit", &environment),
                          "starting ONNX Runtime");
      !done) {
    return done;
  }
  environment_.reset(environment);
  if (auto done = checked(api().DisableTelemetryEvents(environment), "starting ONNX Runtime");
      !done) {
    return done;
  }
  const auto settings = session_options(options_, context_);
  if (!settings) return settings.error();
  OrtSession* session = nullptr;
  auto created =
      checked(api().CreateSession(environment, options_.model.c_str(), settings->get(), &session),
              "loading it");
  if (!created) return created;
  session_.reset(session);
  OrtMemoryInfo* memory = nullptr;
  if (auto done = checked(api().CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory),
                          "loading it");
      !done) {
    return done;
  }
  memory_.reset(memory);
  return {};
}

Result<void> DepthSession::read_forms() {
  const auto inputs = read_all(session_.get(), api().SessionGetInputCount,
                               api().SessionGetInputName, api().SessionGetInputTypeInfo);
  if (!inputs) return inputs.error();
  const auto outputs = read_all(session_.get(), api().SessionGetOutputCount,
                                api().SessionGetOutputName, api().SessionGetOutputTypeInfo);
  if (!outputs) return outputs.error();
  const auto form = picture_form(*inputs);
  if (!form) return form.error();
  const auto depth = depth_output(*outputs);
  if (!depth) return depth.error();
  form_ = *form;
  input_name_ = inputs->front().name;
  output_name_ = (*outputs)[*depth].name;
  return {};
}

Result<void> DepthSession::run(std::span<std::byte> input, int pictures, Size size,
                               const std::function<Result<void>(const OutputTensor&)>& take) const {
  constexpr auto kTypes =
      std::array{ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
                 ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8};
  std::array<std::int64_t, 4> dims{pictures, 3, size.height_px, size.width_px};
  if (form_.channels_last) dims = {pictures, size.height_px, size.width_px, 3};
  const std::string what = "running it on " + std::to_string(pictures) + " frames of " +
                           std::to_string(size.width_px) + "x" + std::to_string(size.height_px);
  OrtValue* made = nullptr;
  if (auto done = checked(api().CreateTensorWithDataAsOrtValue(
                              memory_.get(), input.data(), input.size(), dims.data(), dims.size(),
                              kTypes[static_cast<std::size_t>(form_.type)], &made),
                          what);
      !done) {
    return done;
  }
  const Handle<OrtValue> tensor(made);
  const char* input_name = input_name_.c_str();
  const char* output_name = output_name_.c_str();
  const OrtValue* in = tensor.get();
  OrtValue* out = nullptr;
  if (auto done = checked(
          api().Run(session_.get(), nullptr, &input_name, &in, 1, &output_name, 1, &out), what);
      !done) {
    return done;
  }
  const Handle<OrtValue> output(out);
  return read_output(out, take);
}

}  // namespace streamkit::onnx
