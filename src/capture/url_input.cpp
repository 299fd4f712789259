#include <memory>
#include <streamkit/capture/url_input.hpp>
#include <utility>

#include "capture/connection_inputs.hpp"
#include "capture/live_connection.hpp"
#include "media/input_access.hpp"

namespace streamkit::capture {
namespace {

constexpr std::size_t kMostPackets = 8192;
constexpr std::size_t kMostBytes = 64 << 20;

media::InputOptions input_options(const UrlInputOptions& options, std::stop_token stop) {
  media::InputOptions input;
  input.tracks = options.tracks;
  input.allow_sound_only = true;
  input.stop = std::move(stop);
  input.open_timeout = options.open_timeout;
  input.read_timeout = options.stall_timeout;
  return input;
}

Result<void> check(const UrlInputOptions& options) {
  const auto zero = std::chrono::milliseconds(0);
  if (options.open_timeout <= zero || options.stall_timeout <= zero ||
      options.give_up_after < zero) {
    return Error{ErrorCode::InvalidArgument,
                 "the timeouts of a URL input must be positive, and give_up_after not negative"};
  }
  return {};
}

}  // namespace

bool is_live_url(std::string_view text) {
  return media::live_access(std::string(text)).has_value();
}

Result<UrlInputs> open_url_inputs(const UrlInputOptions& options, Context context) {
  if (auto checked = check(options); !checked) return checked.error();
  LiveOrigin origin;
  origin.open = [options](std::stop_token stop) {
    return media::InputFile::open_live(options.url, input_options(options, std::move(stop)));
  };
  origin.give_up_after = options.give_up_after;
  origin.backoff = options.backoff;
  origin.most_packets = kMostPackets;
  origin.most_bytes = kMostBytes;
  origin.context = std::move(context);
  auto connection = LiveConnection::open(std::move(origin), options.stop);
  if (!connection) return connection.error();
  UrlInputs inputs;
  if ((*connection)->video()) inputs.video = video_of(*connection);
  if ((*connection)->has_audio()) inputs.audio = audio_of(*connection);
  inputs.stats = [watched = std::weak_ptr(*connection)] {
    const auto kept = watched.lock();
    return kept == nullptr ? LiveStats{.connected = false} : kept->stats();
  };
  return inputs;
}

}  // namespace streamkit::capture
