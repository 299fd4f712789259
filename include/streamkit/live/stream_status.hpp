#pragma once

#include <string>
#include <string_view>

#include <streamkit/core/api.hpp>
#include <streamkit/live/manifest_snapshot.hpp>

namespace streamkit::live {

enum class StreamState {
  Waiting,  ///< Nothing is listed yet.
  Live,     ///< Segments are listed, more may come.
  Ended,    ///< No chunk counts any more; the last ones are being converted.
  Complete  ///< All segments are listed.
};

/// The name that answers use, as in "waiting".
STREAMKIT_API [[nodiscard]] std::string_view to_string(StreamState state) noexcept;
STREAMKIT_API [[nodiscard]] StreamState state_of(const ManifestSnapshot& stream) noexcept;

/// How far the listed end of the stream lies behind what was uploaded: the chunks that are stored
/// without a hole and not yet listed, each at its nominal length. Chunks behind the session's end
/// do not count.
STREAMKIT_API [[nodiscard]] MediaTime lag_of(const ManifestSnapshot& stream) noexcept;

/// What everybody may know: state, segments, duration_seconds, viewers, lag_seconds. One JSON
/// object without a line break.
STREAMKIT_API [[nodiscard]] std::string public_status_json(const ManifestSnapshot& stream,
                                                           std::size_t viewers);
/// What the session's owner may know besides; without secrets all the same.
STREAMKIT_API [[nodiscard]] std::string status_json(const ManifestSnapshot& stream,
                                                    std::size_t viewers,
                                                    std::string_view playlist_url);

}  // namespace streamkit::live
