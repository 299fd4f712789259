#include <streamkit/live/retention.hpp>

#include <string>

namespace streamkit::live {
namespace {

constexpr std::chrono::seconds kLongest = std::chrono::hours(24 * 365 * 100);

Result<void> check_range(std::string_view name, std::chrono::milliseconds value,
                         std::chrono::milliseconds least) {
  if (value >= least && value <= kLongest) return {};
  return Error{ErrorCode::InvalidArgument,
               std::string(name) +
                   (least.count() > 0 ? " must be above 0" : " must not be below 0") +
                   " and at most 100 years"};
}

}  // namespace

Result<void> check(const RetentionOptions& config) {
  constexpr std::chrono::milliseconds kZero{0};
  constexpr std::chrono::milliseconds kAboveZero{1};
  for (const auto& checked :
       {check_range("idle_timeout", config.idle_timeout, kAboveZero),
        check_range("keep_input", config.keep_input, kZero),
        check_range("keep_streams", config.keep_streams, kZero),
        check_range("keep_unfinished_uploads", config.keep_unfinished_uploads, kAboveZero),
        check_range("keep_expired_credentials", config.keep_expired_credentials, kZero),
        check_range("sweep_interval", config.sweep_interval, kAboveZero)}) {
    if (!checked) return checked;
  }
  if (config.keep_streams.count() > 0 && config.keep_input > config.keep_streams) {
    return Error{
        ErrorCode::InvalidArgument,
        "keep_input must not be longer than keep_streams: chunks are removed with their stream"};
  }
  return {};
}

bool is_expired(const Session& session, std::chrono::seconds keep_streams, WallTime now) noexcept {
  if (keep_streams.count() <= 0 || !session.ended_at) return false;
  return now - *session.ended_at >= keep_streams;
}

}  // namespace streamkit::live
