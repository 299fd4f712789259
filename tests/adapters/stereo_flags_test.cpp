#include "worker/stereo_flags.hpp"

#include <gtest/gtest.h>

namespace streamkit::worker_tool {
namespace {

Result<stereo::StereoOptions> read(const std::vector<std::string>& words) {
  const common::CommandLine line("test [options]", "Tests.", conversion_flags("veryfast", "20"));
  const auto arguments = line.parse(words, [](const std::string&) { return std::nullopt; });
  if (!arguments) return arguments.error();
  return stereo_options(*arguments);
}

TEST(StereoFlags, DefaultsAreThoseOfTheOptions) {
  const auto options = read({});
  ASSERT_TRUE(options) << options.error().message;
  const stereo::StereoOptions defaults;
  EXPECT_EQ(options->divergence, defaults.divergence);
  EXPECT_EQ(options->convergence, defaults.convergence);
  EXPECT_EQ(options->automatic_convergence, defaults.automatic_convergence);
  EXPECT_EQ(options->synthetic_view, defaults.synthetic_view);
  EXPECT_EQ(options->edge_dilation_x_px, defaults.edge_dilation_x_px);
  EXPECT_EQ(options->edge_dilation_y_px, defaults.edge_dilation_y_px);
  EXPECT_EQ(options->ipd_offset, defaults.ipd_offset);
  EXPECT_EQ(options->foreground_scale, defaults.foreground_scale);
  EXPECT_EQ(options->screen_edge, defaults.screen_edge);
}

TEST(StereoFlags, EachFlagReachesItsOption) {
  const auto options =
      read({"--divergence", "3", "--convergence", "auto", "--synthetic-view", "right",
            "--screen-edge", "window", "--edge-dilation-x", "4", "--edge-dilation-y", "0",
            "--ipd-offset", "-1.5", "--foreground-scale", "2"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->divergence, 3);
  EXPECT_TRUE(options->automatic_convergence);
  EXPECT_EQ(options->synthetic_view, stereo::SyntheticView::Right);
  EXPECT_EQ(options->screen_edge, stereo::ScreenEdge::FloatingWindow);
  EXPECT_EQ(options->edge_dilation_x_px, 4);
  EXPECT_EQ(options->edge_dilation_y_px, 0);
  EXPECT_EQ(options->ipd_offset, -1.5);
  EXPECT_EQ(options->foreground_scale, 2);
  EXPECT_EQ(read({"--screen-edge", "preserve"})->screen_edge, stereo::ScreenEdge::Preserve);
  EXPECT_EQ(read({"--synthetic-view", "left"})->synthetic_view, stereo::SyntheticView::Left);
}

TEST(StereoFlags, WrongValuesNameTheirFlag) {
  for (const auto& [flag, value] : {std::pair{"--divergence", "11"},
                                    {"--convergence", "automatic"},
                                    {"--convergence", "1.1"},
                                    {"--synthetic-view", "none"},
                                    {"--screen-edge", "cut"},
                                    {"--edge-dilation-x", "17"},
                                    {"--edge-dilation-y", "-1"},
                                    {"--ipd-offset", "nan"},
                                    {"--foreground-scale", "3.5"}}) {
    const auto options = read({flag, value});
    ASSERT_FALSE(options) << flag << " " << value;
    EXPECT_EQ(options.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(options.error().message.find(flag), std::string::npos) << options.error().message;
  }
}

}  // namespace
}  // namespace streamkit::worker_tool
