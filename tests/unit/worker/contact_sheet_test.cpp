#include <streamkit/worker/contact_sheet.hpp>

#include <gtest/gtest.h>

#include <streamkit/core/frame_pool.hpp>
#include <streamkit/stereo/flat_depth_estimator.hpp>

namespace streamkit::worker {
namespace {

using std::chrono::seconds;

VideoFrame plain(int luma, int u, int v, MediaTime pts = MediaTime{0}) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = 64, .height_px = 32});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    const int value = p == 0 ? luma : p == 1 ? u : v;
    for (int y = 0; y < plane.height_px; ++y) {
      std::fill_n(plane.row(y), plane.width_px, static_cast<std::uint8_t>(value));
    }
  }
  return std::move(frame).publish(pts, seconds(1));
}

std::array<int, 3> colour_at(const media::RgbPicture& picture, int x, int y) {
  const auto at = static_cast<std::size_t>(y * picture.width_px + x);
  return {picture.planes[0][at], picture.planes[1][at], picture.planes[2][at]};
}

// A picture a second, each a little brighter, from a time of its own on.
class Seconds final : public MediaReader {
 public:
  explicit Seconds(int count) : count_(count) { info_.video = plain(0, 0, 0).format; }
  const MediaInfo& info() const noexcept override { return info_; }
  Result<MediaItem> read(std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "stopped"};
    if (next_ == count_) return MediaItem(EndOfStream{});
    ++next_;
    return MediaItem(plain(15 + next_ * 20, 128, 128, seconds(99 + next_)));
  }
  MediaInfo info_;
  int next_ = 0;

 private:
  const int count_;
};

Result<ContactSheet> sheet_of(Seconds& reader, std::vector<MediaTime> times,
                              std::stop_token stop = {}) {
  stereo::FlatDepthEstimator flat;
  return contact_sheet(reader, flat, {}, std::move(times), std::move(stop));
}

TEST(ContactSheet, ReadsTimes) {
  const auto times = parse_sheet_times("3,0.5,12,3").value();
  EXPECT_EQ(times,
            std::vector<MediaTime>({std::chrono::milliseconds(500), seconds(3), seconds(12)}));
  for (const char* wrong : {"", ",", "1,", ",1", "a", "1;2", "-1", "nan", "inf", "1e9", "1 ",
                            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25"}) {
    const auto parsed = parse_sheet_times(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(ContactSheet, ShowsColoursAsTheyAre) {
  EXPECT_EQ(colour_at(rgb_of(plain(16, 128, 128), 0, 1, 32), 5, 5), (std::array{0, 0, 0}));
  EXPECT_EQ(colour_at(rgb_of(plain(235, 128, 128), 0, 1, 32), 5, 5), (std::array{255, 255, 255}));
  // BT.709 limited range: pure red.
  const auto red = colour_at(rgb_of(plain(63, 102, 240), 0, 1, 32), 5, 5);
  EXPECT_NEAR(red[0], 255, 3);
  EXPECT_NEAR(red[1], 0, 3);
  EXPECT_NEAR(red[2], 0, 3);
  EXPECT_EQ(rgb_of(plain(16, 128, 128), 0, 1, 32).height_px, 16);
  EXPECT_EQ(rgb_of(plain(16, 128, 128), 0.5, 0.5, 32).height_px, 32);
}

TEST(ContactSheet, FarIsBlueAndNearIsRed) {
  const DepthMap ramp{3, 1, {0.0F, 0.5F, 1.0F}};
  const media::RgbPicture picture = false_colour(ramp, 30, 4);
  const auto far = colour_at(picture, 2, 2);
  const auto middle = colour_at(picture, 15, 2);
  const auto near = colour_at(picture, 28, 2);
  EXPECT_GT(far[2], far[0] + 50);
  EXPECT_GT(middle[1], middle[0] + 50);
  EXPECT_GT(near[0], near[2] + 50);
}

TEST(ContactSheet, HasARowForEachTimeThatTheVideoReaches) {
  Seconds reader(10);
  const auto made = sheet_of(reader, {seconds(0), seconds(4), seconds(60)}).value();
  const media::RgbPicture& sheet = made.picture;
  EXPECT_EQ(sheet.height_px, 2 * (192 + 4) + 4);
  EXPECT_EQ(sheet.width_px, 5 * (384 + 4) + 4);
  const auto first = colour_at(sheet, 100, 100);
  const auto second = colour_at(sheet, 100, 300);
  EXPECT_NEAR(first[0], (35 - 16) * 255 / 219, 2);
  EXPECT_NEAR(second[0], (115 - 16) * 255 / 219, 2);
  // Flat depth: both eyes see the source.
  EXPECT_EQ(colour_at(sheet, 100 + 2 * 388, 100), first);
  EXPECT_EQ(colour_at(sheet, 100 + 3 * 388, 100), first);
}

TEST(ContactSheet, TellsWhichTimesLieBeyondTheEnd) {
  Seconds reader(10);
  const auto sheet =
      sheet_of(reader, {std::chrono::milliseconds(500), seconds(4), seconds(60), seconds(70)})
          .value();
  EXPECT_EQ(sheet.times, std::vector<MediaTime>({std::chrono::milliseconds(500), seconds(4)}));
  EXPECT_EQ(sheet.missing, std::vector<MediaTime>({seconds(60), seconds(70)}));
  EXPECT_EQ(sheet.end, MediaTime(seconds(10)));
  EXPECT_EQ(describe(sheet), "2 rows: 0.5 s, 4 s\nno row for 60 s, 70 s: the video ends at 10 s");
  Seconds whole(10);
  EXPECT_EQ(describe(sheet_of(whole, {seconds(1)}).value()), "1 row: 1 s");
}

TEST(ContactSheet, ReadsNoFurtherThanItMust) {
  Seconds reader(1000);
  ASSERT_TRUE(sheet_of(reader, {seconds(2)}));
  EXPECT_EQ(reader.next_, 3);
}

TEST(ContactSheet, WithoutTimesTakesFiveOfTheWholeVideo) {
  Seconds reader(20);
  reader.info_.duration = seconds(20);
  EXPECT_EQ(sheet_of(reader, {}).value().picture.height_px, 5 * (192 + 4) + 4);
  Seconds of_unknown_length(20);
  EXPECT_EQ(sheet_of(of_unknown_length, {}).value().picture.height_px, 5 * (192 + 4) + 4);
}

TEST(ContactSheet, SaysWhenThereIsNothingToShowAndWhenStopped) {
  Seconds empty(0);
  EXPECT_EQ(sheet_of(empty, {}).error().code, ErrorCode::InvalidArgument);
  Seconds reader(3);
  EXPECT_EQ(sheet_of(reader, {seconds(9)}).error().code, ErrorCode::InvalidArgument);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(sheet_of(reader, {}, stop.get_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::worker
