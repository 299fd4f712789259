#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <streamkit/media/media_file.hpp>
#include <string>
#include <thread>

extern "C" {
#include <libavformat/avformat.h>
}

#include "fuzz/mp4_boxes.hpp"
#include "media/input_access.hpp"
#include "media/media_test_support.hpp"

namespace streamkit::media {
namespace {

namespace fs = std::filesystem;

// Notices when a file is opened.
class OpenWatch {
 public:
  explicit OpenWatch(const fs::path& path) : descriptor_(::inotify_init1(IN_NONBLOCK)) {
    EXPECT_GE(::inotify_add_watch(descriptor_, path.c_str(), IN_OPEN), 0);
  }
  ~OpenWatch() { ::close(descriptor_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  [[nodiscard]] bool opened() const {
    std::array<char, 4096> events{};
    return ::read(descriptor_, events.data(), events.size()) > 0;
  }

 private:
  const int descriptor_;
};

struct ListKind {
  const char* name;
  const char* format;
  /// A part of the error without permission.
  const char* message;
  /// The file; @ stands for the media file that it names.
  const char* text;
};

constexpr const char* kHls = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n@\n#EXT-X-ENDLIST\n";
constexpr const char* kDash =
    "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
    "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\" type=\"static\" "
    "mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet mimeType=\"video/mp4\">"
    "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>@</BaseURL></Representation>"
    "</AdaptationSet></Period></MPD>\n";
constexpr const char* kConcat = "ffconcat version 1.0\nfile @\n";

const std::array<ListKind, 5> kKinds = {{
    {"Hls", "hls", "is an HLS playlist; it opens other files: give --allow-playlists", kHls},
    {"Dash", "dash", "is a DASH manifest; it opens other files: give --allow-playlists", kDash},
    {"Concat", "concat", "is a list of files to join (ffconcat); it opens other files", kConcat},
    {"VobSub", "vobsub", "is a VobSub index; it opens other files", "# VobSub index file, v7\n@\n"},
    {"Sdp", "sdp", "is a session description (SDP); it reads from the network",
     "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=@\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"},
}};

class InputAccessFiles : public ::testing::Test {
 protected:
  InputAccessFiles()
      : folder_(fs::temp_directory_path() / ("streamkit-access-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~InputAccessFiles() override { fs::remove_all(folder_); }

  fs::path media() const {
    write_video_file(folder_ / "media.mp4", 20, 0);
    return folder_ / "media.mp4";
  }

  fs::path write(const std::string& name, std::string text, const std::string& names) const {
    const std::size_t at = text.find('@');
    if (at != std::string::npos) text.replace(at, 1, names);
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  static std::size_t count_frames(const fs::path& path, const ReaderOptions& options) {
    const auto reader = open_media_file(path, options);
    if (!reader) {
      ADD_FAILURE() << to_string(reader.error());
      return 0;
    }
    std::size_t frames = 0;
    for (auto item = (*reader)->read({}); item && !std::holds_alternative<EndOfStream>(*item);
         item = (*reader)->read({})) {
      frames += std::holds_alternative<VideoFrame>(*item);
    }
    return frames;
  }

  const fs::path folder_;
};

class Lists : public InputAccessFiles, public ::testing::WithParamInterface<ListKind> {
 protected:
  void SetUp() override {
    if (av_find_input_format(GetParam().format) == nullptr) {
      GTEST_SKIP() << "this FFmpeg does not read " << GetParam().format;
    }
  }
};

TEST_P(Lists, AreRejectedByTheirContentAndOpenNothing) {
  const fs::path named = media();
  const OpenWatch watch(named);
  for (const char* name : {"disguised.mp4", "list.m3u8", "plain"}) {
    const auto reader = open_media_file(write(name, GetParam().text, "media.mp4"));
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, ErrorCode::Unsupported);
    EXPECT_NE(reader.error().message.find(GetParam().message), std::string::npos)
        << reader.error().message;
  }
  EXPECT_FALSE(watch.opened());
}

TEST_P(Lists, OpenNothingAsBytes) {
  const fs::path named = media();
  const OpenWatch watch(named);
  std::string text = GetParam().text;
  text.replace(text.find('@'), 1, named.string());
  EXPECT_FALSE(open_media_bytes(Bytes(text.begin(), text.end()), {.allow_playlists = true}));
  EXPECT_FALSE(watch.opened());
}

INSTANTIATE_TEST_SUITE_P(Kinds, Lists, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST_F(InputAccessFiles, AListThatIsAllowedReadsTheFilesThatItNames) {
  media();
  const ReaderOptions allowed{.allow_playlists = true};
  for (const ListKind& kind : kKinds) {
    const bool of_videos = kind.text == kHls || kind.text == kDash || kind.text == kConcat;
    if (!of_videos || av_find_input_format(kind.format) == nullptr) continue;
    EXPECT_EQ(count_frames(write("list.txt", kind.text, "media.mp4"), allowed), 20u) << kind.name;
  }
}

TEST_F(InputAccessFiles, APipeIsNoPlaylistEvenIfItIsAllowed) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&] { std::ofstream(pipe) << kHls; });
  const auto reader = open_media_file(pipe, {.allow_playlists = true});
  ASSERT_FALSE(reader);
  EXPECT_NE(reader.error().message.find("not through a pipe"), std::string::npos)
      << reader.error().message;
}

TEST_F(InputAccessFiles, AScriptOrANetworkStreamIsNeverAllowed) {
  const auto reader =
      open_media_file(write("x.mp4", kKinds.back().text, "x"), {.allow_playlists = true});
  ASSERT_FALSE(reader);
  EXPECT_NE(reader.error().message.find("is not supported"), std::string::npos)
      << reader.error().message;
}

TEST_F(InputAccessFiles, ALocalListOpensNoUrl) {
  const ReaderOptions allowed{.allow_playlists = true};
  // Nobody listens on port 9; another whitelist would say so.
  for (const char* url : {"http://127.0.0.1:9/media.ts", "tcp://127.0.0.1:9", "udp://127.0.0.1:9",
                          "concat:media.mp4|media.mp4"}) {
    EXPECT_FALSE(open_media_file(write("list.txt", kHls, url), allowed)) << url;
    EXPECT_FALSE(open_media_file(write("list.txt", kConcat, url), allowed)) << url;
  }
}

TEST_F(InputAccessFiles, AListThatNamesItselfEnds) {
  const ReaderOptions allowed{.allow_playlists = true};
  for (const char* text : {kHls, kDash, kConcat}) {
    EXPECT_FALSE(open_media_file(write("itself.ts", text, "itself.ts"), allowed)) << text;
  }
}

// The box that says where the media data of a track are (dref) may name another file.
TEST_F(InputAccessFiles, AnMp4WhoseMediaAreElsewhereOpensNothing) {
  const fs::path named = media();
  std::ifstream file(named, std::ios::binary);
  const Bytes plain(std::istreambuf_iterator<char>(file), {});
  auto boxes = fuzz::parse_mp4(plain);
  const auto refer = [](std::vector<fuzz::Mp4Box>& all, const std::string& target,
                        const auto& again) -> void {
    for (fuzz::Mp4Box& box : all) {
      if (box.name() == "dref") {
        fuzz::Mp4Box url;
        url.type = {'u', 'r', 'l', ' '};
        url.fields.assign(4, 0);
        url.fields.insert(url.fields.end(), target.begin(), target.end());
        url.fields.push_back(0);
        box.children = {url};
      }
      again(box.children, target, again);
    }
  };
  refer(boxes, "file://" + named.string(), refer);
  fuzz::follow_media_data(boxes);
  const Bytes referring = fuzz::print_mp4(boxes);
  const fs::path path = write("refers.mp4", std::string(referring.begin(), referring.end()), "@");
  const OpenWatch watch(named);
  for (const bool allowed : {false, true}) {
    (void)open_media_file(path, {.allow_playlists = allowed});
  }
  (void)open_media_bytes(referring);
  EXPECT_FALSE(watch.opened());
}

TEST(InputAccess, AUrlIsNamedWithoutItsSecrets) {
  EXPECT_EQ(input_name("https://me:secret@example.org/a/b.m3u8?token=1#x"),
            "'https://example.org/a/b.m3u8'");
  EXPECT_EQ(input_name("http://example.org/a@b"), "'http://example.org/a@b'");
  EXPECT_EQ(input_name("folder/a?b.mp4"), "'folder/a?b.mp4'");
  EXPECT_EQ(input_name("-"), "standard input");
}

TEST(InputAccess, OnlyHttpIsAUrl) {
  EXPECT_TRUE(is_url("http://example.org/x"));
  EXPECT_TRUE(is_url("https://example.org/x"));
  for (const char* other : {"file:///x", "ftp://x", "rtsp://x", "https:/x", "x/http://y"}) {
    EXPECT_FALSE(is_url(other)) << other;
  }
  EXPECT_EQ(open_media_file("rtsp://127.0.0.1/x").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace streamkit::media
