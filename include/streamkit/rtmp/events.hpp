#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/packet.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace streamkit::rtmp {

/// A client has connected to an application. All text is chosen by the client.
struct STREAMKIT_API Connected {
  /// The part of the URL before the stream name, as in "live", without its query.
  std::string app;
  /// The URL that the client was given. It may hold secrets: log it without its query.
  std::string tc_url;
  /// The client's name and version, as in "FMLE/3.0 (compatible; Lavf59.27.100)". Often empty.
  std::string flash_version;
  /// The codecs that the client can send with Enhanced RTMP, as FourCC. Often empty.
  std::vector<std::string> four_ccs;
};

/// A client wants to publish, and waits for ServerSession::accept_publish() or reject_publish().
/// All text is chosen by the client: check it before use.
struct STREAMKIT_API PublishRequested {
  std::string app;
  /// The stream name without its query. Most publishers put their stream key here: do not log it.
  std::string stream_name = {};
  /// The parameters of the queries of stream name, application and URL, percent-decoded, in this
  /// order; at most 32.
  std::vector<std::pair<std::string, std::string>> parameters = {};

  /// Returns the first parameter of this name; empty if there is none. Publishers send secrets as
  /// "token" or "key".
  [[nodiscard]] std::string parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    return {};
  }
};

/// The tracks of the stream, before its first packet. The size of frames, and their rate where the
/// coded data state one (else 30), come from the coded data; what the publisher claims in its
/// metadata is not used. NAL units have lengths of 4 bytes.
struct STREAMKIT_API TracksKnown {
  Tracks tracks;
};

/// The configuration of a track is another one from the next packet of that track on, which is a
/// keyframe. A track may also be a new one.
struct STREAMKIT_API TracksChanged {
  Tracks tracks;
  bool video_changed = false;
  bool audio_changed = false;
};

/// The publisher's timestamps have jumped: by more than 10 seconds, or back by more than 1. The
/// times of later packets continue where those before ended.
struct STREAMKIT_API TimelineBroken {
  /// How far the timestamps jumped; negative for a jump back.
  MediaTime jump{0};
};

/// The publisher has ended its stream. It may publish again on the same connection.
struct STREAMKIT_API Unpublished {};

/// The session has ended: the client broke the protocol, exceeded a limit, or sent what cannot be
/// carried. ServerSession::take_output() may hold the reason for the client: send it, then close
/// the connection.
struct STREAMKIT_API SessionFailed {
  /// CorruptData; ResourceExhausted; Unsupported.
  Error error;
};

/// An event of a connection. The packets of a track come in the order of their `dts`, which
/// increases strictly and is never after `pts`. Timestamps are the publisher's own, continuous over
/// their overflow, and need not begin at 0. `duration` is exact for audio and the distance to the
/// packet before for video, 0 at its beginning.
using Event = std::variant<Connected, PublishRequested, TracksKnown, TracksChanged, TimelineBroken,
                           Packet, Unpublished, SessionFailed>;

}  // namespace streamkit::rtmp
