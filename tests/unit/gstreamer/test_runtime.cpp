#include "gstreamer/test_runtime.hpp"

#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <streamkit/gstreamer/pipeline_source.hpp>
#include <streamkit/gstreamer/runtime.hpp>

namespace streamkit::gstreamer {
namespace {

// What the room does before the application has initialized GStreamer, which is once per process.
bool g_clear_error_without_runtime = false;

class GstreamerEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    const auto early = open_source({.pipeline = "videotestsrc"});
    g_clear_error_without_runtime =
        !early && early.error().code == ErrorCode::Unavailable &&
        early.error().message.find("gstreamer::Runtime") != std::string::npos &&
        gst_is_initialized() == FALSE;
    // Objects that are left are counted, and printed at the end.
    setenv("GST_TRACERS", "leaks(filters=\"GstElement,GstPad,GstBuffer,GstCaps,GstSample\")", 0);
    setenv("GST_DEBUG", "GST_TRACER:4", 0);
    setenv("GST_DEBUG_NO_COLOR", "1", 0);
    const auto runtime = Runtime::create();
    ASSERT_TRUE(runtime) << to_string(runtime.error());
  }
};

const auto* const g_environment = ::testing::AddGlobalTestEnvironment(new GstreamerEnvironment);

TEST(Runtime, NothingInitializesGstreamerButTheApplication) {
  EXPECT_NE(g_environment, nullptr);
  EXPECT_TRUE(g_clear_error_without_runtime);
}

}  // namespace

bool has_element(const std::string& name) {
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory == nullptr) return false;
  gst_object_unref(factory);
  return true;
}

}  // namespace streamkit::gstreamer
