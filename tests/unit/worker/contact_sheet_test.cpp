#include <streamkit/worker/contact_sheet.hpp>

#include <gtest/gtest.h>

#include <streamkit/stereo/flat_depth_estimator.hpp>

#include "worker/shades_reader.hpp"
#include "worker/sheet_images.hpp"

namespace streamkit::worker {
namespace {

using std::chrono::seconds;

std::array<int, 3> colour_at(const media::RgbPicture& picture, int x, int y) {
  const auto at = static_cast<std::size_t>(y * picture.width_px + x);
  return {picture.planes[0][at], picture.planes[1][at], picture.planes[2][at]};
}

Result<ContactSheet> sheet_of(ShadesReader& reader, std::vector<MediaTime> times,
                              std::stop_token stop = {}) {
  stereo::FlatDepthEstimator flat;
  return make_contact_sheet(reader, flat, {}, std::move(times), std::move(stop));
}

TEST(ContactSheet, ShowsColoursAsTheyAre) {
  EXPECT_EQ(colour_at(rgb_of(plain_frame(16, 128, 128), 0, 1, 32), 5, 5), (std::array{0, 0, 0}));
  EXPECT_EQ(colour_at(rgb_of(plain_frame(235, 128, 128), 0, 1, 32), 5, 5),
            (std::array{255, 255, 255}));
  // BT.709 limited range: pure red.
  const auto red = colour_at(rgb_of(plain_frame(63, 102, 240), 0, 1, 32), 5, 5);
  EXPECT_NEAR(red[0], 255, 3);
  EXPECT_NEAR(red[1], 0, 3);
  EXPECT_NEAR(red[2], 0, 3);
  EXPECT_EQ(rgb_of(plain_frame(16, 128, 128), 0, 1, 32).height_px, 16);
  EXPECT_EQ(rgb_of(plain_frame(16, 128, 128), 0.5, 0.5, 32).height_px, 32);
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
  ShadesReader reader(10);
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
  ShadesReader reader(10);
  const auto sheet =
      sheet_of(reader, {std::chrono::milliseconds(500), seconds(4), seconds(60), seconds(70)})
          .value();
  EXPECT_EQ(sheet.times, std::vector<MediaTime>({std::chrono::milliseconds(500), seconds(4)}));
  EXPECT_EQ(sheet.missing, std::vector<MediaTime>({seconds(60), seconds(70)}));
  EXPECT_EQ(sheet.end, MediaTime(seconds(10)));
  EXPECT_EQ(describe(sheet),
            "2 rows: 0.5 s, 4 s\ncolumns: source, depth, left, right, anaglyph\n"
            "no row for 60 s, 70 s: the video ends at 10 s");
  ShadesReader whole(10);
  EXPECT_EQ(describe(sheet_of(whole, {seconds(1)}).value()),
            "1 row: 1 s\ncolumns: source, depth, left, right, anaglyph");
}

// Depth whose every value is the same, and the number of frames it has seen.
class PlainDepth final : public DepthEstimator {
 public:
  PlainDepth(float value, int& seen) : value_(value), seen_(seen) {}
  Result<void> estimate(const VideoFrame& /*frame*/, DepthMap& depth) override {
    if (value_ < 0) return Error{ErrorCode::Internal, "no depth"};
    ++seen_;
    depth = {2, 1, {value_, value_}};
    return {};
  }
  void reset() override {}

 private:
  const float value_;
  int& seen_;
};

TEST(ContactSheet, ShowsTheDepthOfEachPartBesideThatOfTheConversion) {
  ShadesReader reader(10);
  int of_far = 0;
  int of_near = 0;
  std::vector<SheetPart> parts;
  parts.push_back({"far", std::make_unique<PlainDepth>(0.0F, of_far)});
  parts.push_back({"near", std::make_unique<PlainDepth>(1.0F, of_near)});
  stereo::FlatDepthEstimator flat;
  const auto sheet = make_contact_sheet(reader, flat, {}, {seconds(2)}, {}, parts).value();
  EXPECT_EQ(sheet.columns, std::vector<std::string>({"source", "far", "near", "fused depth", "left",
                                                     "right", "anaglyph"}));
  EXPECT_EQ(sheet.picture.width_px, 7 * (384 + 4) + 4);
  EXPECT_EQ(of_far, 3);
  EXPECT_EQ(of_near, 3);
  const auto blue = colour_at(sheet.picture, 100 + 388, 100);
  const auto red = colour_at(sheet.picture, 100 + 2 * 388, 100);
  const auto green = colour_at(sheet.picture, 100 + 3 * 388, 100);
  EXPECT_GT(blue[2], blue[0] + 50);
  EXPECT_GT(red[0], red[2] + 50);
  EXPECT_GT(green[1], green[0] + 50);
  // The views are those of the conversion's depth, which is flat.
  EXPECT_EQ(colour_at(sheet.picture, 100 + 4 * 388, 100), colour_at(sheet.picture, 100, 100));
}

TEST(ContactSheet, APartThatFailsIsNamed) {
  ShadesReader reader(10);
  int seen = 0;
  std::vector<SheetPart> parts;
  parts.push_back({"network", std::make_unique<PlainDepth>(-1.0F, seen)});
  stereo::FlatDepthEstimator flat;
  const auto sheet = make_contact_sheet(reader, flat, {}, {seconds(2)}, {}, parts);
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, ErrorCode::Internal);
  EXPECT_NE(sheet.error().message.find("network"), std::string::npos);
}

TEST(ContactSheet, ReadsNoFurtherThanItMust) {
  ShadesReader reader(1000);
  ASSERT_TRUE(sheet_of(reader, {seconds(2)}));
  EXPECT_EQ(reader.next_, 3);
}

TEST(ContactSheet, WithoutTimesTakesFiveOfTheWholeVideo) {
  ShadesReader reader(20);
  reader.info_.duration = seconds(20);
  EXPECT_EQ(sheet_of(reader, {}).value().picture.height_px, 5 * (192 + 4) + 4);
  ShadesReader of_unknown_length(20);
  EXPECT_EQ(sheet_of(of_unknown_length, {}).value().picture.height_px, 5 * (192 + 4) + 4);
}

TEST(ContactSheet, SaysWhenThereIsNothingToShowAndWhenStopped) {
  ShadesReader empty(0);
  EXPECT_EQ(sheet_of(empty, {}).error().code, ErrorCode::InvalidArgument);
  ShadesReader reader(3);
  EXPECT_EQ(sheet_of(reader, {seconds(9)}).error().code, ErrorCode::InvalidArgument);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(sheet_of(reader, {}, stop.get_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace streamkit::worker
