#include "onnx/tensor_form.hpp"

#include <gtest/gtest.h>

namespace streamkit::onnx {
namespace {

using Dims = std::vector<std::int64_t>;

Result<PictureForm> form_of(Dims dims, ElementType type = ElementType::Float32) {
  const TensorForm form{"image", type, std::move(dims)};
  return picture_form({&form, 1});
}

TEST(PictureForm, LayoutIsSeenInTheShape) {
  const auto first = form_of({1, 3, 224, 320});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->channels_last);
  EXPECT_EQ(first->batch, 1);
  EXPECT_EQ(first->height_px, 224);
  EXPECT_EQ(first->width_px, 320);
  const auto last = form_of({-1, 224, 320, 3}, ElementType::Uint8);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->channels_last);
  EXPECT_EQ(last->type, ElementType::Uint8);
  EXPECT_EQ(last->batch, 0);
  EXPECT_EQ(last->height_px, 224);
  EXPECT_EQ(last->width_px, 320);
}

TEST(PictureForm, FreeSidesAreZero) {
  const auto form = form_of({-1, -1, -1, -1});
  ASSERT_TRUE(form);
  EXPECT_FALSE(form->channels_last);
  EXPECT_EQ(form->height_px, 0);
  EXPECT_EQ(form->width_px, 0);
}

TEST(PictureForm, RefusalsNameWhatThereIsAndWhatIsNeeded) {
  for (const Dims& dims : {Dims{3, 224, 224}, {1, 4, 224, 224}, {1, 3, 0, 224}, {1, 3, 70000, 8}}) {
    const auto form = form_of(dims);
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().code, ErrorCode::Unsupported);
    EXPECT_NE(form.error().message.find(to_string({"image", ElementType::Float32, dims})),
              std::string::npos)
        << form.error().message;
    EXPECT_NE(form.error().message.find("[N,3,H,W]"), std::string::npos);
  }
  EXPECT_FALSE(form_of({1, 3, 8, 8}, ElementType::Other));
  EXPECT_FALSE(picture_form({}));
}

TEST(DepthOutputs, TheFirstThatCanBeDepthIsTaken) {
  const TensorForm outputs[] = {{"features", ElementType::Float32, {1, 64, 14, 14}},
                                {"label", ElementType::Other, {1, 1}},
                                {"depth", ElementType::Float16, {-1, -1, -1}}};
  EXPECT_EQ(depth_output(outputs).value_or(9), 2U);
  const auto none = depth_output(std::span(outputs).first(2));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("'features' float32 [1,64,14,14]"), std::string::npos);
}

TEST(InputSize, FollowsThePictureInMultiples) {
  const PictureForm free;
  EXPECT_EQ(input_size(free, {1280, 720}, 518, 14), (Size{924, 518}));
  EXPECT_EQ(input_size(free, {720, 1280}, 518, 14), (Size{518, 924}));
  EXPECT_EQ(input_size(free, {1280, 720}, 224, 32), (Size{384, 224}));
  EXPECT_EQ(input_size(free, {640, 640}, 256, 32), (Size{256, 256}));
}

TEST(InputSize, AModelsOwnSidesStay) {
  EXPECT_EQ(input_size({.height_px = 224, .width_px = 224}, {1280, 720}, 518, 14),
            (Size{224, 224}));
  EXPECT_EQ(input_size({.height_px = 192}, {1280, 720}, 518, 32), (Size{352, 192}));
  EXPECT_EQ(input_size({.width_px = 320}, {1280, 720}, 518, 32), (Size{320, 192}));
}

TEST(InputSize, ALineOfPixelsDoesNotMakeItHuge) {
  EXPECT_EQ(input_size({}, {16384, 1}, 256, 32), (Size{1024, 256}));
  EXPECT_EQ(input_size({}, {1, 16384}, 256, 32), (Size{256, 1024}));
  EXPECT_EQ(input_size({}, {1, 1}, 16, 32), (Size{32, 32}));
}

TEST(DepthSize, EachShapeOfDepthIsRead) {
  const Size wanted{6, 4};
  EXPECT_EQ(depth_size(Dims{4, 6}, 1).value_or(Size{}), wanted);
  EXPECT_EQ(depth_size(Dims{2, 4, 6}, 2).value_or(Size{}), wanted);
  EXPECT_EQ(depth_size(Dims{2, 1, 4, 6}, 2).value_or(Size{}), wanted);
  EXPECT_EQ(depth_size(Dims{2, 4, 6, 1}, 2).value_or(Size{}), wanted);
}

TEST(DepthSize, WhatDoesNotFitIsRefused) {
  for (const Dims& dims :
       {Dims{}, {6}, {1, 4, 6}, {2, 3, 4, 6}, {2, 0, 6}, {2, 1, 1, 4, 6}, {2, 4, 20000}, {4, 6}}) {
    EXPECT_FALSE(depth_size(dims, 2)) << to_string({"", ElementType::Float32, dims});
  }
}

}  // namespace
}  // namespace streamkit::onnx
