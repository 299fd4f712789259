#include "gstreamer/source_pipeline.hpp"

#include <algorithm>
#include <utility>

#include "gstreamer/sample_values.hpp"

namespace streamkit::gstreamer {
namespace {

constexpr unsigned kBuffersWaiting = 4;
constexpr FrameRate kUnstatedRate{30, 1};
constexpr double kHighestRate = 240;
constexpr const char* kVideoCaps = "streamkit_video_caps";
// Room for what a demuxer gives of one track while the other is waited for.
constexpr const char* kQueue =
    "queue max-size-buffers=0 max-size-bytes=268435456 max-size-time=3000000000 ! ";

// Puts `elements` between an appsink and what is linked to it.
Result<void> insert_before(GstElement* sink, const std::string& elements) {
  const PadPtr pad(gst_element_get_static_pad(sink, "sink"));
  const PadPtr peer(gst_pad_get_peer(pad.get()));
  if (peer == nullptr) {
    const TextPtr name(gst_object_get_name(GST_OBJECT(sink)));
    const std::string kind = std::string(name.get()) == "audio" ? "audioconvert" : "videoconvert";
    return Error{ErrorCode::InvalidArgument,
                 "nothing is linked to the appsink '" + std::string(name.get()) +
                     "' before the pipeline runs; put " + kind + " in front of it"};
  }
  auto bin = parse_bin(elements);
  if (!bin) return bin.error();
  const ElementPtr parent(GST_ELEMENT(gst_object_get_parent(GST_OBJECT(sink))));
  gst_pad_unlink(peer.get(), pad.get());
  gst_bin_add(GST_BIN(parent.get()), bin->get());
  const PadPtr in(gst_element_get_static_pad(bin->get(), "sink"));
  if (gst_pad_link(peer.get(), in.get()) != GST_PAD_LINK_OK ||
      !gst_element_link(bin->get(), sink)) {
    const TextPtr name(gst_object_get_name(GST_OBJECT(sink)));
    return Error{ErrorCode::InvalidArgument, "what is linked to the appsink '" +
                                                 std::string(name.get()) +
                                                 "' is not raw video or audio; decode it first"};
  }
  return {};
}

std::string rate_caps(const std::optional<FrameRate>& rate) {
  if (!rate) return {};
  return ",framerate=" + std::to_string(rate->num) + "/" + std::to_string(rate->den);
}

// The text with an appsink at its end if it has none.
std::string with_sink(const std::string& text, bool audio) {
  if (text.find("appsink") != std::string::npos) return text;
  return text +
         (audio ? " ! audioconvert ! appsink name=audio" : " ! videoconvert ! appsink name=video");
}

bool is_appsink(GstElement* element) { return element != nullptr && GST_IS_APP_SINK(element); }

// Samples of an appsink that nobody reads are dropped, so that they do not hold up the others.
void leave_unread(GstElement* sink) {
  if (!is_appsink(sink)) return;
  g_object_set(sink, "max-buffers", 1U, "drop", TRUE, "enable-last-sample", FALSE, nullptr);
}

}  // namespace

Result<std::unique_ptr<SourcePipeline>> SourcePipeline::open(const PipelineOptions& options,
                                                             Reads reads,
                                                             const std::stop_token& stop) {
  auto parsed = Pipeline::parse(with_sink(options.pipeline, reads == Reads::Audio));
  if (!parsed) return parsed.error();
  std::unique_ptr<SourcePipeline> source(new SourcePipeline);
  source->pipeline_ = *std::move(parsed);
  const ElementPtr audio = source->pipeline_->find("audio");
  const ElementPtr video = source->pipeline_->find("video");
  if (reads != Reads::Audio) {
    const bool constant = reads == Reads::VideoAndAudio;
    if (auto added = source->add_video(options, constant); !added) return added.error();
  } else {
    leave_unread(video.get());
  }
  if (reads == Reads::Audio || (reads == Reads::VideoAndAudio && is_appsink(audio.get()))) {
    const bool realtime = reads == Reads::VideoAndAudio && options.realtime;
    if (auto added = source->add_audio(realtime); !added) return added.error();
  } else {
    leave_unread(audio.get());
  }
  if (auto started = source->start(options, stop); !started) return started.error();
  return source;
}

Result<void> SourcePipeline::add_video(const PipelineOptions& options, bool constant_rate) {
  constant_rate_ = constant_rate;
  ElementPtr sink = pipeline_->find("video");
  if (!is_appsink(sink.get())) {
    return Error{ErrorCode::InvalidArgument,
                 "the pipeline has no 'appsink name=video' for its frames"};
  }
  const std::string elements =
      std::string(kQueue) + "videoconvert ! videoscale add-borders=true ! " +
      (constant_rate ? "videorate ! " : "") + "capsfilter name=" + kVideoCaps +
      " caps=\"video/x-raw,format=I420,colorimetry=bt709,pixel-aspect-ratio=1/1" +
      rate_caps(constant_rate ? options.frame_rate : std::nullopt) + "\"";
  if (auto done = insert_before(sink.get(), elements); !done) return done;
  video_.emplace();
  video_->reader = std::make_unique<SinkReader>(*pipeline_, std::move(sink), kBuffersWaiting,
                                                constant_rate && options.realtime);
  return {};
}

Result<void> SourcePipeline::add_audio(bool realtime) {
  ElementPtr sink = pipeline_->find("audio");
  if (!is_appsink(sink.get())) {
    return Error{ErrorCode::InvalidArgument, "the pipeline has no 'appsink name=audio' for audio"};
  }
  const std::string elements = std::string(kQueue) +
                               "audioconvert ! audioresample ! audiorate ! capsfilter caps=\"audio/"
                               "x-raw,format=F32LE,layout=interleaved,rate=48000,"
                               "channels=(int)[1,2]\"";
  if (auto done = insert_before(sink.get(), elements); !done) return done;
  audio_.emplace();
  audio_->reader =
      std::make_unique<SinkReader>(*pipeline_, std::move(sink), kBuffersWaiting * 8, realtime);
  return {};
}

Result<void> SourcePipeline::start(const PipelineOptions& options, const std::stop_token& stop) {
  if (auto playing = pipeline_->play(); !playing) return playing;
  for (auto* track : {&video_, &audio_}) {
    if (!*track) continue;
    const bool is_video = track == &video_;
    auto first = (*track)->reader->next(stop, options.start_timeout);
    if (!first) return first.error().with_context(is_video ? "the first frame" : "the first audio");
    if (*first == nullptr) {
      return Error{ErrorCode::Unavailable, std::string("the GStreamer pipeline ended before ") +
                                               (is_video ? "its first frame" : "any audio came")};
    }
    (*track)->first = *std::move(first);
  }
  if (audio_) {
    const auto format = gstreamer::audio_format(*audio_->first);
    if (!format) return format.error();
    audio_format_ = *format;
  }
  return video_ ? fix_video(options, stop) : Result<void>();
}

// Keeps the format of the first frame for ever. Odd sides and rates that vary are mended by
// starting once more: what has come until now has them.
Result<void> SourcePipeline::fix_video(const PipelineOptions& options,
                                       const std::stop_token& stop) {
  const auto found = gstreamer::video_format(*video_->first);
  if (!found) return found.error();
  const FrameRate rate = found->frame_rate;
  const bool constant = rate.valid() && rate.hz() <= kHighestRate;
  video_format_ = *found;
  video_format_.width_px = std::max(2, found->width_px & ~1);
  video_format_.height_px = std::max(2, found->height_px & ~1);
  if (!constant) video_format_.frame_rate = options.frame_rate.value_or(kUnstatedRate);
  const ElementPtr filter = pipeline_->find(kVideoCaps);
  const std::string text =
      "video/x-raw,format=I420,colorimetry=bt709,pixel-aspect-ratio=1/1,width=" +
      std::to_string(video_format_.width_px) +
      ",height=" + std::to_string(video_format_.height_px) +
      rate_caps(constant_rate_ ? std::optional(video_format_.frame_rate) : std::nullopt);
  const CapsPtr caps(gst_caps_from_string(text.c_str()));
  const bool same = video_format_.width_px == found->width_px &&
                    video_format_.height_px == found->height_px && (constant || !constant_rate_);
  if (!same) pipeline_->reset();
  g_object_set(filter.get(), "caps", caps.get(), nullptr);
  if (same) return {};
  video_->first.reset();
  if (audio_) audio_->first.reset();
  if (auto playing = pipeline_->play(); !playing) return playing;
  auto first = video_->reader->next(stop, options.start_timeout);
  if (!first) return first.error().with_context("the first frame");
  video_->first = *std::move(first);
  return {};
}

}  // namespace streamkit::gstreamer
