#pragma once

#include <string>
#include <string_view>

#include <streamkit/core/api.hpp>
#include <streamkit/live/manifest_snapshot.hpp>

namespace streamkit::live {

enum class StreamState {
  Waiting,  ///< No segment is listed yet.
  Live,     ///< Segments are listed, and more may follow.
  Ended,    ///< No chunks are added any more; the last ones are being converted.
  Complete  ///< All segments are listed.
};

/// Returns the name that responses use, as in "waiting".
STREAMKIT_API [[nodiscard]] std::string_view to_string(StreamState state) noexcept;
STREAMKIT_API [[nodiscard]] StreamState state_of(const ManifestSnapshot& stream) noexcept;

/// Returns the delay of the listed end of the stream after the uploaded end: the nominal length of
/// the chunks that are stored without a hole and not yet listed. Chunks after the session's end do
/// not count.
STREAMKIT_API [[nodiscard]] MediaTime lag_of(const ManifestSnapshot& stream) noexcept;

/// Returns the public status: state, segments, duration_seconds, viewers, lag_seconds. It is one
/// JSON object without a line break.
STREAMKIT_API [[nodiscard]] std::string public_status_json(const ManifestSnapshot& stream,
                                                           std::size_t viewers);
/// Returns the status for the session's owner, with further fields but without secrets.
STREAMKIT_API [[nodiscard]] std::string status_json(const ManifestSnapshot& stream,
                                                    std::size_t viewers,
                                                    std::string_view playlist_url);

}  // namespace streamkit::live
