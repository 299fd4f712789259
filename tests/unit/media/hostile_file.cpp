#include "media/hostile_file.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string_view>

#include "media/coded_clip.hpp"

// Source of the boxes: QuickTime File Format; ISO/IEC 14496-12.
namespace streamkit::media {
namespace {

void add(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }
void add(Bytes& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

Bytes words(std::initializer_list<std::uint32_t> values) {
  Bytes bytes;
  for (const std::uint32_t value : values) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
    }
  }
  return bytes;
}

Bytes box(std::string_view name, std::initializer_list<Bytes> parts) {
  Bytes payload;
  for (const Bytes& part : parts) add(payload, part);
  Bytes bytes = words({static_cast<std::uint32_t>(payload.size() + 8)});
  add(bytes, name);
  add(bytes, payload);
  return bytes;
}

// A box with a version and flags, which are 0.
Bytes full_box(std::string_view name, std::initializer_list<Bytes> parts) {
  Bytes payload = words({0});
  for (const Bytes& part : parts) add(payload, part);
  return box(name, {payload});
}

std::uint32_t as_fixed(int value) { return static_cast<std::uint32_t>(value) << 16; }

Bytes matrix() { return words({1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30}); }

Bytes text(std::string_view value) { return {value.begin(), value.end()}; }

Bytes description(const HostileFile& file) {
  Bytes entry = words({86});
  add(entry, file.codec);
  add(entry, words({0, 1, 0, 0, 0, 0,
                    static_cast<std::uint32_t>(file.width_px) << 16 |
                        static_cast<std::uint32_t>(file.height_px),
                    72 << 16, 72 << 16, 0}));
  add(entry, Bytes{0, 1});  // one frame
  add(entry, Bytes(32, 0));
  add(entry, Bytes{0, 32, 0xFF, 0xFF});  // depth, no table of colours
  return full_box("stsd", {words({1}), entry});
}

Bytes times(const HostileFile& file, std::uint32_t count) {
  if (file.first_delta == 0) return full_box("stts", {words({1, count, file.delta})});
  return full_box("stts", {words({2, 1, file.first_delta, count - 1, file.delta})});
}

Bytes sizes(const HostileFile& file, std::uint32_t count) {
  if (file.announced > 0) return full_box("stsz", {words({1, file.announced})});
  Bytes table;
  for (const Bytes& sample : file.samples) {
    add(table, words({static_cast<std::uint32_t>(sample.size())}));
  }
  return full_box("stsz", {words({0, count}), table});
}

}  // namespace

Bytes make_file(const HostileFile& file) {
  const auto count = static_cast<std::uint32_t>(file.samples.size());
  Bytes media;
  for (const Bytes& sample : file.samples) add(media, sample);
  Bytes bytes = box("ftyp", {text("qt  "), words({0}), text("qt  ")});
  const auto place = static_cast<std::uint32_t>(bytes.size() + 8);
  add(bytes, box("mdat", {media}));

  const std::uint32_t length = count * file.delta;
  const Bytes table = box(
      "stbl", {description(file), times(file, count), full_box("stsc", {words({1, 1, count, 1})}),
               sizes(file, count), full_box("stco", {words({1, place})})});
  const Bytes track =
      box("trak", {full_box("tkhd", {words({0, 0, 1, 0, length, 0, 0, 0, 0}), matrix(),
                                     words({as_fixed(file.width_px), as_fixed(file.height_px)})}),
                   box("mdia", {full_box("mdhd", {words({0, 0, file.timescale, length, 0})}),
                                full_box("hdlr", {text("mhlrvide"), Bytes(13, 0)}),
                                box("minf", {full_box("vmhd", {words({0, 0})}), table})})});
  Bytes movie = full_box("mvhd", {words({0, 0, file.timescale, length, 1 << 16, 1 << 24, 0, 0}),
                                  matrix(), Bytes(24, 0), words({2})});
  for (int i = 0; i < file.tracks; ++i) add(movie, track);
  add(bytes, box("moov", {movie}));
  return bytes;
}

Bytes png_header(std::uint32_t width_px, std::uint32_t height_px) {
  Bytes bytes{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  add(bytes, words({13}));
  add(bytes, "IHDR");
  add(bytes, words({width_px, height_px}));
  add(bytes, Bytes{8, 6, 0, 0, 0});
  add(bytes, words({0}));  // a wrong checksum, which nobody gets to read
  return bytes;
}

Bytes small_png() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("streamkit-small-" + std::to_string(::getpid()) + ".mov");
  write_clip(path, {.encoder = "png", .pixel_format = "rgb24", .width_px = 64, .frames = 1});
  std::ifstream file(path, std::ios::binary);
  const Bytes clip(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  const std::string_view all(reinterpret_cast<const char*>(clip.data()), clip.size());
  const std::size_t begin = all.find("\x89PNG");
  const std::size_t end = all.find("IEND", begin);
  EXPECT_NE(end, std::string_view::npos);
  if (end == std::string_view::npos) return {};
  return Bytes(clip.begin() + static_cast<std::ptrdiff_t>(begin),
               clip.begin() + static_cast<std::ptrdiff_t>(end + 8));
}

Bytes empty_fragment(std::uint32_t samples) {
  return box("moof",
             {full_box("mfhd", {words({1})}),
              box("traf", {full_box("tfhd", {words({1})}), full_box("trun", {words({samples})})})});
}

Bytes compressed_index() {
  Bytes bytes = box("ftyp", {text("qt  "), words({0}), text("qt  ")});
  add(bytes, box("moov", {box("cmov", {box("dcom", {text("zlib")}),
                                       box("cmvd", {words({1 << 30}), Bytes(100, 0x78)})})}));
  return bytes;
}

}  // namespace streamkit::media
