#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/segment_name.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace streamkit {

/// Version of the key contract below. A later version will use other prefixes.
inline constexpr int kChunkKeyVersion = 1;

/// Returns whether the id can name a session or a batch job: 1 to 64 characters of [A-Za-z0-9_-].
STREAMKIT_API [[nodiscard]] bool is_valid_session_id(std::string_view id) noexcept;

/// Returns InvalidArgument with a message that describes a valid session id.
STREAMKIT_API [[nodiscard]] Error invalid_session_id();

/// `stream_input/{session_id}/chunk_{index:05d}.mp4`, written by capture.
struct STREAMKIT_API StreamInputKey {
  std::string session_id;
  std::uint64_t index = 0;
  friend bool operator==(const StreamInputKey&, const StreamInputKey&) = default;
};

/// `stream_output/{session_id}/seg_{index:05d}.mp4`, written by the worker; of a stream with
/// several renditions `stream_output/{session_id}/{rendition}/seg_{index:05d}.mp4`.
struct STREAMKIT_API StreamOutputKey {
  std::string session_id;
  std::uint64_t index = 0;
  /// 1 to 64 of [A-Za-z0-9_-], or empty: the only one.
  std::string rendition = {};
  friend bool operator==(const StreamOutputKey&, const StreamOutputKey&) = default;
};

/// `stream_output/{session_id}/state_{index:05d}.bin`, written by the worker with the segment of
/// the same index: the state of the conversion after that segment, for the next one. It is
/// optional. It is not a chunk, so other readers ignore it.
struct STREAMKIT_API SegmentStateKey {
  std::string session_id;
  std::uint64_t index = 0;
  friend bool operator==(const SegmentStateKey&, const SegmentStateKey&) = default;
};

/// `segments/{job_id}/{index:05d}_{total:05d}_{mode}.mp4`, written by batch jobs.
struct STREAMKIT_API BatchSegmentKey {
  std::string job_id;
  std::uint64_t index = 0;
  /// The number of segments of the job; index < total.
  std::uint64_t total = 1;
  StereoMode mode = StereoMode::FullSbs;
  friend bool operator==(const BatchSegmentKey&, const BatchSegmentKey&) = default;
};

using ChunkKey = std::variant<StreamInputKey, StreamOutputKey, BatchSegmentKey>;

/// Returns the object key as text. Five digits are the minimum width: index 100000 prints as
/// "100000".
/// Precondition: the id is valid, no number exceeds kMaxChunkIndex and, for a batch key,
/// index < total.
STREAMKIT_API [[nodiscard]] std::string to_string(const StreamInputKey& key);
STREAMKIT_API [[nodiscard]] std::string to_string(const StreamOutputKey& key);
STREAMKIT_API [[nodiscard]] std::string to_string(const BatchSegmentKey& key);
STREAMKIT_API [[nodiscard]] std::string to_string(const ChunkKey& key);
STREAMKIT_API [[nodiscard]] std::string to_string(const SegmentStateKey& key);

/// Parses a key. It is the inverse of to_string() and accepts only its exact output, so that each
/// chunk has one spelling ("chunk_1.mp4" and "chunk_000001.mp4" are rejected). An index above
/// kMaxChunkIndex is rejected too. Errors: InvalidArgument (the message names the invalid part);
/// NotFound when the key is outside the three prefixes or names another kind of object there, which
/// callers ignore.
STREAMKIT_API Result<ChunkKey> parse_chunk_key(std::string_view key);

/// Parses the key of a segment's state. parse_chunk_key() returns NotFound for such a key.
STREAMKIT_API Result<SegmentStateKey> parse_segment_state_key(std::string_view key);

/// Returns `stream_input/{session_id}/`: the prefix that a session's upload credentials cover.
STREAMKIT_API [[nodiscard]] std::string input_prefix(std::string_view session_id);
/// Returns `stream_output/{session_id}/`.
STREAMKIT_API [[nodiscard]] std::string output_prefix(std::string_view session_id);
}  // namespace streamkit
