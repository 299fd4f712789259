#pragma once

#include <streamkit/core/result.hpp>
#include <string>
#include <utility>

namespace streamkit::stereo {

inline constexpr int kMostEveryNth = 30;

/// Checks the options that depth estimators share.
/// Errors: InvalidArgument, naming the option.
inline Result<void> check_depth_options(float ema_decay, int every_nth, int longest_side_px) {
  const auto wrong = [](std::string what) {
    return Error{ErrorCode::InvalidArgument, std::move(what)};
  };
  // Written so that NaN is rejected too.
  if (!(ema_decay >= 0 && ema_decay < 1)) return wrong("ema_decay must be from 0 to below 1");
  if (every_nth < 1 || every_nth > kMostEveryNth) {
    return wrong("every_nth must be from 1 to " + std::to_string(kMostEveryNth));
  }
  if (longest_side_px < 16 || longest_side_px > 512) {
    return wrong("longest_side_px must be from 16 to 512");
  }
  return {};
}

}  // namespace streamkit::stereo
