#include "media/clean_aperture.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

namespace streamkit::media {
namespace {

// A run of bytes in the file: the content of a box.
struct Extent {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct Box {
  std::uint32_t type = 0;
  Extent content;
};

constexpr std::uint32_t box_type(const char (&name)[5]) noexcept {
  std::uint32_t type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8 | static_cast<unsigned char>(name[i]);
  return type;
}

std::optional<Box> box_at(AVIOContext* io, const Extent& parent) {
  constexpr std::int64_t kHeader = 8;
  if (parent.end - parent.begin < kHeader || avio_seek(io, parent.begin, SEEK_SET) < 0) return {};
  std::int64_t size = avio_rb32(io);
  const std::uint32_t type = avio_rb32(io);
  std::int64_t header = kHeader;
  if (size == 1) {
    size = static_cast<std::int64_t>(avio_rb64(io));
    header += 8;
  } else if (size == 0) {
    size = parent.end - parent.begin;
  }
  if (size < header || size > parent.end - parent.begin || avio_feof(io) != 0) return {};
  return Box{type, {parent.begin + header, parent.begin + size}};
}

// Calls `visit` with each box of a type until it returns true.
template <typename Visit>
bool find_box(AVIOContext* io, Extent parent, std::uint32_t type, Visit visit) {
  constexpr int kMostBoxes = 10'000;  // of a damaged or hostile file
  for (int i = 0; i < kMostBoxes; ++i) {
    const auto box = box_at(io, parent);
    if (!box) return false;
    if (box->type == type && visit(box->content)) return true;
    parent.begin = box->content.end;
  }
  return false;
}

std::optional<Extent> child(AVIOContext* io, const Extent& parent, std::uint32_t type) {
  std::optional<Extent> found;
  find_box(io, parent, type, [&](const Extent& content) {
    found = content;
    return true;
  });
  return found;
}

bool has_id(AVIOContext* io, const Extent& track, int id) {
  const auto header = child(io, track, box_type("tkhd"));
  if (!header || avio_seek(io, header->begin, SEEK_SET) < 0) return false;
  const bool long_times = avio_r8(io) == 1;
  avio_skip(io, 3 + (long_times ? 16 : 8));
  return avio_rb32(io) == static_cast<std::uint32_t>(id);
}

// Returns the boxes after the fixed fields of the first sample entry.
std::optional<Extent> sample_entry(AVIOContext* io, Extent track) {
  for (const std::uint32_t type :
       {box_type("mdia"), box_type("minf"), box_type("stbl"), box_type("stsd")}) {
    const auto inner = child(io, track, type);
    if (!inner) return {};
    track = *inner;
  }
  constexpr std::int64_t kTableFields = 8;
  constexpr std::int64_t kEntryFields = 78;
  const auto entry = box_at(io, {track.begin + kTableFields, track.end});
  if (!entry) return {};
  return Extent{entry->content.begin + kEntryFields, entry->content.end};
}

std::optional<double> read_fraction(AVIOContext* io) {
  const auto numerator = static_cast<std::int32_t>(avio_rb32(io));
  const auto denominator = static_cast<std::int32_t>(avio_rb32(io));
  if (denominator <= 0) return {};
  return static_cast<double>(numerator) / denominator;
}

struct Span {
  int before = 0;
  int after = 0;
};

// Returns what is cut off at both ends of a side; `offset` is that of the centre.
std::optional<Span> cut(int side, double clean, double offset) {
  const double first = (side - clean) / 2 + offset;
  constexpr double kRounding = 0.01;
  const bool inside = clean >= 2 && first >= -kRounding && first + clean <= side + kRounding;
  if (!inside) return {};
  const int before = static_cast<int>(std::lround(std::max(0.0, first))) / 2 * 2;
  const int length = static_cast<int>(std::lround(clean));
  return Span{before, std::max(0, side - before - length)};
}

PictureCrop read_aperture(AVIOContext* io, const Extent& box, const AVCodecParameters& picture) {
  if (avio_seek(io, box.begin, SEEK_SET) < 0) return {};
  const auto width = read_fraction(io);
  const auto height = read_fraction(io);
  const auto right = read_fraction(io);
  const auto down = read_fraction(io);
  if (!width || !height || !right || !down) return {};
  const auto columns = cut(picture.width, *width, *right);
  const auto rows = cut(picture.height, *height, *down);
  if (!columns || !rows) return {};
  return {columns->before, rows->before, columns->after, rows->after};
}

}  // namespace

PictureCrop clean_aperture(AVFormatContext& context, const AVStream& stream) {
  AVIOContext* io = context.pb;
  const bool iso_media = std::strstr(context.iformat->name, "mp4") != nullptr;
  if (!iso_media || io == nullptr || (io->seekable & AVIO_SEEKABLE_NORMAL) == 0) return {};
  const std::int64_t size = avio_size(io);
  const std::int64_t position = avio_tell(io);
  PictureCrop crop;
  if (const auto movie = child(io, {0, size}, box_type("moov"))) {
    find_box(io, *movie, box_type("trak"), [&](const Extent& track) {
      if (!has_id(io, track, stream.id)) return false;
      const auto entry = sample_entry(io, track);
      const auto box = entry ? child(io, *entry, box_type("clap")) : std::nullopt;
      if (box) crop = read_aperture(io, *box, *stream.codecpar);
      return true;
    });
  }
  avio_seek(io, position, SEEK_SET);
  return crop;
}

}  // namespace streamkit::media
