#include "media/mp4_index.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

// Source of the boxes: ISO/IEC 14496-12:2022, 8.6 to 8.8, and the QuickTime File Format.
namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

constexpr int kDeepest = 12;
// More than any policy allows; products of such numbers do not overflow.
constexpr std::uint64_t kUncountable = std::uint64_t{1} << 36;
// Boxes that hold boxes. A demuxer may look for an index in free space, too.
constexpr std::array<std::string_view, 17> kFolders = {
    "moov", "trak", "mdia", "minf", "stbl", "edts", "moof", "traf", "udta",
    "dinf", "mvex", "tref", "wave", "free", "hoov", "skip", "ilst"};

std::uint64_t number(View bytes, std::size_t at, std::size_t size = 4) {
  if (at + size > bytes.size()) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

// What the boxes of a track announce; of boxes that are there twice, the most.
struct Track {
  std::uint64_t samples = 0;
  std::uint64_t chunks = 0;          // groups of samples, each of which has a place in the file
  std::vector<View> groupings = {};  // how many samples are in which chunks
  std::uint64_t edits = 1;
  bool only_sound = true;
  bool even = false;  // each sample lasts one tick
  bool uneven = false;
};

// Returns the number of entries for uncompressed sound: one for up to 1024 samples, and at least
// one for each chunk. Blocks of a few codecs are shorter, though not shorter than 160 samples.
std::uint64_t blocks_of(View grouping, std::uint64_t chunks) {
  constexpr std::uint64_t kShortest = 160;
  const std::uint64_t rows = std::min<std::uint64_t>(number(grouping, 4), grouping.size() / 12);
  std::uint64_t blocks = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    const std::size_t at = 8 + 12 * static_cast<std::size_t>(row);
    const std::uint64_t first = number(grouping, at);
    const std::uint64_t end = row + 1 == rows ? chunks + 1 : number(grouping, at + 12);
    const std::uint64_t per_chunk = number(grouping, at + 4) / kShortest + 1;
    if (end > first) blocks = std::min(blocks + (end - first) * per_chunk, kUncountable);
  }
  return blocks;
}

// Returns the number of entries that a demuxer makes. Each edit may repeat all of them.
std::uint64_t entries_of(const Track& track) {
  std::uint64_t entries = track.samples;
  if (track.only_sound && track.even && !track.uneven) {
    entries = track.chunks;
    for (const View grouping : track.groupings) {
      entries = std::max(entries, blocks_of(grouping, track.chunks));
    }
  }
  return std::min(entries, kUncountable) * track.edits;
}

class Mp4Index {
 public:
  Mp4Index(View file, const ResourcePolicy& policy) : file_(file), policy_(policy) {}

  Result<void> check() { return walk(file_, 0); }

 private:
  Result<void> walk(View boxes, int depth) {
    while (boxes.size() >= 8) {
      std::uint64_t size = number(boxes, 0);
      const std::string_view name(reinterpret_cast<const char*>(boxes.data() + 4), 4);
      std::size_t head = 8;
      if (size == 1 && boxes.size() >= 16) {
        size = number(boxes, 8, 8);
        head = 16;
      }
      // Zero: up to the end. A demuxer cuts a box to the one around it.
      if (size == 0 || size > boxes.size()) size = boxes.size();
      if (size < head) return {};
      const View payload = boxes.subspan(head, static_cast<std::size_t>(size) - head);
      if (auto taken = take(name, payload, depth); !taken) return taken;
      boxes = boxes.subspan(static_cast<std::size_t>(size));
    }
    return {};
  }

  Result<void> take(std::string_view name, View payload, int depth) {
    if (name == "trak") return take_track(payload, depth);
    if (name == "cmov") {
      return limit_exceeded(Limit::Samples,
                            "samples: the index is compressed, its size is unknown");
    }
    if (name == "trun") return announce(number(payload, 4));
    take_table(name, payload);
    const bool folder = std::find(kFolders.begin(), kFolders.end(), name) != kFolders.end();
    if (folder && depth < kDeepest) return walk(payload, depth + 1);
    // A version and flags come first, except in QuickTime.
    if (name != "meta" || depth >= kDeepest) return {};
    return walk(payload.subspan(std::min<std::size_t>(payload.size(), 4)), depth + 1);
  }

  Result<void> take_track(View payload, int depth) {
    if (++tracks_ > policy_.max_tracks) {
      return limit_exceeded(Limit::Tracks, "tracks: more than the " +
                                               std::to_string(policy_.max_tracks) +
                                               " that a chunk may have (--max-tracks)");
    }
    if (depth >= kDeepest) return {};
    const Track before = track_;
    track_ = {};
    if (auto walked = walk(payload, depth + 1); !walked) return walked;
    const std::uint64_t entries = entries_of(track_);
    track_ = before;
    return announce(entries);
  }

  void take_table(std::string_view name, View payload) {
    if (name == "stsz" || name == "stz2") {
      track_.samples = std::max(track_.samples, number(payload, 8));
    } else if (name == "stts") {
      const bool even = number(payload, 4) == 1 && number(payload, 12) == 1;
      (even ? track_.even : track_.uneven) = true;
    } else if (name == "stsc") {
      track_.groupings.push_back(payload);
    } else if (name == "stco" || name == "co64") {
      track_.chunks = std::max(track_.chunks, number(payload, 4));
    } else if (name == "hdlr") {
      const bool sound = payload.size() >= 12 && payload[8] == 's' && payload[9] == 'o' &&
                         payload[10] == 'u' && payload[11] == 'n';
      const bool media = number(payload, 4) != 0x64686C72;  // "dhlr": of the data's place
      track_.only_sound = track_.only_sound && (sound || !media);
    } else if (name == "elst") {
      const std::uint64_t rows = std::min<std::uint64_t>(number(payload, 4), payload.size() / 12);
      track_.edits = std::max(track_.edits, rows);
    }
  }

  Result<void> announce(std::uint64_t samples) {
    announced_ += std::min(samples, kUncountable);
    const auto there = static_cast<std::uint64_t>(file_.size());
    const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(policy_.max_samples, 0));
    if (announced_ <= there && announced_ <= most) return {};
    return limit_exceeded(Limit::Samples,
                          "samples: " + std::to_string(announced_) + " are announced, but " +
                              (announced_ > there ? std::to_string(there) + " bytes are there"
                                                  : std::to_string(most) + " are allowed") +
                              " (--max-samples)");
  }

  const View file_;
  const ResourcePolicy& policy_;
  Track track_;
  std::uint64_t announced_ = 0;
  int tracks_ = 0;
};

}  // namespace

Result<void> check_mp4_index(View file, const ResourcePolicy& policy) {
  return Mp4Index(file, policy).check();
}

}  // namespace streamkit::media
