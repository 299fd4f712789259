#pragma once

#include <string_view>

namespace streamkit::server {

// Names of the routes with further checks than the rate of calls. Metrics use these names too.
inline constexpr std::string_view kCreateRoute = "create";
inline constexpr std::string_view kControlRoute = "control";
inline constexpr std::string_view kLiveStreamsRoute = "live_streams";
inline constexpr std::string_view kMetricsRoute = "metrics";
inline constexpr std::string_view kS3Route = "s3";

/// The weight of a playlist, a segment or the watch page in a client's rate limit. A viewer asks
/// for a playlist and a segment every few seconds: with this weight the default rate is enough for
/// one or two thousand viewers behind one address.
inline constexpr double kViewingWeight = 0.1;

}  // namespace streamkit::server
