#pragma once

#include <gst/gst.h>

#include <memory>

// Owners of GStreamer's C objects. This room holds such objects in no other way.
namespace streamkit::gstreamer {

struct GstDeleter {
  void operator()(GstElement* element) const noexcept { gst_object_unref(element); }
  void operator()(GstPad* pad) const noexcept { gst_object_unref(pad); }
  void operator()(GstBus* bus) const noexcept { gst_object_unref(bus); }
  void operator()(GstClock* clock) const noexcept { gst_object_unref(clock); }
  void operator()(GstSample* sample) const noexcept { gst_sample_unref(sample); }
  void operator()(GstBuffer* buffer) const noexcept { gst_buffer_unref(buffer); }
  void operator()(GstCaps* caps) const noexcept { gst_caps_unref(caps); }
  void operator()(GError* error) const noexcept { g_error_free(error); }
  void operator()(gchar* text) const noexcept { g_free(text); }
};

using ElementPtr = std::unique_ptr<GstElement, GstDeleter>;
using PadPtr = std::unique_ptr<GstPad, GstDeleter>;
using BusPtr = std::unique_ptr<GstBus, GstDeleter>;
using ClockPtr = std::unique_ptr<GstClock, GstDeleter>;
using SamplePtr = std::unique_ptr<GstSample, GstDeleter>;
using BufferPtr = std::unique_ptr<GstBuffer, GstDeleter>;
using CapsPtr = std::unique_ptr<GstCaps, GstDeleter>;
using ErrorPtr = std::unique_ptr<GError, GstDeleter>;
using TextPtr = std::unique_ptr<gchar, GstDeleter>;

}  // namespace streamkit::gstreamer
