#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <streamkit/core/context.hpp>
#include <string>
#include <vector>

#include "capture/active_capture.hpp"
#include "capture/capture_control.hpp"
#include "common/command_line.hpp"

namespace streamkit::capture_tool {

/// Returns the words of a command line of `streamkit-capture start` that ask for the same.
[[nodiscard]] std::vector<std::string> words_of(const CaptureRequest& request);

/// The control of this machine's captures.
class CaptureController final : public CaptureControl {
 public:
  /// `base_words` come before those of each request, as in {"--api-base", "https://..."}. What
  /// `context` points to must outlive the controller.
  CaptureController(std::vector<std::string> base_words, common::Environment environment,
                    Context context);
  ~CaptureController() override;
  CaptureController(CaptureController&&) = delete;
  CaptureController& operator=(CaptureController&&) = delete;

  std::vector<SourceInfo> sources() override;
  Result<std::vector<std::uint8_t>> preview(const std::string& source_id) override;
  Result<void> start(const CaptureRequest& request) override;
  Result<void> pause(bool paused) override;
  Result<void> set_audio(const std::string& id, double level, bool muted) override;
  Result<void> stop_capture() override;
  Result<void> end_session() override;
  CaptureStatus status() override;

  /// Ends a running session and waits until all is uploaded. Errors: the capture's failure.
  Result<void> shut_down();

 private:
  [[nodiscard]] std::shared_ptr<ActiveCapture> running() const;
  void set_starting(bool starting, const std::optional<Error>& failure = {});

  const std::vector<std::string> base_words_;
  const common::Environment environment_;
  const Context context_;
  std::stop_source stop_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::shared_ptr<ActiveCapture> capture_;
  bool starting_ = false;
  std::optional<Error> start_failure_;
};

}  // namespace streamkit::capture_tool
