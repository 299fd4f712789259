#pragma once

#include <cstdint>
#include <span>
#include <streamkit/core/result.hpp>
#include <streamkit/worker/chunk_converter.hpp>

namespace streamkit::worker {

/// The most bytes of a message in either direction.
inline constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{1} << 30;

enum class Operation : std::uint64_t { Convert, Filler, FormatOf, StoredFormat };

/// A call of a ChunkConverter.
struct ConversionRequest {
  Operation operation = Operation::Convert;
  StereoMode mode = StereoMode::FullSbs;
  SegmentKind kind = SegmentKind::Converted;
  SegmentPlace place = {};
  /// Of the stream, for Convert and Filler.
  std::optional<StreamFormat> stream = {};
  /// Whether the segment before may be asked for.
  bool has_segment_before = false;
  /// A chunk, or a stored segment.
  Bytes bytes = {};
};

[[nodiscard]] Bytes write_request(const ConversionRequest& request);
/// Errors: CorruptData.
Result<ConversionRequest> read_request(std::span<const std::uint8_t> body);

[[nodiscard]] Bytes write_reply(const Result<Segment>& reply);
[[nodiscard]] Bytes write_reply(const Result<StreamFormat>& reply);
[[nodiscard]] Bytes write_error(const Error& error);

/// Reads the reply of a process that may have been taken over by the bytes that it decoded: each
/// value is within bounds, and a segment belongs to `place`. Errors: CorruptData, with the domain
/// kInvalidReply; otherwise those that the process returned.
Result<Segment> read_segment_reply(std::span<const std::uint8_t> body, const SegmentPlace& place);
Result<StreamFormat> read_format_reply(std::span<const std::uint8_t> body);
/// Reads a StartFailed message.
Error read_error(std::span<const std::uint8_t> body);

inline constexpr std::string_view kInvalidReply = "conversion process";

}  // namespace streamkit::worker
