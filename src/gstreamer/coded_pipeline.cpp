#include "gstreamer/coded_pipeline.hpp"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <utility>

#include "gstreamer/sample_values.hpp"

namespace streamkit::gstreamer {
namespace {

constexpr std::chrono::seconds kLongestSilence(10);
constexpr std::uint64_t kBuffersWaiting = 4;

// Returns whether the elements write HEVC, by what their last pad can give.
Result<bool> writes_hevc(const std::string& elements) {
  const auto bin = parse_bin(elements);
  if (!bin) return bin.error();
  const PadPtr pad(gst_element_get_static_pad(bin->get(), "src"));
  if (pad == nullptr) {
    return Error{ErrorCode::InvalidArgument, "the video encoder has no output: '" + elements + "'"};
  }
  const CapsPtr gives(gst_pad_query_caps(pad.get(), nullptr));
  for (const bool hevc : {false, true}) {
    const CapsPtr codec(gst_caps_new_empty_simple(hevc ? "video/x-h265" : "video/x-h264"));
    if (gst_caps_can_intersect(gives.get(), codec.get())) return hevc;
  }
  return Error{ErrorCode::Unsupported,
               "'" + elements + "' writes neither H.264 (video/x-h264) nor HEVC (video/x-h265)"};
}

std::string colorimetry_of(const VideoFormat& format) {
  GstVideoColorimetry color{};
  color.range =
      format.range == ColorRange::Full ? GST_VIDEO_COLOR_RANGE_0_255 : GST_VIDEO_COLOR_RANGE_16_235;
  color.matrix = format.matrix == ColorMatrix::Bt601 ? GST_VIDEO_COLOR_MATRIX_BT601
                                                     : GST_VIDEO_COLOR_MATRIX_BT709;
  color.transfer =
      format.matrix == ColorMatrix::Bt601 ? GST_VIDEO_TRANSFER_BT601 : GST_VIDEO_TRANSFER_BT709;
  color.primaries = GST_VIDEO_COLOR_PRIMARIES_BT709;
  if (format.primaries == ColorPrimaries::Bt601Lines525) {
    color.primaries = GST_VIDEO_COLOR_PRIMARIES_SMPTE170M;
  } else if (format.primaries == ColorPrimaries::Bt601Lines625) {
    color.primaries = GST_VIDEO_COLOR_PRIMARIES_BT470BG;
  }
  const TextPtr text(gst_video_colorimetry_to_string(&color));
  return text.get();
}

std::string caps_of(const VideoFormat& format) {
  return "video/x-raw,format=I420,width=" + std::to_string(format.width_px) +
         ",height=" + std::to_string(format.height_px) +
         ",framerate=" + std::to_string(format.frame_rate.num) + "/" +
         std::to_string(format.frame_rate.den) +
         ",pixel-aspect-ratio=1/1,interlace-mode=progressive,colorimetry=" + colorimetry_of(format);
}

std::string text_of(const PipelineEncoderOptions& options, bool hevc, bool audio) {
  const std::string codec = hevc ? "h265" : "h264";
  std::string text = "appsrc name=streamkit_video_in ! videoconvert ! " + options.video + " ! " +
                     codec + "parse name=streamkit_parse config-interval=-1 ! video/x-" + codec +
                     ",stream-format=byte-stream,alignment=au ! appsink name=streamkit_video_out";
  if (!audio) return text;
  return text + " appsrc name=streamkit_audio_in ! audioconvert ! " + options.audio +
         " ! aacparse ! audio/mpeg,mpegversion=4,stream-format=raw ! "
         "appsink name=streamkit_audio_out";
}

void set_up_source(GstElement* source, const std::string& caps_text, Pipeline& pipeline) {
  const CapsPtr caps(gst_caps_from_string(caps_text.c_str()));
  g_object_set(source, "caps", caps.get(), "format", GST_FORMAT_TIME, "block", FALSE, "max-bytes",
               guint64{0}, "max-buffers", kBuffersWaiting, nullptr);
  GstAppSrcCallbacks callbacks{};
  callbacks.need_data = [](GstAppSrc*, guint, gpointer all) {
    static_cast<Pipeline*>(all)->notify();
  };
  gst_app_src_set_callbacks(GST_APP_SRC(source), &callbacks, &pipeline, nullptr);
}

}  // namespace

Result<std::unique_ptr<CodedPipeline>> CodedPipeline::open(
    const PipelineEncoderOptions& options, const VideoFormat& video,
    const std::optional<AudioFormat>& audio) {
  const auto hevc = writes_hevc(options.video);
  if (!hevc) return hevc.error();
  auto parsed = Pipeline::parse(text_of(options, *hevc, audio.has_value()));
  if (!parsed) return parsed.error();
  std::unique_ptr<CodedPipeline> coded(new CodedPipeline);
  coded->pipeline_ = *std::move(parsed);
  coded->hevc_ = *hevc;
  if (auto linked = coded->link(video, audio); !linked) return linked.error();
  if (auto playing = coded->pipeline_->play(); !playing) return playing.error();
  return coded;
}

Result<void> CodedPipeline::link(const VideoFormat& video,
                                 const std::optional<AudioFormat>& audio) {
  const auto reader = [&](const char* name) {
    return std::make_unique<SinkReader>(*pipeline_, pipeline_->find(name), 0, false);
  };
  video_in_ = pipeline_->find("streamkit_video_in");
  set_up_source(video_in_.get(), caps_of(video), *pipeline_);
  video_out_ = reader("streamkit_video_out");
  const ElementPtr parser = pipeline_->find("streamkit_parse");
  coded_pad_.reset(gst_element_get_static_pad(parser.get(), "sink"));
  if (!audio) return {};
  audio_in_ = pipeline_->find("streamkit_audio_in");
  set_up_source(
      audio_in_.get(),
      "audio/x-raw,format=F32LE,layout=interleaved,rate=" + std::to_string(audio->sample_rate_hz) +
          ",channels=" + std::to_string(audio->channels),
      *pipeline_);
  audio_out_ = reader("streamkit_audio_out");
  return {};
}

Result<void> CodedPipeline::send(const VideoFrame& frame, GstClockTime time, bool keyframe) {
  auto buffer = buffer_of(frame);
  if (!buffer) return buffer.error();
  GST_BUFFER_PTS(buffer->get()) = time;
  GST_BUFFER_DURATION(buffer->get()) =
      gst_util_uint64_scale(1, GST_SECOND * static_cast<guint64>(frame.format.frame_rate.den),
                            static_cast<guint64>(frame.format.frame_rate.num));
  // The first frame is a keyframe unasked. GStreamer 1.22 takes a demand for it to be made at
  // another running time with encoders that set a least timestamp, and then ignores all later ones.
  if (keyframe && sent_video_) {
    // The encoder takes it for its next frame of this running time or later.
    gst_pad_push_event(coded_pad_.get(),
                       gst_video_event_new_upstream_force_key_unit(time, TRUE, 0));
  }
  sent_video_ = true;
  return send(video_in_.get(), *std::move(buffer));
}

Result<void> CodedPipeline::send(const AudioFrame& frame, std::int64_t first_sample) {
  auto buffer = buffer_of(frame);
  if (!buffer) return buffer.error();
  const auto rate = static_cast<guint64>(frame.format.sample_rate_hz);
  GST_BUFFER_PTS(buffer->get()) =
      gst_util_uint64_scale(static_cast<guint64>(first_sample), GST_SECOND, rate);
  sent_audio_ = true;
  return send(audio_in_.get(), *std::move(buffer));
}

Result<void> CodedPipeline::send(GstElement* source, BufferPtr buffer) {
  GstAppSrc* app = GST_APP_SRC(source);
  const auto free = pipeline_->wait({}, kLongestSilence, [&] {
    return gst_app_src_get_current_level_buffers(app) < kBuffersWaiting;
  });
  if (!free) return free.error();
  if (!*free) return Error{ErrorCode::Timeout, "the GStreamer encoder took nothing for 10 s"};
  if (gst_app_src_push_buffer(app, buffer.release()) == GST_FLOW_OK) return {};
  return pipeline_->failure().value_or(
      Error{ErrorCode::Internal, "the GStreamer encoder takes no more frames", "gstreamer"});
}

void CodedPipeline::end() {
  if (sent_video_) gst_app_src_end_of_stream(GST_APP_SRC(video_in_.get()));
  if (sent_audio_) gst_app_src_end_of_stream(GST_APP_SRC(audio_in_.get()));
}

Result<SamplePtr> CodedPipeline::rest_of_video() {
  if (!sent_video_) return SamplePtr();
  return video_out_->next({}, kLongestSilence);
}

Result<SamplePtr> CodedPipeline::rest_of_audio() {
  if (!sent_audio_) return SamplePtr();
  return audio_out_->next({}, kLongestSilence);
}

}  // namespace streamkit::gstreamer
