#include <algorithm>
#include <array>
#include <charconv>
#include <streamkit/core/text.hpp>
#include <streamkit/live/live_streams.hpp>

namespace streamkit::live {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxSourceBytes = 2048;
constexpr std::size_t kMaxRungs = 8;
constexpr int kMinHeight = 64;
constexpr int kMaxHeight = 4320;
constexpr seconds kMinDvr{10};
constexpr seconds kMaxDvr{7 * 24 * 3600};
constexpr MediaTime kMinChunk = std::chrono::milliseconds(500);
constexpr MediaTime kMaxChunk = seconds(60);
constexpr std::array<std::string_view, 8> kSchemes = {
    "rtsp://", "rtsps://", "rtmp://", "rtmps://", "srt://", "http://", "https://", "file:///"};

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
}

Result<void> check_name(const std::string& name) {
  const bool valid =
      name.size() <= kMaxNameBytes && std::none_of(name.begin(), name.end(), is_control);
  if (valid) return {};
  return invalid("name must be text of at most 200 bytes without control characters");
}

Result<void> check_ladder(std::string_view ladder) {
  if (ladder.empty() || ladder == "none") return {};
  const Error wrong = invalid(
      "ladder must be \"none\", or 1 to 8 even heights from 64 to 4320, largest first, as in "
      "\"1080,720,480\"");
  int before = kMaxHeight + 1;
  for (std::size_t rungs = 1;; ++rungs) {
    const std::string_view text = ladder.substr(0, ladder.find(','));
    int height = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), height);
    const bool valid = read.ec == std::errc() && read.ptr == text.data() + text.size() &&
                       height >= kMinHeight && height < before && height % 2 == 0 &&
                       rungs <= kMaxRungs;
    if (!valid) return wrong;
    if (text.size() == ladder.size()) return {};
    before = height;
    ladder.remove_prefix(text.size() + 1);
  }
}

// Whether the URL can be opened is found when it is fetched. Its text is not repeated: it may
// contain a password.
Result<void> check_source(const std::string& source) {
  if (source.empty()) return {};
  const bool clean =
      source.size() <= kMaxSourceBytes && std::all_of(source.begin(), source.end(), [](char c) {
        return c > ' ' && static_cast<unsigned char>(c) < 0x7f;
      });
  const bool known = std::any_of(kSchemes.begin(), kSchemes.end(), [&](std::string_view scheme) {
    return source.size() > scheme.size() && starts_with_ignoring_case(source, scheme);
  });
  if (clean && known) return {};
  return invalid(
      "source must be an rtsp, rtsps, rtmp, rtmps, srt, http, https or file URL of at most 2048 "
      "bytes, with other characters as percent-escapes");
}

Result<void> check_stereo(const LiveStereo& stereo) {
  if (stereo.chunk_duration < kMinChunk || stereo.chunk_duration > kMaxChunk) {
    return invalid("chunk_seconds must be a number from 0.5 to 60");
  }
  return check_stereo_choice(stereo.choice);
}

}  // namespace

Result<void> check_live_stream_request(const LiveStreamRequest& request) {
  if (auto name = check_name(request.name); !name) return name;
  if (auto ladder = check_ladder(request.ladder); !ladder) return ladder;
  if (request.dvr && (*request.dvr < kMinDvr || *request.dvr > kMaxDvr)) {
    return invalid("dvr_seconds must be a whole number from 10 to 604800");
  }
  if (auto source = check_source(request.source); !source) return source;
  return request.stereo ? check_stereo(*request.stereo) : Result<void>();
}

}  // namespace streamkit::live
