#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <streamkit/media/chunk_recording.hpp>
#include <string>

namespace streamkit::media {
namespace {

class ChunkRecordingTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("streamkit-recording-" + std::to_string(::getpid()) + "-" +
       testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::filesystem::path path_ = folder_ / "take.mp4";
};

Chunk chunk_of(const std::string& header, const std::string& body) {
  Chunk chunk;
  chunk.header_bytes = header.size();
  const std::string bytes = header + body;
  chunk.data.assign(bytes.begin(), bytes.end());
  return chunk;
}

TEST_F(ChunkRecordingTest, HoldsOneHeaderAndAllChunks) {
  {
    const auto recording = ChunkRecording::create(path_).value();
    ASSERT_TRUE(recording->add(chunk_of("HEAD", "one")));
    EXPECT_EQ(content(path_), "HEADone") << "it is on disk before the recording ends";
    ASSERT_TRUE(recording->add(chunk_of("HEAD", "two")));
    EXPECT_EQ(recording->size_bytes(), 10U);
  }
  EXPECT_EQ(content(path_), "HEADonetwo");
}

TEST_F(ChunkRecordingTest, LeavesNoEmptyFile) {
  {
    const auto recording = ChunkRecording::create(path_).value();
    EXPECT_EQ(recording->add(chunk_of("", "one")).error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ChunkRecordingTest, OverwritesNothing) {
  std::ofstream(path_) << "precious";
  const auto recording = ChunkRecording::create(path_);
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, ErrorCode::AlreadyExists);
  EXPECT_NE(recording.error().message.find(path_.string()), std::string::npos);
  EXPECT_EQ(content(path_), "precious");
}

TEST_F(ChunkRecordingTest, NamesWhatIsWrong) {
  EXPECT_EQ(ChunkRecording::create(folder_ / "take.avi").error().code, ErrorCode::Unsupported);
  EXPECT_EQ(ChunkRecording::create(folder_ / "missing" / "take.mp4").error().code,
            ErrorCode::NotFound);
}

}  // namespace
}  // namespace streamkit::media
