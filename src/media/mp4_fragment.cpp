#include "media/mp4_fragment.hpp"

#include <algorithm>
#include <cstring>

namespace streamkit::media {
namespace {

// Sample flags: depends on no other sample; depends on others and is not a sync sample.
constexpr std::uint32_t kSyncSample = 0x0200'0000;
constexpr std::uint32_t kOtherSample = 0x0101'0000;

// What the samples of a fragment have in common is stated once.
struct Layout {
  bool same_duration = true;
  bool same_size = true;
  bool has_offsets = false;
  bool flags_each = false;  // otherwise those of the first sample, and those of all others
  std::uint32_t first_flags = kSyncSample;
  std::uint32_t other_flags = kSyncSample;
};

std::uint32_t flags_of(const FragmentSample& sample) {
  return sample.sync ? kSyncSample : kOtherSample;
}

Layout layout_of(std::span<const FragmentSample> samples) {
  Layout layout;
  const FragmentSample& first = samples.front();
  layout.first_flags = flags_of(first);
  layout.other_flags = flags_of(samples[samples.size() > 1 ? 1 : 0]);
  for (const FragmentSample& sample : samples) {
    layout.same_duration = layout.same_duration && sample.duration == first.duration;
    layout.same_size = layout.same_size && sample.size_bytes == first.size_bytes;
    layout.has_offsets = layout.has_offsets || sample.composition_offset != 0;
    if (&sample != &first) {
      layout.flags_each = layout.flags_each || flags_of(sample) != layout.other_flags;
    }
  }
  return layout;
}

class BoxWriter {
 public:
  explicit BoxWriter(std::size_t reserved) { bytes_.reserve(reserved); }

  void put32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  void put64(std::uint64_t value) {
    put32(static_cast<std::uint32_t>(value >> 32));
    put32(static_cast<std::uint32_t>(value));
  }
  std::size_t begin(const char* name) {
    const std::size_t at = bytes_.size();
    put32(0);
    bytes_.insert(bytes_.end(), name, name + 4);
    return at;
  }
  void end(std::size_t box) { set32(box, static_cast<std::uint32_t>(bytes_.size() - box)); }
  void set32(std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    }
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

void put_tfhd(BoxWriter& out, const Layout& layout, const FragmentSample& first) {
  constexpr std::uint32_t kBaseIsMoof = 0x02'0000;
  constexpr std::uint32_t kDuration = 0x08;
  constexpr std::uint32_t kSize = 0x10;
  constexpr std::uint32_t kFlags = 0x20;
  const std::size_t box = out.begin("tfhd");
  out.put32(kBaseIsMoof | kFlags | (layout.same_duration ? kDuration : 0) |
            (layout.same_size ? kSize : 0));
  out.put32(1);  // the track
  if (layout.same_duration) out.put32(first.duration);
  if (layout.same_size) out.put32(first.size_bytes);
  out.put32(layout.other_flags);
  out.end(box);
}

void put_tfdt(BoxWriter& out, std::int64_t decode_time) {
  const std::size_t box = out.begin("tfdt");
  out.put32(1U << 24);  // version 1: 64 bits
  out.put64(static_cast<std::uint64_t>(decode_time));
  out.end(box);
}

// Returns where the offset of the media data has to be set.
std::size_t put_trun(BoxWriter& out, const Layout& layout,
                     std::span<const FragmentSample> samples) {
  constexpr std::uint32_t kVersion1 = 1U << 24;  // signed composition offsets
  constexpr std::uint32_t kDataOffset = 0x1;
  constexpr std::uint32_t kFirstFlags = 0x4;
  constexpr std::uint32_t kDuration = 0x100;
  constexpr std::uint32_t kSize = 0x200;
  constexpr std::uint32_t kFlags = 0x400;
  constexpr std::uint32_t kOffset = 0x800;
  const bool first_differs = !layout.flags_each && layout.first_flags != layout.other_flags;
  const std::size_t box = out.begin("trun");
  out.put32(kVersion1 | kDataOffset | (first_differs ? kFirstFlags : 0) |
            (layout.same_duration ? 0 : kDuration) | (layout.same_size ? 0 : kSize) |
            (layout.flags_each ? kFlags : 0) | (layout.has_offsets ? kOffset : 0));
  out.put32(static_cast<std::uint32_t>(samples.size()));
  const std::size_t data_offset = out.size();
  out.put32(0);
  if (first_differs) out.put32(layout.first_flags);
  for (const FragmentSample& sample : samples) {
    if (!layout.same_duration) out.put32(sample.duration);
    if (!layout.same_size) out.put32(sample.size_bytes);
    if (layout.flags_each) out.put32(flags_of(sample));
    if (layout.has_offsets) out.put32(static_cast<std::uint32_t>(sample.composition_offset));
  }
  out.end(box);
  return data_offset;
}

}  // namespace

Bytes begin_fragment(std::uint32_t sequence, std::int64_t decode_time,
                     std::span<const FragmentSample> samples, std::size_t& media_at) {
  constexpr std::size_t kHeaderBytes = 128;
  constexpr std::size_t kBytesPerSample = 16;
  std::size_t media_bytes = 0;
  for (const FragmentSample& sample : samples) media_bytes += sample.size_bytes;
  const Layout layout = layout_of(samples);
  BoxWriter out(kHeaderBytes + kBytesPerSample * samples.size() + media_bytes);
  const std::size_t moof = out.begin("moof");
  const std::size_t mfhd = out.begin("mfhd");
  out.put32(0);
  out.put32(sequence);
  out.end(mfhd);
  const std::size_t traf = out.begin("traf");
  put_tfhd(out, layout, samples.front());
  put_tfdt(out, decode_time);
  const std::size_t data_offset = put_trun(out, layout, samples);
  out.end(traf);
  out.end(moof);
  const std::size_t mdat = out.begin("mdat");
  out.set32(mdat, static_cast<std::uint32_t>(8 + media_bytes));
  media_at = out.size();
  out.set32(data_offset, static_cast<std::uint32_t>(media_at));
  Bytes bytes = std::move(out).take();
  bytes.resize(media_at + media_bytes);
  return bytes;
}

}  // namespace streamkit::media
