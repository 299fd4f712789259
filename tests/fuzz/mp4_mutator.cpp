#include "fuzz/mp4_mutator.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/mp4_boxes.hpp"

namespace streamkit::fuzz {
namespace {

// Boxes whose values decide what a demuxer does.
constexpr std::array<std::string_view, 33> kTelling = {
    "mvhd", "tkhd", "mdhd", "hdlr", "elst", "stsd", "stts", "ctts", "stsc", "stsz", "stz2",
    "stco", "co64", "stss", "mehd", "trex", "mfhd", "tfhd", "tfdt", "trun", "sidx", "avcC",
    "hvcC", "esds", "colr", "pasp", "clap", "avc1", "hvc1", "mp4a", "sbgp", "sgpd", "saiz"};
// Boxes with rows of 4-byte values behind a count.
constexpr std::array<std::string_view, 10> kTables = {"stts", "ctts", "stsc", "stsz", "stco",
                                                      "co64", "stss", "elst", "trun", "sidx"};

// Codecs of sample entries, and boxes that decide how the bytes around them are read.
constexpr std::array<std::string_view, 56> kTypes = {
    "avc1", "avc3", "hvc1", "hev1", "mp4v", "vp08", "vp09", "av01", "jpeg", "mjpa", "png ", "raw ",
    "rle ", "cvid", "SVQ1", "SVQ3", "apch", "ap4h", "AVdn", "dvcp", "FFV1", "h263", "MPG4", "encv",
    "mp4a", ".mp3", "ac-3", "ec-3", "Opus", "fLaC", "alac", "sowt", "twos", "lpcm", "fl32", "in24",
    "ulaw", "ima4", "QDM2", "samr", "enca", "tx3g", "text", "rtmd", "tmcd", "moov", "moof", "trak",
    "traf", "meta", "wave", "free", "uuid", "sinf", "cmov", "edts"};

// The first of kTypes.
constexpr std::size_t kCodecs = 45;

constexpr std::array<std::uint32_t, 24> kEdges = {
    0,          1,          2,          3,          4,          7,          8,          255,
    256,        0x7fff,     0x8000,     0xffff,     0x10000,    90'000,     0x00ffffff, 0x0fffffff,
    0x20000000, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};

// SplitMix64: small, and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
  }
  /// From 0 to `count` - 1; 0 for an empty range.
  std::size_t below(std::size_t count) noexcept { return count == 0 ? 0 : next() % count; }
  bool one_in(std::size_t count) noexcept { return below(count) == 0; }
  std::uint32_t edge() noexcept { return kEdges[below(kEdges.size())]; }

 private:
  std::uint64_t state_;
};

/// A box, by its place among its siblings. Valid until a list of boxes changes.
struct Place {
  std::vector<Mp4Box>* siblings;
  std::size_t index;
  Mp4Box& box() const { return (*siblings)[index]; }
};

void list(std::vector<Mp4Box>& boxes, std::vector<Place>& places) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    places.push_back({&boxes, i});
    list(boxes[i].children, places);
  }
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

class Mutation {
 public:
  Mutation(std::vector<Mp4Box>& boxes, Random& random, const PlainMutation& plain)
      : boxes_(boxes), random_(random), plain_(plain) {}

  void run() {
    using Change = void (Mutation::*)();
    // What finds more stands more often.
    constexpr std::array<Change, 17> kChanges = {
        &Mutation::set_edge,      &Mutation::set_edge,   &Mutation::set_edge,
        &Mutation::set_edge,      &Mutation::add_small,  &Mutation::copy_value,
        &Mutation::set_row,       &Mutation::set_row,    &Mutation::repeat_rows,
        &Mutation::remove_rows,   &Mutation::state_size, &Mutation::repeat_box,
        &Mutation::remove_box,    &Mutation::move_box,   &Mutation::change_bytes,
        &Mutation::change_fields, &Mutation::set_type};
    (this->*kChanges[random_.below(kChanges.size())])();
  }

 private:
  std::vector<Place> places(bool (*wanted)(const Mp4Box&)) {
    std::vector<Place> all;
    list(boxes_, all);
    std::erase_if(all, [&](const Place& place) { return !wanted(place.box()); });
    return all;
  }

  Mp4Box* any_with_fields() {
    auto found = random_.one_in(4)
                     ? places([](const Mp4Box& box) { return box.fields.size() >= 4; })
                     : places([](const Mp4Box& box) {
                         return box.fields.size() >= 4 && is_one_of(box.name(), kTelling);
                       });
    return found.empty() ? nullptr : &found[random_.below(found.size())].box();
  }

  Mp4Box* any_table() {
    auto found = places(
        [](const Mp4Box& box) { return box.fields.size() >= 8 && is_one_of(box.name(), kTables); });
    return found.empty() ? nullptr : &found[random_.below(found.size())].box();
  }

  // Fields are at even places; most are at the beginning.
  std::size_t any_field(const Mp4Box& box, std::size_t width) {
    const std::size_t most = box.fields.size() - width;
    const std::size_t near = random_.one_in(3) ? most : std::min<std::size_t>(most, 32);
    const std::size_t step = random_.one_in(8) ? 1 : width;
    return random_.below(near / step + 1) * step;
  }

  void set_edge() {
    Mp4Box* box = any_with_fields();
    if (box == nullptr) return;
    const std::size_t width = random_.one_in(4) ? 2 : 4;
    const std::size_t at = any_field(*box, width);
    const std::uint32_t value = random_.edge();
    if (width == 4) {
      write_u32(box->fields, at, value);
      return;
    }
    box->fields[at] = static_cast<std::uint8_t>(value >> 8);
    box->fields[at + 1] = static_cast<std::uint8_t>(value);
  }

  void add_small() {
    Mp4Box* box = any_with_fields();
    if (box == nullptr) return;
    const std::size_t at = any_field(*box, 4);
    const auto by = static_cast<std::uint32_t>(random_.below(33)) - 16;
    write_u32(box->fields, at, read_u32(box->fields, at) + by);
  }

  void copy_value() {
    Mp4Box* to = any_with_fields();
    const Mp4Box* from = any_with_fields();
    if (to == nullptr || from == nullptr) return;
    const std::uint32_t value = read_u32(from->fields, any_field(*from, 4));
    write_u32(to->fields, any_field(*to, 4), value);
  }

  // The count of a table, or one of its values.
  void set_row() {
    Mp4Box* box = any_table();
    if (box == nullptr) return;
    const std::size_t at = random_.one_in(3) ? 4 : any_field(*box, 4);
    write_u32(box->fields, at, random_.edge());
  }

  void repeat_rows() {
    Mp4Box* box = any_table();
    if (box == nullptr || box->fields.size() < 16) return;
    const std::size_t row = 4 * (1 + random_.below(4));
    const std::size_t at = any_field(*box, 4);
    const std::size_t size = std::min(row, box->fields.size() - at);
    const std::size_t times = 1 + random_.below(16);
    const Bytes copied(box->fields.begin() + static_cast<std::ptrdiff_t>(at),
                       box->fields.begin() + static_cast<std::ptrdiff_t>(at + size));
    for (std::size_t i = 0; i < times; ++i) {
      box->fields.insert(box->fields.begin() + static_cast<std::ptrdiff_t>(at), copied.begin(),
                         copied.end());
    }
    if (random_.one_in(4)) return;
    write_u32(box->fields, 4, read_u32(box->fields, 4) + static_cast<std::uint32_t>(times));
  }

  void remove_rows() {
    Mp4Box* box = any_table();
    if (box == nullptr) return;
    const std::size_t at = any_field(*box, 4);
    const std::size_t size = std::min(4 * (1 + random_.below(4)), box->fields.size() - at);
    const auto from = box->fields.begin() + static_cast<std::ptrdiff_t>(at);
    box->fields.erase(from, from + static_cast<std::ptrdiff_t>(size));
  }

  Place any_box() {
    auto all = places([](const Mp4Box& box) { return box.has_header; });
    if (all.empty()) return {&boxes_, 0};
    return all[random_.below(all.size())];
  }

  void state_size() {
    if (boxes_.empty()) return;
    Mp4Box& box = any_box().box();
    const auto size = static_cast<std::uint32_t>(size_of(box));
    box.stated_size = random_.one_in(2) ? random_.edge()
                                        : size + static_cast<std::uint32_t>(random_.below(33)) - 16;
  }

  void set_type() {
    auto found = places([](const Mp4Box& box) { return box.has_header; });
    // Half of the time the codec of a track.
    if (random_.one_in(2)) {
      std::erase_if(found, [](const Place& place) {
        return !is_one_of(place.box().name(), std::span(kTypes).first(kCodecs));
      });
    }
    if (found.empty()) return;
    const std::string_view type = kTypes[random_.below(kTypes.size())];
    std::copy(type.begin(), type.end(), found[random_.below(found.size())].box().type.begin());
  }

  void repeat_box() {
    if (boxes_.empty()) return;
    const Place place = any_box();
    const Mp4Box copied = place.box();
    constexpr std::size_t kMostAdded = 64 * 1024;
    const std::size_t most = std::min<std::size_t>(64, kMostAdded / (size_of(copied) + 1));
    const std::size_t times = random_.one_in(8) ? random_.below(most + 1) : 1;
    place.siblings->insert(place.siblings->begin() + static_cast<std::ptrdiff_t>(place.index),
                           times, copied);
  }

  void remove_box() {
    if (boxes_.empty()) return;
    const Place place = any_box();
    place.siblings->erase(place.siblings->begin() + static_cast<std::ptrdiff_t>(place.index));
  }

  // Among its siblings, or below another box.
  void move_box() {
    if (boxes_.empty()) return;
    const Place from = any_box();
    if (random_.one_in(2)) {
      std::swap(from.box(), (*from.siblings)[random_.below(from.siblings->size())]);
      return;
    }
    Mp4Box copied = from.box();
    any_box().box().children.push_back(std::move(copied));
  }

  // A few bytes anywhere, coded data among them.
  void change_bytes() {
    auto found = places([](const Mp4Box& box) { return !box.fields.empty(); });
    if (found.empty()) return;
    change(found[random_.below(found.size())].box(), 64);
  }

  void change_fields() {
    Mp4Box* box = any_with_fields();
    if (box != nullptr) change(*box, 256);
  }

  void change(Mp4Box& box, std::size_t most) {
    const std::size_t at = random_.below(box.fields.size());
    const std::size_t size = std::min(most, box.fields.size() - at);
    const auto from = box.fields.begin() + static_cast<std::ptrdiff_t>(at);
    Bytes part(from, from + static_cast<std::ptrdiff_t>(size));
    part.resize(size + 16);
    part.resize(plain_(part.data(), size, part.size()));
    box.fields.erase(from, from + static_cast<std::ptrdiff_t>(size));
    box.fields.insert(box.fields.begin() + static_cast<std::ptrdiff_t>(at), part.begin(),
                      part.end());
  }

  std::vector<Mp4Box>& boxes_;
  Random& random_;
  const PlainMutation& plain_;
};

Bytes mutate_plainly(std::span<const std::uint8_t> file, std::size_t most_bytes,
                     const PlainMutation& plain) {
  Bytes changed(file.begin(), file.end());
  changed.resize(std::max(most_bytes, file.size()));
  changed.resize(std::min(most_bytes, plain(changed.data(), file.size(), most_bytes)));
  return changed;
}

}  // namespace

Bytes mutate_mp4(std::span<const std::uint8_t> file, std::size_t most_bytes, std::uint64_t seed,
                 const PlainMutation& plain) {
  Random random(seed);
  if (!is_mp4(file) || random.one_in(32)) return mutate_plainly(file, most_bytes, plain);
  auto boxes = parse_mp4(file);
  Mutation mutation(boxes, random, plain);
  for (std::size_t left = 1 + random.below(3); left > 0; --left) mutation.run();
  if (!random.one_in(8)) follow_media_data(boxes);
  Bytes changed = print_mp4(boxes);
  if (changed.size() > most_bytes) changed.resize(most_bytes);
  return changed;
}

}  // namespace streamkit::fuzz
