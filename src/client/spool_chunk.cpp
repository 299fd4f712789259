#include "spool_chunk.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <streamkit/core/text.hpp>
#include <streamkit/net/sha256.hpp>

namespace streamkit::client::spool_chunk {
namespace {

constexpr std::string_view kMagic = "skspool1";
constexpr std::string_view kPrefix = "chunk_";
constexpr std::string_view kWaiting = ".waiting";
constexpr std::string_view kStored = ".stored";
constexpr std::uint64_t kLatestMs = 9'000'000'000'000;  // in the year 2255
constexpr std::size_t kDigestBytes = sizeof(net::Sha256Digest);

Error corrupt(std::string_view reason) { return {ErrorCode::CorruptData, std::string(reason)}; }

void append(Bytes& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append(Bytes& out, std::int64_t value) { append(out, static_cast<std::uint64_t>(value)); }

void append(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// Reads numbers of 8 bytes, little-endian. A missing one is 0, and sets `cut_off`.
struct Reader {
  std::span<const std::uint8_t> rest;
  bool cut_off = false;

  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof value);
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }
  MediaTime time() { return MediaTime{static_cast<std::int64_t>(number())}; }
  std::span<const std::uint8_t> take(std::size_t count) {
    cut_off = cut_off || rest.size() < count;
    if (cut_off) return {};
    const auto taken = rest.first(count);
    rest = rest.subspan(count);
    return taken;
  }
};

// The values that the digest covers, beside the bytes of the chunk.
Bytes values_of(std::string_view session_id, const Chunk& chunk, WallTime cut_at) {
  Bytes values;
  append(values, chunk.index);
  append(values, chunk.start.count());
  append(values, chunk.duration.count());
  append(values, chunk.audio_end.count());
  append(values, chunk.header_bytes);
  append(values, std::int64_t{cut_at.time_since_epoch() / std::chrono::milliseconds(1)});
  append(values, std::uint64_t{session_id.size()});
  append(values, bytes_of(session_id));
  append(values, std::uint64_t{chunk.data.size()});
  return values;
}

net::Sha256Digest digest_of(std::span<const std::uint8_t> values,
                            std::span<const std::uint8_t> data) {
  Bytes covered(values.begin(), values.end());
  append(covered, net::sha256(data));
  return net::sha256(covered);
}

}  // namespace

std::string to_string(const Name& name) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "chunk_%05llu%s",
                static_cast<unsigned long long>(name.index),
                name.mark == Mark::Stored ? kStored.data() : kWaiting.data());
  return text.data();
}

std::optional<Name> parse_name(std::string_view name) {
  if (!name.starts_with(kPrefix)) return {};
  Name parsed;
  const char* end = name.data() + name.size();
  const auto number = std::from_chars(name.data() + kPrefix.size(), end, parsed.index);
  if (number.ec != std::errc{}) return {};
  if (name.ends_with(kStored)) parsed.mark = Mark::Stored;
  // Only one spelling of each name.
  if (to_string(parsed) != name) return {};
  return parsed;
}

Bytes write_head(std::string_view session_id, const Chunk& chunk, WallTime cut_at) {
  const Bytes values = values_of(session_id, chunk, cut_at);
  Bytes head;
  append(head, bytes_of(kMagic));
  append(head, digest_of(values, chunk.data));
  append(head, values);
  return head;
}

Result<Head> read_head(std::span<const std::uint8_t> file, std::string_view session_id,
                       std::uint64_t index) {
  Reader reader{file};
  const auto magic = reader.take(kMagic.size());
  if (!std::ranges::equal(magic, bytes_of(kMagic))) return corrupt("not a chunk of a spool");
  reader.take(kDigestBytes);
  Head head;
  head.chunk.index = reader.number();
  head.chunk.start = reader.time();
  head.chunk.duration = reader.time();
  head.chunk.audio_end = reader.time();
  head.chunk.header_bytes = reader.number();
  const std::uint64_t cut_at_ms = reader.number();
  const auto id = reader.take(std::min<std::uint64_t>(reader.number(), kMaxHeadBytes));
  head.data_bytes = reader.number();
  head.head_bytes = file.size() - reader.rest.size();
  if (reader.cut_off) return corrupt("cut off");
  if (cut_at_ms > kLatestMs) return corrupt("damaged");
  head.cut_at = WallTime{std::chrono::milliseconds(cut_at_ms)};
  if (!std::ranges::equal(id, bytes_of(session_id))) return corrupt("of another session");
  if (head.chunk.index != index) return corrupt("of another index than its name");
  return head;
}

Result<Chunk> read_chunk(std::span<const std::uint8_t> file, std::string_view session_id,
                         std::uint64_t index) {
  auto head = read_head(file, session_id, index);
  if (!head) return head.error();
  const auto data = file.subspan(head->head_bytes);
  if (data.size() != head->data_bytes) return corrupt("cut off");
  const auto stated = file.subspan(kMagic.size(), kDigestBytes);
  const auto values =
      file.subspan(kMagic.size() + kDigestBytes, head->head_bytes - kMagic.size() - kDigestBytes);
  if (!std::ranges::equal(stated, digest_of(values, data))) return corrupt("damaged");
  head->chunk.data.assign(data.begin(), data.end());
  return std::move(head->chunk);
}

}  // namespace streamkit::client::spool_chunk
