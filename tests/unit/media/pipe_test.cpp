#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/packet_source.hpp>
#include <thread>

#include "media/media_test_support.hpp"
#include "media/retimed_file.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

class Pipe : public ::testing::Test {
 protected:
  Pipe() : folder_(fs::temp_directory_path() / ("streamkit-pipe-" + std::to_string(::getpid()))) {
    std::signal(SIGPIPE, SIG_IGN);
    fs::create_directories(folder_);
    EXPECT_EQ(::mkfifo(pipe().c_str(), 0600), 0);
    write_video_file(folder_ / "plain.mp4", 20);
  }
  ~Pipe() override { fs::remove_all(folder_); }

  fs::path pipe() const { return folder_ / "pipe"; }

  // Writes a file into the pipe, as a program before it would.
  std::jthread feed(const fs::path& path) const {
    return std::jthread([this, path] {
      std::ofstream out(pipe(), std::ios::binary);
      out << std::ifstream(path, std::ios::binary).rdbuf();
    });
  }

  static std::size_t count_pictures(MediaReader& reader) {
    std::size_t pictures = 0;
    for (auto item = reader.read({}); item && !std::holds_alternative<EndOfStream>(*item);
         item = reader.read({})) {
      pictures += std::holds_alternative<VideoFrame>(*item);
    }
    return pictures;
  }

  const fs::path folder_;
};

TEST_F(Pipe, IsToldFromAFile) {
  EXPECT_TRUE(is_input_pipe(pipe()));
  EXPECT_TRUE(is_output_pipe(pipe()));
  EXPECT_FALSE(is_input_pipe(folder_ / "plain.mp4"));
  EXPECT_FALSE(is_output_pipe(folder_ / "plain.mp4"));
  EXPECT_TRUE(is_output_pipe("-"));
}

TEST_F(Pipe, IsReadLikeAFile) {
  copy_retimed(folder_ / "plain.mp4", folder_ / "plain.ts");
  copy_retimed(folder_ / "plain.mp4", folder_ / "plain.mkv");
  // The kit's own MP4 has its index in front.
  for (const char* name : {"plain.ts", "plain.mkv", "plain.mp4"}) {
    const std::jthread feeder = feed(folder_ / name);
    auto reader = open_media_file(pipe());
    ASSERT_TRUE(reader) << name << to_string(reader.error());
    EXPECT_EQ(count_pictures(**reader), 20u) << name;
  }
}

TEST_F(Pipe, AnIndexAtTheEndIsAClearError) {
  copy_retimed(folder_ / "plain.mp4", folder_ / "behind.mp4");
  const std::jthread feeder = feed(folder_ / "behind.mp4");
  const auto reader = open_media_file(pipe());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::Unsupported);
  EXPECT_NE(reader.error().message.find("index"), std::string::npos);
}

TEST_F(Pipe, WaitingForItEndsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto reader = open_media_file(pipe(), {.stop = stop.get_token()});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::Cancelled);
  const auto muxer = FileMuxer::create(pipe(), {.stop = stop.get_token()});
  ASSERT_FALSE(muxer);
  EXPECT_EQ(muxer.error().code, ErrorCode::Cancelled);
}

TEST_F(Pipe, AFolderThatMayNotBeEnteredIsToldFromAMissingFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may enter every folder";
  fs::create_directory(folder_ / "locked");
  fs::permissions(folder_ / "locked", fs::perms::none);
  EXPECT_EQ(open_media_file(folder_ / "locked" / "a.mp4").error().code,
            ErrorCode::PermissionDenied);
  fs::permissions(folder_ / "locked", fs::perms::owner_all);
}

TEST_F(Pipe, IsWrittenAsItComes) {
  for (const char* format : {"", "mkv", "mp4", "ts"}) {
    const fs::path caught = folder_ / (std::string("caught.") + format);
    std::jthread reader([&] {
      std::ofstream out(caught, std::ios::binary);
      out << std::ifstream(pipe(), std::ios::binary).rdbuf();
    });
    {
      auto source = open_packet_source(folder_ / "plain.mp4");
      auto muxer = FileMuxer::create(pipe(), {.format = format});
      ASSERT_TRUE(muxer) << to_string(muxer.error());
      ASSERT_TRUE((*muxer)->open((*source)->tracks()));
      for (Packet& packet : read_packets(**source)) {
        ASSERT_TRUE((*muxer)->write(std::move(packet)));
      }
      ASSERT_TRUE((*muxer)->finish());
    }
    reader.join();
    auto read_back = open_media_file(caught);
    ASSERT_TRUE(read_back) << format << to_string(read_back.error());
    EXPECT_EQ(count_pictures(**read_back), 20u) << format;
  }
}

TEST_F(Pipe, ALostReaderIsAClearError) {
  std::jthread reader([&] { std::ifstream(pipe(), std::ios::binary).get(); });
  auto source = open_packet_source(folder_ / "plain.mp4");
  auto muxer = FileMuxer::create(pipe());
  ASSERT_TRUE(muxer);
  ASSERT_TRUE((*muxer)->open((*source)->tracks()));
  const std::vector<Packet> packets = read_packets(**source);
  Result<void> written;
  for (int i = 0; i < 100 && written; ++i) {
    for (std::size_t n = 0; n < packets.size() && written; ++n) {
      Packet packet = packets[n];
      packet.pts += MediaTime(std::chrono::seconds(i));
      packet.dts += MediaTime(std::chrono::seconds(i));
      packet.data.resize(20'000);
      written = (*muxer)->write(std::move(packet));
    }
  }
  if (written) written = (*muxer)->finish();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace streamkit::media
