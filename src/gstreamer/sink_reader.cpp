#include "gstreamer/sink_reader.hpp"

namespace streamkit::gstreamer {

SinkReader::SinkReader(Pipeline& pipeline, ElementPtr sink, unsigned max_buffers, bool realtime)
    : pipeline_(pipeline), sink_(std::move(sink)) {
  // Without real time, a pipeline does not wait until every track has data: one may stay without.
  g_object_set(sink_.get(), "max-buffers", max_buffers, "drop", FALSE, "emit-signals", FALSE,
               "async", realtime ? TRUE : FALSE, "sync", realtime ? TRUE : FALSE, "wait-on-eos",
               FALSE, "enable-last-sample", FALSE, nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.eos = [](GstAppSink*, gpointer all) { static_cast<Pipeline*>(all)->notify(); };
  callbacks.new_sample = [](GstAppSink*, gpointer all) {
    static_cast<Pipeline*>(all)->notify();
    return GST_FLOW_OK;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(sink_.get()), &callbacks, &pipeline, nullptr);
}

SinkReader::~SinkReader() {
  GstAppSinkCallbacks none{};
  gst_app_sink_set_callbacks(GST_APP_SINK(sink_.get()), &none, nullptr, nullptr);
}

SamplePtr SinkReader::try_next() {
  return SamplePtr(gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), 0));
}

Result<SamplePtr> SinkReader::next(const std::stop_token& stop,
                                   std::optional<std::chrono::milliseconds> timeout) {
  SamplePtr sample;
  const auto came = pipeline_.wait(stop, timeout, [&] {
    sample = try_next();
    return sample != nullptr || ended();
  });
  if (!came) return came.error();
  if (!*came) return Error{ErrorCode::Timeout, "the GStreamer pipeline gives nothing"};
  return sample;
}

}  // namespace streamkit::gstreamer
