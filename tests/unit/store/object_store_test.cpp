#include <gtest/gtest.h>

#include <streamkit/store/object_store.hpp>
#include <streamkit/testing/memory_object_store.hpp>

namespace streamkit {
namespace {

TEST(ObjectKey, TakesOrdinaryKeys) {
  for (const char* key : {"a", "stream_input/s/chunk_00000.mp4", "a b/c", "...", "a/..b/c..", ".a",
                          "gr\xc3\xbc\xc3\x9f/\xe6\x98\xa0.mp4", "50%2f", "a?b&c=d"}) {
    EXPECT_TRUE(check_object_key(key)) << key;
  }
}

TEST(ObjectKey, RefusesWhatWouldClimbOrVanishAsAPath) {
  for (const char* key :
       {"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b"}) {
    const auto checked = check_object_key(key);
    ASSERT_FALSE(checked) << "'" << key << "'";
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(ObjectKey, RefusesControlCharactersAndBackslashes) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(check_object_key(std::string("a") + static_cast<char>(c) + "b")) << c;
  }
  EXPECT_FALSE(check_object_key("a\x7f"));
  EXPECT_FALSE(check_object_key("a\\b"));
}

TEST(ObjectKey, EndsAtTheLargestLength) {
  EXPECT_TRUE(check_object_key(std::string(kMaxObjectKeyBytes, 'k')));
  EXPECT_FALSE(check_object_key(std::string(kMaxObjectKeyBytes + 1, 'k')));
}

// An object that others replace each time that it is read.
class ReplacedWhileRead final : public ObjectStore {
 public:
  explicit ReplacedWhileRead(int replacements) : left_(replacements) { replace(); }

  Result<void> put(std::string_view key, std::span<const std::uint8_t> body,
                   const PutOptions& options, std::stop_token stop) override {
    return inner_.put(key, body, options, stop);
  }
  Result<Bytes> get(std::string_view key, std::stop_token stop) override {
    auto bytes = inner_.get(key, stop);
    if (left_-- > 0) replace();
    return bytes;
  }
  Result<ObjectInfo> head(std::string_view key, std::stop_token stop) override {
    return inner_.head(key, stop);
  }
  Result<std::vector<ObjectInfo>> list(std::string_view prefix, std::string_view after,
                                       std::size_t limit, std::stop_token stop) override {
    return inner_.list(prefix, after, limit, stop);
  }
  Result<void> remove(std::string_view key, std::stop_token stop) override {
    return inner_.remove(key, stop);
  }

 private:
  void replace() {
    ++version_;
    ASSERT_TRUE(inner_.put("a", Bytes(version_, static_cast<std::uint8_t>(version_)), {}, {}));
  }

  testing::MemoryObjectStore inner_;
  int left_;
  std::size_t version_ = 0;
};

TEST(ObjectStoreOpen, GivesTheSizeOfTheBytesThatItRead) {
  ReplacedWhileRead store(2);
  const auto reader = store.open("a", {});
  ASSERT_TRUE(reader) << reader.error().message;
  Bytes room(10);
  EXPECT_EQ(*(*reader)->read(0, room, {}), (*reader)->size_bytes());
  EXPECT_EQ((*reader)->size_bytes(), 3u);
  EXPECT_EQ(room[0], 3);
  EXPECT_FALSE(store.opens_immediately());
}

TEST(ObjectStoreOpen, GivesUpOnAnObjectThatIsReplacedAllTheTime) {
  ReplacedWhileRead store(1000);
  EXPECT_EQ(store.open("a", {}).error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit
