#include <streamkit/worker/isolated_converter.hpp>

#include "worker/conversion_messages.hpp"
#include "worker/process_pool.hpp"

namespace streamkit::worker {

class IsolatedConverter::Impl {
 public:
  Impl(IsolationOptions options, Context context)
      : policy_(options.policy), context_(context), pool_(std::move(options)) {}

  Result<void> await_first(int processes) {
    auto process = pool_.take({}, {});
    if (!process) return process.error();
    pool_.give_back(*std::move(process));
    const std::string lacks = pool_.sandbox_lacks();
    const Fields fields = {{"processes", std::to_string(processes)},
                           {"memory_mib", std::to_string(policy_.max_memory_bytes >> 20)},
                           {"sandbox", lacks.empty() ? "complete" : lacks}};
    context_.log(lacks.empty() ? LogLevel::Info : LogLevel::Warning,
                 "chunks are converted in processes of their own", fields);
    return {};
  }

  // Returns what `read` reads from the reply.
  template <typename Read>
  auto call(ConversionRequest request, const ConversionHooks& hooks, const std::stop_token& stop,
            const Read& read) -> decltype(read(Bytes{})) {
    request.has_segment_before = static_cast<bool>(hooks.segment_before);
    const bool opens_chunk =
        request.operation == Operation::Convert || request.operation == Operation::FormatOf;
    const Bytes body = write_request(request);
    request.bytes = {};
    if (body.size() > kMaxMessageBytes) {
      return Error{ErrorCode::ResourceExhausted, "the chunk is too large for a conversion"};
    }
    // A process may be ended by something else than the chunk.
    constexpr int kTries = 2;
    for (int tries = 1;; ++tries) {
      auto process = pool_.take(hooks.keep_alive, stop);
      if (!process) return not_now(process.error());
      ProcessFailure failure{};
      auto reply = (*process)->converse(body, opens_chunk, hooks, policy_, stop, failure);
      auto result = reply ? read(*reply) : decltype(read(Bytes{}))(reply.error());
      if (reply && is_believable(result)) {
        pool_.give_back(*std::move(process));
        return result;
      }
      if (reply) failure = invalid_reply();
      pool_.discard(*std::move(process));
      note(failure);
      const bool again = failure.cause == ProcessFailure::Cause::Ended && tries < kTries;
      if (!again) return failure.error;
    }
  }

  [[nodiscard]] const ResourcePolicy& policy() const noexcept { return policy_; }

 private:
  using Fields = std::initializer_list<LogField>;

  template <typename T>
  static bool is_believable(const Result<T>& result) {
    return result || result.error().domain != kInvalidReply;
  }
  // The chunk is not to blame for a process that does not start.
  static Error not_now(Error error) {
    if (error.code != ErrorCode::Cancelled) error.code = ErrorCode::Unavailable;
    return error;
  }
  static ProcessFailure invalid_reply() {
    return {ProcessFailure::Cause::InvalidReply,
            {ErrorCode::ResourceExhausted, "the process of the conversion gave an invalid reply"}};
  }

  void note(const ProcessFailure& failure) const {
    context_.count("streamkit_conversion_processes_ended_total", 1,
                   {{"cause", cause_label(failure.cause)}});
    if (failure.cause == ProcessFailure::Cause::Cancelled) return;
    context_.log(LogLevel::Warning, "the process of a conversion is replaced",
                 {{"error", to_string(failure.error)}});
  }

  const ResourcePolicy policy_;
  const Context context_;
  ProcessPool pool_;
};

IsolatedConverter::IsolatedConverter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IsolatedConverter::~IsolatedConverter() = default;

const ResourcePolicy& IsolatedConverter::policy() const noexcept { return impl_->policy(); }

Result<std::unique_ptr<IsolatedConverter>> IsolatedConverter::create(IsolationOptions options,
                                                                     Context context) {
  const int processes = options.processes;
  auto impl = std::make_unique<Impl>(std::move(options), context);
  if (auto ready = impl->await_first(processes); !ready) return ready.error();
  return std::unique_ptr<IsolatedConverter>(new IsolatedConverter(std::move(impl)));
}

Result<Segment> IsolatedConverter::convert(Bytes chunk, StereoMode mode, const SegmentPlace& place,
                                           SegmentKind kind, const ConversionHooks& hooks,
                                           std::stop_token stop) const {
  ConversionRequest request{Operation::Convert, mode, kind, place, {}, false, std::move(chunk)};
  // Asked for before a process is taken, because the answer may need one too.
  if (hooks.stream && place.index > 0) request.stream = hooks.stream();
  return impl_->call(std::move(request), hooks, stop,
                     [&](const Bytes& reply) { return read_segment_reply(reply, place); });
}

Result<Segment> IsolatedConverter::filler(const SegmentPlace& place, StereoMode mode,
                                          FillerParts parts, std::stop_token stop) const {
  ConversionRequest request{Operation::Filler,       mode,  SegmentKind::Filler,   place,
                            std::move(parts.stream), false, std::move(parts.chunk)};
  const ConversionHooks hooks{std::move(parts.keep_alive), {}, {}};
  return impl_->call(std::move(request), hooks, stop,
                     [&](const Bytes& reply) { return read_segment_reply(reply, place); });
}

Result<StreamFormat> IsolatedConverter::format_of(Bytes first_chunk, StereoMode mode,
                                                  std::stop_token stop) const {
  ConversionRequest request;
  request.operation = Operation::FormatOf;
  request.mode = mode;
  request.bytes = std::move(first_chunk);
  return impl_->call(std::move(request), {}, stop, read_format_reply);
}

Result<StreamFormat> IsolatedConverter::stored_format(Bytes segment, std::stop_token stop) const {
  ConversionRequest request;
  request.operation = Operation::StoredFormat;
  request.bytes = std::move(segment);
  return impl_->call(std::move(request), {}, stop, read_format_reply);
}

}  // namespace streamkit::worker
