#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <streamkit/core/stereo_choice.hpp>

namespace streamkit {
namespace {

StereoChoice everything() {
  return {.divergence = 3.25,
          .convergence = Convergence{.automatic = true},
          .depth = DepthSource::Cues,
          .synthetic_view = SyntheticView::Right,
          .screen_edge = ScreenEdge::FloatingWindow,
          .edge_dilation_x_px = 0,
          .edge_dilation_y_px = 16,
          .ipd_offset = -0.1,
          .foreground_scale = 1.0 / 3};
}

std::string error_of(std::string_view name, const StereoValue& value) {
  StereoChoice choice;
  const auto set = set_stereo_field(choice, name, value);
  EXPECT_EQ(choice, StereoChoice{});
  return set ? "" : set.error().message;
}

TEST(StereoChoice, TextKeepsEveryFieldExactly) {
  EXPECT_EQ(to_string(StereoChoice{}), "");
  EXPECT_EQ(parse_stereo_choice("").value(), StereoChoice{});
  EXPECT_EQ(to_string(StereoChoice{.divergence = 2.5, .depth = DepthSource::Onnx}),
            "divergence=2.5 depth=onnx");
  EXPECT_EQ(parse_stereo_choice(to_string(everything())).value(), everything());
}

TEST(StereoChoice, TextThatIsNotOfThisFormIsAnError) {
  for (const char* text : {"divergence", "divergence=", "divergence=2x", "divergence=11", " ",
                           "divergence=2  depth=cues", "colour=red", "=", "depth=cues,"}) {
    EXPECT_FALSE(parse_stereo_choice(text)) << text;
  }
}

TEST(StereoChoice, JsonHasTheModeAndTheFieldsWithAValue) {
  EXPECT_EQ(stereo_json(StereoMode::HalfTb, {}), R"({"mode":"half_tb"})");
  EXPECT_EQ(stereo_json(StereoMode::FullSbs,
                        {.divergence = 2.5, .convergence = Convergence{.automatic = true}}),
            R"({"mode":"sbs","divergence":2.5,"convergence":"auto"})");
}

TEST(StereoChoice, EveryBoundIsPartOfItsRange) {
  for (const StereoFieldInfo& field : stereo_fields()) {
    for (const std::string_view word : field.words) {
      EXPECT_EQ(error_of(field.name, std::string("no ") + std::string(word)),
                "stereo." + std::string(field.name) + " must be " + stereo_field_rule(field));
      StereoChoice choice;
      EXPECT_TRUE(set_stereo_field(choice, field.name, std::string(word))) << word;
      EXPECT_EQ(stereo_values(choice).front().second, StereoValue(std::string(word)));
    }
    StereoChoice choice;
    EXPECT_TRUE(set_stereo_field_text(choice, field.name, field.default_value)) << field.name;
    if (!field.is_number) continue;
    EXPECT_TRUE(set_stereo_field(choice, field.name, field.least)) << field.name;
    EXPECT_TRUE(set_stereo_field(choice, field.name, field.most)) << field.name;
    for (const double outside :
         {std::nextafter(field.least, -100.0), std::nextafter(field.most, 100.0),
          std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
      EXPECT_NE(error_of(field.name, outside), "") << field.name << " " << outside;
    }
  }
}

TEST(StereoChoice, ErrorsNameTheFieldAndWhatItCanBe) {
  EXPECT_EQ(error_of("divergence", 10.5), "stereo.divergence must be a number from 0 to 10");
  EXPECT_EQ(error_of("divergence", "auto"), "stereo.divergence must be a number from 0 to 10");
  EXPECT_EQ(error_of("convergence", "automatic"),
            "stereo.convergence must be a number from 0 to 1, or auto");
  EXPECT_EQ(error_of("edge_dilation_x", 1.5),
            "stereo.edge_dilation_x must be a whole number from 0 to 16");
  EXPECT_EQ(error_of("depth", 1.0), "stereo.depth must be one of auto, network, cues, onnx, flat");
  EXPECT_EQ(error_of("colour", "red"),
            "stereo has an unknown field; the known ones are mode, divergence, convergence, depth, "
            "synthetic_view, screen_edge, edge_dilation_x, edge_dilation_y, ipd_offset, "
            "foreground_scale");
}

TEST(StereoChoice, MembersThatWereNotSetByNameAreCheckedToo) {
  EXPECT_TRUE(check_stereo_choice({}));
  EXPECT_TRUE(check_stereo_choice(everything()));
  EXPECT_FALSE(check_stereo_choice({.divergence = -1}));
  EXPECT_FALSE(check_stereo_choice({.convergence = Convergence{.depth = 2}}));
  EXPECT_FALSE(check_stereo_choice({.depth = static_cast<DepthSource>(17)}));
  EXPECT_FALSE(check_stereo_choice({.edge_dilation_y_px = 17}));
}

}  // namespace
}  // namespace streamkit
