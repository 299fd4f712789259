#include "rtmp/chunk_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace streamkit::rtmp {
namespace {

constexpr std::uint32_t kExtendedMark = 0xFFFFFF;
// A timestamp beyond this is not taken for a delta; see begin_message().
constexpr std::uint32_t kMaxFirstDeltaMs = 10'000;

Error corrupt(std::string message) { return {ErrorCode::CorruptData, std::move(message)}; }

Error exhausted(std::string_view what, std::size_t limit) {
  return {ErrorCode::ResourceExhausted,
          std::string(what) + " exceeds the limit of " + std::to_string(limit)};
}

}  // namespace

Result<std::size_t> ChunkReader::read(ByteView bytes) {
  const auto parsed = parse_header(bytes);
  if (!parsed) return parsed.error();
  if (!parsed->has_value()) return std::size_t{0};
  const Header& header = **parsed;
  const auto known = streams_.find(header.id);
  const bool continues = header.format == 3 && known != streams_.end() && known->second.in_message;
  const std::uint32_t length = continues || header.format >= 2
                                   ? (known == streams_.end() ? 0 : known->second.length)
                                   : header.length;
  if (length > limits_.max_message_bytes) {
    return exhausted("a message of " + std::to_string(length) + " bytes",
                     limits_.max_message_bytes);
  }
  const std::size_t had = continues ? known->second.payload.size() : 0;
  const std::size_t size = std::min<std::size_t>(length - had, chunk_size_);
  if (bytes.size() < header.size + size) return std::size_t{0};

  auto found = find(header);
  if (!found) return found.error();
  ChunkStream& stream = **found;
  if (!continues) begin_message(stream, header);
  if (partial_bytes_ + size > limits_.max_partial_bytes) {
    return exhausted("the size of incomplete messages", limits_.max_partial_bytes);
  }
  append_bytes(stream.payload, bytes.subspan(header.size, size));
  partial_bytes_ += size;
  if (stream.payload.size() < stream.length) return header.size + size;

  partial_bytes_ -= stream.payload.size();
  stream.in_message = false;
  message_ = Message{.type = static_cast<MessageType>(stream.type),
                     .timestamp_ms = stream.timestamp_ms,
                     .stream_id = stream.stream_id,
                     .payload = std::exchange(stream.payload, {})};
  return header.size + size;
}

std::optional<Message> ChunkReader::take_message() { return std::exchange(message_, {}); }

Result<void> ChunkReader::set_chunk_size(std::uint32_t bytes) {
  // Source: RTMP 1.0, 5.4.1: the highest bit is 0, and the size at least 1.
  if (bytes == 0 || bytes > 0x7FFFFFFF) {
    return corrupt("a chunk size of " + std::to_string(bytes) + " bytes");
  }
  chunk_size_ = bytes;
  return {};
}

void ChunkReader::abort(std::uint32_t chunk_stream_id) {
  const auto found = streams_.find(chunk_stream_id);
  if (found != streams_.end()) drop_partial(found->second);
}

void ChunkReader::drop_partial(ChunkStream& stream) {
  if (!stream.in_message) return;
  ++incomplete_;
  partial_bytes_ -= stream.payload.size();
  stream.payload.clear();
  stream.in_message = false;
}

Result<std::optional<ChunkReader::Header>> ChunkReader::parse_header(ByteView bytes) const {
  const std::optional<Header> more = {};
  WireReader reader(bytes);
  Header header;
  const std::uint8_t first = reader.u8();
  header.format = first >> 6;
  header.id = first & 0x3F;
  // Ids from 64 on take one or two bytes more; the last byte is the highest.
  if (header.id == 0) {
    header.id = 64U + reader.u8();
  } else if (header.id == 1) {
    const std::uint32_t low = reader.u8();
    header.id = 64U + low + 256U * reader.u8();
  }
  if (header.format < 3) header.timestamp_field = reader.u24();
  if (header.format < 2) {
    header.length = reader.u24();
    header.type = reader.u8();
  }
  if (header.format == 0) {
    // The one number that is little endian.
    const ByteView id = reader.bytes(4);
    for (std::size_t i = id.size(); i-- > 0;) header.stream_id = header.stream_id << 8 | id[i];
  }
  if (header.format < 3 && header.timestamp_field == kExtendedMark) header.extended = reader.u32();
  if (!reader.ok()) return more;
  if (header.format == 3) {
    const auto known = streams_.find(header.id);
    if (known == streams_.end()) {
      return corrupt("chunk stream " + std::to_string(header.id) + " begins without a header");
    }
    const auto repeats = repeats_extended(known->second, reader.rest());
    if (!repeats) return more;
    if (*repeats) header.extended = reader.u32();
  }
  header.size = bytes.size() - reader.rest().size();
  return std::optional<Header>(header);
}

// The specification repeats the field of 4 bytes in each chunk of format 3; librtmp, and OBS before
// 2024, leave it out. Its bytes are taken only if they are the same as in the message's header.
std::optional<bool> ChunkReader::repeats_extended(const ChunkStream& stream, ByteView bytes) {
  if (!stream.extended) return false;
  Bytes field;
  append_number(field, *stream.extended, 4);
  const std::size_t known = std::min(field.size(), bytes.size());
  if (!same_bytes(ByteView(field).first(known), bytes.first(known))) return false;
  if (known < field.size()) return {};
  return true;
}

Result<ChunkReader::ChunkStream*> ChunkReader::find(const Header& header) {
  const auto known = streams_.find(header.id);
  if (known != streams_.end()) return &known->second;
  if (header.format != 0 && header.format != 1) {
    return corrupt("chunk stream " + std::to_string(header.id) +
                   " begins with a header that has no length");
  }
  if (streams_.size() >= limits_.max_chunk_streams) {
    return exhausted("the number of chunk streams", limits_.max_chunk_streams);
  }
  return &streams_[header.id];
}

void ChunkReader::begin_message(ChunkStream& stream, const Header& header) {
  drop_partial(stream);
  const std::uint32_t field = header.extended.value_or(header.timestamp_field);
  if (header.format == 0) stream.stream_id = header.stream_id;
  if (header.format < 2) {
    stream.length = header.length;
    stream.type = header.type;
  }
  if (header.format < 3) {
    stream.extended = header.extended;
    stream.absolute = header.format == 0;
    stream.delta_ms = field;
  } else if (stream.absolute) {
    // After an absolute timestamp the specification (5.3.1.2.4) takes that for the delta, and
    // FFmpeg writes so; librtmp means that the timestamp is the same. A delta that large would be
    // a break in either case.
    stream.absolute = false;
    if (stream.delta_ms > kMaxFirstDeltaMs) stream.delta_ms = 0;
  }
  stream.timestamp_ms = header.format == 0 ? field : stream.timestamp_ms + stream.delta_ms;
  stream.in_message = true;
  stream.payload.reserve(std::min<std::size_t>(stream.length, chunk_size_));
}

}  // namespace streamkit::rtmp
