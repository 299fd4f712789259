#pragma once

#include <gst/app/gstappsink.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <streamkit/core/result.hpp>

#include "gstreamer/pipeline.hpp"

namespace streamkit::gstreamer {

/// Reads the samples of an appsink. `pipeline` must outlive it.
class SinkReader {
 public:
  /// `max_buffers`: how many samples wait in the appsink before the pipeline has to; 0: any.
  SinkReader(Pipeline& pipeline, ElementPtr sink, unsigned max_buffers, bool realtime);
  ~SinkReader();
  SinkReader(const SinkReader&) = delete;
  SinkReader& operator=(const SinkReader&) = delete;

  /// Returns the next sample, or null at the end. Errors: Cancelled; Timeout; that of the pipeline.
  Result<SamplePtr> next(const std::stop_token& stop,
                         std::optional<std::chrono::milliseconds> timeout = {});
  /// Returns the next sample, or null if none is there now.
  SamplePtr try_next();
  [[nodiscard]] bool ended() const { return gst_app_sink_is_eos(GST_APP_SINK(sink_.get())) != 0; }
  [[nodiscard]] GstElement* sink() const noexcept { return sink_.get(); }

 private:
  Pipeline& pipeline_;
  ElementPtr sink_;
};

}  // namespace streamkit::gstreamer
