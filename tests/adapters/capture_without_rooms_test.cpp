#include <gtest/gtest.h>

#include <streamkit/testing/recording_logger.hpp>

#include "capture/device_list.hpp"
#include "capture/open_source.hpp"

// The capture tool as it is built without the rooms desktop and gstreamer.
namespace streamkit::capture_tool {
namespace {

Error error_of(const CaptureOptions& options) {
  const auto opened = open_source(options, {}, {});
  EXPECT_FALSE(opened);
  return opened ? Error{} : opened.error();
}

TEST(CaptureWithoutRooms, SaysHowScreensAndAudioDevicesAreHad) {
  CaptureOptions options;
  for (const char* id : {"screen:0", "window:0x1", "portal:screen"}) {
    options.source = id;
    const Error error = error_of(options);
    EXPECT_EQ(error.code, ErrorCode::Unsupported) << id;
    EXPECT_NE(error.message.find("-DSTREAMKIT_WITH_DESKTOP=ON"), std::string::npos) << id;
  }
  EXPECT_EQ(device_preview("screen:0", {}).error().code, ErrorCode::Unsupported);
}

TEST(CaptureWithoutRooms, SaysHowGStreamerIsHad) {
  CaptureOptions options;
  options.gstreamer = true;
  options.source = "videotestsrc";
  const Error error = error_of(options);
  EXPECT_EQ(error.code, ErrorCode::Unsupported);
  EXPECT_NE(error.message.find("STREAMKIT_WITH_GSTREAMER"), std::string::npos);
}

TEST(CaptureWithoutRooms, ListsTheOtherDevicesAndLogsWhatIsMissing) {
  testing::RecordingLogger logger;
  for (const SourceInfo& device : list_devices({.logger = &logger})) {
    EXPECT_EQ(device.kind, SourceKind::Camera) << device.id;
  }
  EXPECT_GE(logger.lines().size(), 2U);
}

TEST(CaptureWithoutRooms, OpensTheSceneAllTheSame) {
  CaptureOptions options;
  options.source = "test";
  EXPECT_TRUE(open_source(options, {}, {}));
}

}  // namespace
}  // namespace streamkit::capture_tool
