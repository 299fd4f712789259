#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <streamkit/store/chunk_key.hpp>
#include <string>

namespace streamkit {
namespace {

constexpr std::string_view kIdCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

class RandomKeys {
 public:
  explicit RandomKeys(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  std::string id() {
    std::string text(1 + below(64), ' ');
    for (char& c : text) c = kIdCharacters[below(kIdCharacters.size())];
    return text;
  }
  // Every width from one to eight digits is as likely.
  std::uint64_t index() { return random_() % (kMaxChunkIndex + 1) >> below(27); }
  ChunkKey key() {
    switch (below(3)) {
      case 0:
        return StreamInputKey{id(), index()};
      case 1:
        return StreamOutputKey{id(), index(), below(2) == 0 ? std::string() : id()};
      default:
        const std::uint64_t first = index();
        const std::uint64_t second = index();
        const auto modes = stereo_modes();
        return BatchSegmentKey{id(), std::min({first, second, kMaxChunkIndex - 1}),
                               std::max({first, second, std::min(first, second) + 1}),
                               modes[below(modes.size())].mode};
    }
  }
  // One edit: a byte replaced, inserted, doubled or removed, or the text cut short.
  std::string mutate(std::string text) {
    static constexpr std::string_view kBytes = "0123456789/._-%ABab+ \\\n";
    const std::size_t at = below(text.size());
    const char byte = below(4) == 0 ? static_cast<char>(below(256)) : kBytes[below(kBytes.size())];
    switch (below(5)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.insert(at, 1, text[at]);
        break;
      case 3:
        text.erase(at, 1);
        break;
      default:
        text.resize(at);
        break;
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

template <typename Key>
std::optional<Key> parsed(std::string_view text) {
  const auto key = parse_chunk_key(text);
  if (!key || !std::holds_alternative<Key>(*key)) return {};
  return std::get<Key>(*key);
}

ErrorCode refusal(std::string_view text) {
  const auto key = parse_chunk_key(text);
  return key ? ErrorCode::Internal : key.error().code;
}

TEST(ChunkKey, IsVersionOneOfTheContract) { EXPECT_EQ(kChunkKeyVersion, 1); }

TEST(ChunkKey, PrintsTheContractsSpelling) {
  EXPECT_EQ(to_string(StreamInputKey{"s1", 0}), "stream_input/s1/chunk_00000.mp4");
  EXPECT_EQ(to_string(StreamOutputKey{"s1", 42}), "stream_output/s1/seg_00042.mp4");
  EXPECT_EQ(to_string(BatchSegmentKey{"job-7", 3, 120, StereoMode::HalfSbs}),
            "segments/job-7/00003_00120_half_sbs.mp4");
  EXPECT_EQ(to_string(StreamOutputKey{"s1", 42, "720p"}), "stream_output/s1/720p/seg_00042.mp4");
  EXPECT_EQ(to_string(ChunkKey{StreamOutputKey{"s1", 1}}), "stream_output/s1/seg_00001.mp4");
}

TEST(ChunkKey, FiveDigitsAreTheMinimumWidth) {
  EXPECT_EQ(to_string(StreamInputKey{"s", 99'999}), "stream_input/s/chunk_99999.mp4");
  EXPECT_EQ(to_string(StreamInputKey{"s", 100'000}), "stream_input/s/chunk_100000.mp4");
  EXPECT_EQ(to_string(StreamInputKey{"s", kMaxChunkIndex}), "stream_input/s/chunk_99999999.mp4");
}

TEST(ChunkKey, ParsesEachKind) {
  EXPECT_EQ(parsed<StreamInputKey>("stream_input/s1/chunk_00007.mp4"), (StreamInputKey{"s1", 7}));
  EXPECT_EQ(parsed<StreamOutputKey>("stream_output/s/a_B-1/seg_00007.mp4"),
            (StreamOutputKey{"s", 7, "a_B-1"}));
  EXPECT_EQ(parsed<StreamOutputKey>("stream_output/A_b-9/seg_123456.mp4"),
            (StreamOutputKey{"A_b-9", 123'456}));
  EXPECT_EQ(parsed<BatchSegmentKey>("segments/j/00000_00001_anaglyph_dubois.mp4"),
            (BatchSegmentKey{"j", 0, 1, StereoMode::AnaglyphDubois}));
  EXPECT_EQ(parsed<StreamInputKey>("stream_input/s/chunk_99999999.mp4"),
            (StreamInputKey{"s", kMaxChunkIndex}));
}

TEST(ChunkKey, ParsesWhatItPrintsForRandomKeys) {
  RandomKeys keys(1);
  for (int i = 0; i < 20'000; ++i) {
    const ChunkKey key = keys.key();
    const auto back = parse_chunk_key(to_string(key));
    ASSERT_TRUE(back) << to_string(key) << ": " << to_string(back.error());
    EXPECT_EQ(*back, key) << to_string(key);
  }
}

TEST(ChunkKey, WhateverParsesIsPrintedTheSameAfterRandomEdits) {
  RandomKeys keys(2);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text = keys.mutate(to_string(keys.key()));
    if (keys.below(2) == 0 && !text.empty()) text = keys.mutate(text);
    if (const auto key = parse_chunk_key(text)) {
      ++accepted;
      EXPECT_EQ(to_string(*key), text);
    }
  }
  EXPECT_GT(accepted, 1000) << "the edits are too wild to prove anything";
}

TEST(ChunkKey, RefusesEachNonCanonicalIndex) {
  for (const char* digits :
       {"1", "0001", "000001", "0000000000000000000001", "+0001", "-0001", " 0001", "0001 ",
        "00001.", "0x001", "1e005", "", "100000000", "9223372036854775807", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999", "0000a", "\xd9\xa0\xd9\xa0\xd9\xa0"}) {
    EXPECT_EQ(refusal(std::string("stream_input/s/chunk_") + digits + ".mp4"), ErrorCode::NotFound)
        << digits;
    EXPECT_EQ(refusal(std::string("stream_output/s/seg_") + digits + ".mp4"), ErrorCode::NotFound)
        << digits;
    EXPECT_EQ(refusal(std::string("segments/j/") + digits + "_00009_sbs.mp4"), ErrorCode::NotFound)
        << digits;
    EXPECT_EQ(refusal(std::string("segments/j/00000_") + digits + "_sbs.mp4"), ErrorCode::NotFound)
        << digits;
  }
}

TEST(ChunkKey, RefusesEachIdOutsideItsAlphabet) {
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), std::string("%2e"),
        std::string("a%2Fb"), std::string("a b"), std::string("a+b"), std::string("a\\b"),
        std::string("\xc3\xa9"), std::string("a\0b", 3), std::string("a\n"),
        std::string(65, 'a')}) {
    EXPECT_EQ(refusal("stream_input/" + id + "/chunk_00000.mp4"), ErrorCode::InvalidArgument) << id;
    EXPECT_EQ(refusal("stream_output/" + id + "/seg_00000.mp4"), ErrorCode::InvalidArgument) << id;
    EXPECT_EQ(refusal("segments/" + id + "/00000_00001_sbs.mp4"), ErrorCode::InvalidArgument) << id;
    EXPECT_FALSE(is_valid_session_id(id)) << id;
  }
}

TEST(ChunkKey, TakesIdsUpToSixtyFourCharacters) {
  for (const std::string& id : {std::string("a"), std::string("-"), std::string(64, 'Z')}) {
    EXPECT_TRUE(is_valid_session_id(id));
    EXPECT_EQ(parsed<StreamInputKey>("stream_input/" + id + "/chunk_00000.mp4"),
              (StreamInputKey{id, 0}));
  }
  EXPECT_TRUE(is_valid_session_id(kIdCharacters));
}

TEST(ChunkKey, EveryOtherByteIsRefusedInAnId) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    EXPECT_EQ(is_valid_session_id(std::string(1, byte)),
              kIdCharacters.find(byte) != std::string_view::npos)
        << c;
  }
}

TEST(ChunkKey, OtherObjectsAreNotFoundSoThatCallersCanIgnoreThem) {
  for (const char* text : {"",
                           "/",
                           "stream_input",
                           "stream_input/",
                           "stream_input/s",
                           "stream_input/s/",
                           "stream_input/s/notes.txt",
                           "stream_input/s/chunk_00000.mp4.tmp",
                           "stream_input/s/chunk_00000.MP4",
                           "stream_input/s/chunk_00000",
                           "stream_input/s/seg_00000.mp4",
                           "stream_output/s/chunk_00000.mp4",
                           "stream_input/s/t/chunk_00000.mp4",
                           "stream_input/s//chunk_00000.mp4",
                           "/stream_input/s/chunk_00000.mp4",
                           "Stream_input/s/chunk_00000.mp4",
                           "stream_inputs/s/chunk_00000.mp4",
                           "other/s/seg_00000.mp4",
                           "stream_output/s/a.b/seg_00000.mp4",
                           "stream_output/s/../seg_00000.mp4",
                           "stream_output/s//seg_00000.mp4",
                           "stream_output/s/a/b/seg_00000.mp4",
                           "stream_output/s/a/seg_0.mp4",
                           "segments/j/00000_00001.mp4",
                           "segments/j/00000_00001_.mp4",
                           "segments/j/00000_00001_vr.mp4",
                           "segments/j/00000_00001_sbs",
                           "segments/j/00000_00001_sbs_.mp4",
                           "segments/j/playlist.m3u8"}) {
    EXPECT_EQ(refusal(text), ErrorCode::NotFound) << "'" << text << "'";
  }
}

TEST(ChunkKey, ABatchIndexLiesBelowItsTotal) {
  EXPECT_TRUE(parse_chunk_key("segments/j/00009_00010_sbs.mp4"));
  EXPECT_EQ(refusal("segments/j/00010_00010_sbs.mp4"), ErrorCode::NotFound);
  EXPECT_EQ(refusal("segments/j/00000_00000_sbs.mp4"), ErrorCode::NotFound);
}

TEST(ChunkKey, SaysInTheErrorWhatIsWrongWithoutRepeatingAHugeKey) {
  const std::string huge(1'000'000, 'x');
  EXPECT_LT(parse_chunk_key(huge).error().message.size(), 300U);
  EXPECT_LT(parse_chunk_key("stream_input/" + huge + "/chunk_00000.mp4").error().message.size(),
            300U);
}

TEST(ChunkKey, PrefixesCoverExactlyOneSessionsKeys) {
  EXPECT_EQ(input_prefix("s"), "stream_input/s/");
  EXPECT_EQ(output_prefix("s"), "stream_output/s/");
  EXPECT_TRUE(to_string(StreamInputKey{"s", 5}).starts_with(input_prefix("s")));
  EXPECT_FALSE(to_string(StreamInputKey{"s1", 5}).starts_with(input_prefix("s")));
}

TEST(ChunkKey, AStateIsNamedBesideItsSegmentAndIsNoChunk) {
  for (const std::uint64_t index :
       {std::uint64_t{0}, std::uint64_t{99'999}, std::uint64_t{100'000}, kMaxChunkIndex}) {
    const SegmentStateKey key{"A_b-9", index};
    const std::string text = to_string(key);
    EXPECT_TRUE(text.starts_with(output_prefix("A_b-9"))) << text;
    const auto parsed = parse_segment_state_key(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, key);
    EXPECT_EQ(refusal(text), ErrorCode::NotFound) << text;
  }
  EXPECT_EQ(to_string(SegmentStateKey{"s1", 42}), "stream_output/s1/state_00042.bin");
}

TEST(ChunkKey, AStatesNameHasOneSpelling) {
  for (const char* text :
       {"", "stream_output/", "stream_output/s", "stream_output/s/", "stream_output/s/state_1.bin",
        "stream_output/s/state_000001.bin", "stream_output/s/state_00001.mp4",
        "stream_output/s/state_00001.bin.part", "stream_output/s/State_00001.bin",
        "stream_output/s/state_-0001.bin", "stream_output/s/state_99999999999999999999.bin",
        "stream_output/s/t/state_00001.bin", "stream_input/s/state_00001.bin",
        "stream_output/s/seg_00001.mp4", "/stream_output/s/state_00001.bin"}) {
    const auto parsed = parse_segment_state_key(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::NotFound) << text;
  }
  for (const char* text : {"stream_output/../state_00001.bin", "stream_output//state_00001.bin",
                           "stream_output/a b/state_00001.bin"}) {
    const auto parsed = parse_segment_state_key(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument) << text;
  }
}

TEST(ChunkKey, SegmentFileNamesGoBothWays) {
  EXPECT_EQ(segment_file_name(0), "seg_00000.mp4");
  EXPECT_EQ(to_string(StreamOutputKey{"s", 77}), output_prefix("s") + segment_file_name(77));
  RandomKeys keys(3);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t index = keys.index();
    EXPECT_EQ(parse_segment_file_name(segment_file_name(index)), index);
  }
  for (const char* name : {"", "seg_.mp4", "seg_1.mp4", "seg_000001.mp4", "chunk_00000.mp4",
                           "./seg_00000.mp4", "seg_00000.mp4?x", "seg_00000.m4s"}) {
    EXPECT_EQ(parse_segment_file_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace streamkit
