#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <streamkit/dash/live_mpd.hpp>

#include "made_stream.hpp"

namespace streamkit::dash {
namespace {

using std::chrono::milliseconds;

// Manifests by MPEG's schema, which STREAMKIT_TEST_DATA has in dash/, as xmllint reads it.
class MpdSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("STREAMKIT_TEST_DATA");
    schema_ = std::filesystem::path(data == nullptr ? "" : data) / "dash/DASH-MPD.xsd";
    if (data == nullptr || !std::filesystem::exists(schema_)) {
      GTEST_SKIP() << "STREAMKIT_TEST_DATA names no folder with dash/DASH-MPD.xsd";
    }
    ASSERT_EQ(run("xmllint --version 2>/dev/null"), 0)
        << "xmllint is not installed; scripts/packages.sh lists what the tests need";
    folder_ = std::filesystem::temp_directory_path() / ("mpd-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  static int run(const std::string& command) {
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] bool is_valid(const std::string& text) const {
    const auto file = folder_ / "manifest.mpd";
    std::ofstream(file, std::ios::binary) << text;
    return run("xmllint --nonet --noout --schema '" + schema_.string() + "' '" + file.string() +
               "'") == 0;
  }

  std::filesystem::path schema_;
  std::filesystem::path folder_;
};

TEST_F(MpdSchema, HoldsForLiveManifests) {
  MadeStream stream;
  stream.add_complete(3);
  stream.track.begin_run(milliseconds(700));
  stream.add_complete(2);
  stream.add(2);
  for (const bool ended : {false, true}) {
    LiveMpdOptions options = made_options();
    options.ended = ended;
    EXPECT_TRUE(is_valid(write_mpd(number_mpd(stream.tracks(), stream.periods, options)))) << ended;
    EXPECT_TRUE(is_valid(write_mpd(timeline_mpd(stream.tracks(), stream.periods, options))))
        << ended;
  }
}

TEST_F(MpdSchema, HoldsForEverythingThatAManifestMayHave) {
  MadeStream stream;
  stream.add_complete(3);
  Mpd mpd = timeline_mpd(stream.tracks(), stream.periods, made_options());
  mpd.suggested_presentation_delay = milliseconds(3500);
  mpd.periods[0].duration = milliseconds(1);
  mpd.service_descriptions.push_back({.id = 7});
  mpd.periods.push_back({.id = "empty", .adaptation_sets = {}});
  EXPECT_TRUE(is_valid(write_mpd(mpd)));
}

TEST_F(MpdSchema, FindsWhatIsWrong) {
  EXPECT_FALSE(is_valid(write_mpd({}))) << "a manifest has a period";
}

}  // namespace
}  // namespace streamkit::dash
