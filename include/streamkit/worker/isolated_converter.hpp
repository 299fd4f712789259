#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/worker/chunk_converter.hpp>
#include <string>
#include <vector>

namespace streamkit::worker {

struct STREAMKIT_API IsolationOptions {
  /// The program of the processes, which calls serve_conversions(). "/proc/self/exe" is this one.
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> arguments = {};
  /// The number of processes: that of the conversions that run concurrently.
  int processes = 1;
  /// Its limits of memory and time are enforced; all others are for the program to enforce.
  ResourcePolicy policy = {};
  /// Whether a device, such as a graphics card, is used. Then neither address space nor system
  /// calls of the processes are limited.
  bool uses_devices = false;
  /// A process is replaced after that many conversions, so that nothing adds up in it. 0: never.
  int conversions_per_process = 1000;
};

/// Converts each chunk in a child process without rights, so that nothing that a chunk brings about
/// reaches this process: neither a crash nor code that takes the child over. The children are
/// started ahead, and are reused while they behave. One that exceeds a limit or ends is replaced.
/// A limit of memory or time is an error of limit_exceeded(). A chunk whose process ended for no
/// limit is converted once more; if its process ends again, the result is ResourceExhausted. The
/// destructor ends all children.
/// Requires Linux. This process must not ignore SIGCHLD, nor wait for children that it does not
/// know.
class STREAMKIT_API IsolatedConverter final : public ChunkConverter {
 public:
  /// Starts the children and waits until the first one is ready. What `context` points to must
  /// outlive the converter. Errors: those of the child's start; Unavailable.
  static Result<std::unique_ptr<IsolatedConverter>> create(IsolationOptions options,
                                                           Context context = {});
  ~IsolatedConverter() override;
  [[nodiscard]] const ResourcePolicy& policy() const noexcept override;

  /// The errors of all functions include Unavailable (a child cannot be started now).
  Result<Segment> convert(Bytes chunk, StereoMode mode, const SegmentPlace& place, SegmentKind kind,
                          const ConversionHooks& hooks, std::stop_token stop) const override;
  Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts,
                         std::stop_token stop) const override;
  Result<StreamFormat> format_of(Bytes first_chunk, StereoMode mode,
                                 std::stop_token stop) const override;
  Result<StreamFormat> stored_format(Bytes segment, std::stop_token stop) const override;

 private:
  class Impl;
  explicit IsolatedConverter(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

/// Converts what the IsolatedConverter that started this process sends, until that one is gone. To
/// be called early in main(), on the only thread. `create` loads what conversions need; then rights
/// are given up for good. Errors: InvalidArgument (this process was not started by an
/// IsolatedConverter); those of `create`, which are reported to that one as well.
STREAMKIT_API Result<void> serve_conversions(
    const std::function<Result<std::unique_ptr<ChunkConverter>>()>& create);

}  // namespace streamkit::worker
