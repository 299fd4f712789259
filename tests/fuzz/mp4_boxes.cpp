#include "fuzz/mp4_boxes.hpp"

#include <algorithm>

namespace streamkit::fuzz {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kWideHeaderBytes = 16;
constexpr int kDeepest = 16;

// Boxes with children, and the number of bytes before these.
struct Container {
  std::string_view name;
  std::size_t fields_bytes;
};
constexpr std::size_t kVideoEntryBytes = 78;
constexpr std::size_t kAudioEntryBytes = 28;
constexpr std::array<Container, 36> kContainers = {{
    {"moov", 0},
    {"trak", 0},
    {"edts", 0},
    {"mdia", 0},
    {"minf", 0},
    {"dinf", 0},
    {"stbl", 0},
    {"mvex", 0},
    {"moof", 0},
    {"traf", 0},
    {"udta", 0},
    {"mfra", 0},
    {"tref", 0},
    {"sinf", 0},
    {"schi", 0},
    {"wave", 0},
    {"gmhd", 0},
    {"meta", 4},
    {"stsd", 8},
    {"dref", 8},
    {"avc1", kVideoEntryBytes},
    {"avc3", kVideoEntryBytes},
    {"hvc1", kVideoEntryBytes},
    {"hev1", kVideoEntryBytes},
    {"mp4v", kVideoEntryBytes},
    {"encv", kVideoEntryBytes},
    {"av01", kVideoEntryBytes},
    {"vp09", kVideoEntryBytes},
    {"png ", kVideoEntryBytes},
    {"mp4a", kAudioEntryBytes},
    {"enca", kAudioEntryBytes},
    {"Opus", kAudioEntryBytes},
    {"fLaC", kAudioEntryBytes},
    {"ac-3", kAudioEntryBytes},
    {"alac", kAudioEntryBytes},
    {"sowt", kAudioEntryBytes},
}};

std::optional<std::size_t> bytes_before_children(std::string_view name) {
  const auto* found = std::ranges::find(kContainers, name, &Container::name);
  if (found == kContainers.end()) return {};
  return found->fields_bytes;
}

std::size_t header_bytes(const Mp4Box& box) noexcept {
  if (!box.has_header) return 0;
  return box.wide ? kWideHeaderBytes : kHeaderBytes;
}

std::vector<Mp4Box> parse(std::span<const std::uint8_t> bytes, std::size_t offset, int depth);

// The bytes begin with a whole header.
Mp4Box parse_box(std::span<const std::uint8_t> bytes, std::size_t offset, int depth) {
  Mp4Box box;
  box.offset = offset;
  std::copy_n(bytes.begin() + 4, 4, box.type.begin());
  const std::uint32_t stated = read_u32(bytes, 0);
  std::uint64_t size = stated;
  box.wide = stated == 1 && bytes.size() >= kWideHeaderBytes;
  if (box.wide) size = (std::uint64_t{read_u32(bytes, 8)} << 32) | read_u32(bytes, 12);
  // The size 0 stands for the rest of the file.
  const bool is_true = size >= header_bytes(box) && size <= bytes.size();
  if (!is_true) {
    box.wide = false;
    box.stated_size = stated;
    size = bytes.size();
  }
  const auto content = bytes.subspan(header_bytes(box), size - header_bytes(box));
  const auto before = bytes_before_children(box.name());
  const std::size_t own =
      before && depth < kDeepest ? std::min(*before, content.size()) : content.size();
  box.fields.assign(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(own));
  box.children = parse(content.subspan(own), offset + header_bytes(box) + own, depth + 1);
  return box;
}

std::vector<Mp4Box> parse(std::span<const std::uint8_t> bytes, std::size_t offset, int depth) {
  std::vector<Mp4Box> boxes;
  while (bytes.size() >= kHeaderBytes) {
    boxes.push_back(parse_box(bytes, offset, depth));
    const std::size_t size = size_of(boxes.back());
    bytes = bytes.subspan(size);
    offset += size;
  }
  if (bytes.empty()) return boxes;
  Mp4Box rest;
  rest.has_header = false;
  rest.offset = offset;
  rest.fields.assign(bytes.begin(), bytes.end());
  boxes.push_back(std::move(rest));
  return boxes;
}

void append_u32(Bytes& bytes, std::uint32_t value) {
  bytes.resize(bytes.size() + 4);
  write_u32(bytes, bytes.size() - 4, value);
}

void print(const Mp4Box& box, Bytes& bytes) {
  const std::size_t size = size_of(box);
  if (box.has_header) {
    append_u32(bytes, box.stated_size.value_or(box.wide ? 1 : static_cast<std::uint32_t>(size)));
    bytes.insert(bytes.end(), box.type.begin(), box.type.end());
    if (box.wide) {
      append_u32(bytes, static_cast<std::uint32_t>(std::uint64_t{size} >> 32));
      append_u32(bytes, static_cast<std::uint32_t>(size));
    }
  }
  bytes.insert(bytes.end(), box.fields.begin(), box.fields.end());
  for (const Mp4Box& child : box.children) print(child, bytes);
}

// Where the bytes of a file went.
struct Move {
  std::size_t from;
  std::size_t size;
  std::size_t to;
};

std::uint32_t moved(std::uint32_t offset, const std::vector<Move>& moves) {
  for (const Move& move : moves) {
    if (offset < move.from || offset >= move.from + move.size) continue;
    return static_cast<std::uint32_t>(offset - move.from + move.to);
  }
  return offset;
}

void move_table(Mp4Box& box, const std::vector<Move>& moves) {
  const bool wide = box.name() == "co64";
  // The lower half of a wide offset is enough for files of this size.
  const std::size_t step = wide ? 8 : 4;
  for (std::size_t at = wide ? 12 : 8; at + 4 <= box.fields.size(); at += step) {
    write_u32(box.fields, at, moved(read_u32(box.fields, at), moves));
  }
}

// The data offset of a fragment counts from its moof.
void move_fragment(Mp4Box& trun, const Move& moof, const std::vector<Move>& moves) {
  constexpr std::uint32_t kHasDataOffset = 1;
  if (trun.fields.size() < 12 || (read_u32(trun.fields, 0) & kHasDataOffset) == 0) return;
  const std::uint32_t from = static_cast<std::uint32_t>(moof.from) + read_u32(trun.fields, 8);
  write_u32(trun.fields, 8, moved(from, moves) - static_cast<std::uint32_t>(moof.to));
}

void follow(std::vector<Mp4Box>& boxes, const Move& moof, const std::vector<Move>& moves) {
  for (Mp4Box& box : boxes) {
    if (box.name() == "stco" || box.name() == "co64") move_table(box, moves);
    if (box.name() == "trun") move_fragment(box, moof, moves);
    follow(box.children, moof, moves);
  }
}

}  // namespace

std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

void write_u32(Bytes& bytes, std::size_t at, std::uint32_t value) noexcept {
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
}

bool is_mp4(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::array<std::string_view, 10> kFirst = {"ftyp", "styp", "moov", "moof", "mdat",
                                                       "free", "skip", "wide", "sidx", "emsg"};
  if (bytes.size() < kHeaderBytes) return false;
  return std::ranges::any_of(kFirst, [&](std::string_view name) {
    return std::equal(name.begin(), name.end(), bytes.begin() + 4);
  });
}

std::vector<Mp4Box> parse_mp4(std::span<const std::uint8_t> bytes) { return parse(bytes, 0, 0); }

std::size_t size_of(const Mp4Box& box) noexcept {
  std::size_t size = header_bytes(box) + box.fields.size();
  for (const Mp4Box& child : box.children) size += size_of(child);
  return size;
}

Bytes print_mp4(const std::vector<Mp4Box>& boxes) {
  Bytes bytes;
  for (const Mp4Box& box : boxes) print(box, bytes);
  return bytes;
}

void follow_media_data(std::vector<Mp4Box>& boxes) {
  std::vector<Move> moves;
  std::size_t to = 0;
  for (const Mp4Box& box : boxes) {
    const std::size_t size = size_of(box);
    if (box.name() == "mdat") moves.push_back({box.offset, size, to});
    to += size;
  }
  to = 0;
  for (Mp4Box& box : boxes) {
    const std::size_t size = size_of(box);
    follow(box.children, {box.offset, size, to}, moves);
    to += size;
  }
}

}  // namespace streamkit::fuzz
