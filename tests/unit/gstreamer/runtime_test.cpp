#include <gst/gst.h>
#include <gtest/gtest.h>

#include <streamkit/gstreamer/pipeline_encoder.hpp>
#include <streamkit/gstreamer/pipeline_source.hpp>
#include <streamkit/gstreamer/runtime.hpp>
#include <streamkit/testing/fake_source.hpp>
#include <string>

#include "gstreamer/test_runtime.hpp"

namespace streamkit::gstreamer {
namespace {

TEST(Runtime, MayBeCreatedAgain) {
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Runtime::create());
  EXPECT_NE(version().find('.'), std::string::npos);
  EXPECT_TRUE(gst_is_initialized());
}

// The tracer counts what is alive; pipelines that are gone leave nothing.
TEST(Runtime, PipelinesLeaveNoObjectBehind) {
  const auto use = [] {
    if (auto source = open_source({.pipeline = "videotestsrc num-buffers=9 ! "
                                               "video/x-raw,width=161,height=91 ! appsink "
                                               "name=video audiotestsrc ! appsink name=audio",
                                   .realtime = false})) {
      for (int i = 0; i < 9; ++i) EXPECT_TRUE((*source)->read({}));
    }
    if (has_element("x264enc") && has_element("avenc_aac")) {
      const VideoFormat format{.width_px = 320, .height_px = 180};
      const auto encoder = open_encoder({}, format, AudioFormat{});
      ASSERT_TRUE(encoder) << to_string(encoder.error());
      testing::FakeSource frames({.format = {.video = format, .audio = {}}, .frame_count = 2});
      EXPECT_TRUE((*encoder)->push(std::get<VideoFrame>(*frames.read({}))));
      const auto flushed = (*encoder)->flush();
      EXPECT_TRUE(flushed) << to_string(flushed.error());
    }
    EXPECT_FALSE(open_source({.pipeline = "videotestsrc ! nonsense"}));
    EXPECT_FALSE(open_source({.pipeline = "filesrc location=/nowhere ! appsink name=video"}));
  };
  use();
  GstTracer* leaks = nullptr;
  GList* tracers = gst_tracing_get_active_tracers();
  for (GList* each = tracers; each != nullptr; each = each->next) {
    if (std::string(G_OBJECT_TYPE_NAME(each->data)) == "GstLeaksTracer") {
      leaks = GST_TRACER(each->data);
    }
  }
  if (leaks == nullptr) {
    g_list_free_full(tracers, gst_object_unref);
    GTEST_SKIP() << "GStreamer has no leaks tracer (plugin coretracers)";
  }
  gboolean started = FALSE;
  g_signal_emit_by_name(leaks, "activity-start-tracking", &started);
  use();
  GstStructure* checkpoint = nullptr;
  g_signal_emit_by_name(leaks, "activity-get-checkpoint", &checkpoint);
  ASSERT_NE(checkpoint, nullptr);
  const auto count = [&](const char* list) {
    const GValue* objects = gst_structure_get_value(checkpoint, list);
    return objects == nullptr ? 0U : gst_value_list_get_size(objects);
  };
  EXPECT_GT(count("objects-created-list"), 0U);
  EXPECT_EQ(count("objects-created-list"), count("objects-removed-list"));
  gst_structure_free(checkpoint);
  g_signal_emit_by_name(leaks, "activity-stop-tracking");
  g_list_free_full(tracers, gst_object_unref);
}

}  // namespace
}  // namespace streamkit::gstreamer
