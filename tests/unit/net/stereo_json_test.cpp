#include <gtest/gtest.h>

#include <streamkit/net/stereo_json.hpp>

namespace streamkit::net {
namespace {

std::string error_of(std::string_view json) {
  const auto request = parse_stereo_json(json);
  return request ? "" : request.error().message;
}

TEST(StereoJson, ReadsWhatIsWritten) {
  const StereoChoice choice{.divergence = 0.1,
                            .convergence = Convergence{.depth = 0.25},
                            .depth = DepthSource::Network,
                            .synthetic_view = SyntheticView::Left,
                            .screen_edge = ScreenEdge::Preserve,
                            .edge_dilation_x_px = 3,
                            .edge_dilation_y_px = 0,
                            .ipd_offset = -10,
                            .foreground_scale = 2.5};
  const auto read = parse_stereo_json(stereo_json(StereoMode::Vr180, choice));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->mode, StereoMode::Vr180);
  EXPECT_EQ(read->choice, choice);
}

TEST(StereoJson, EveryFieldIsOptional) {
  const auto read = parse_stereo_json("{}");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->mode);
  EXPECT_EQ(read->choice, StereoChoice{});
}

TEST(StereoJson, ErrorsNameTheField) {
  for (const char* text : {"", "[]", "null", "3", "{", "\"sbs\""}) {
    EXPECT_EQ(error_of(text), "stereo must be a JSON object") << text;
  }
  EXPECT_TRUE(error_of(R"({"mode":"3d"})").starts_with("stereo.mode must be one of sbs, "));
  EXPECT_TRUE(error_of(R"({"mode":1})").starts_with("stereo.mode must be one of sbs, "));
  EXPECT_EQ(error_of(R"({"divergence":"2"})"), "stereo.divergence must be a number from 0 to 10");
  EXPECT_EQ(error_of(R"({"divergence":1e400})"), "stereo must be a JSON object");
  EXPECT_EQ(error_of(R"({"divergence":null})"), "stereo.divergence must be a number from 0 to 10");
  EXPECT_EQ(error_of(R"({"convergence":{}})"),
            "stereo.convergence must be a number from 0 to 1, or auto");
  EXPECT_TRUE(error_of(R"({"divergance":2})").starts_with("stereo has an unknown field"));
}

}  // namespace
}  // namespace streamkit::net
