#include "media/filter_chain.hpp"

#include <array>

#include "media/ffmpeg_error.hpp"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace streamkit::media {
namespace {

std::string describe_channels(const AVChannelLayout& layout) {
  AVChannelLayout known{};
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&known, layout.nb_channels);
  } else {
    av_channel_layout_copy(&known, &layout);
  }
  std::array<char, 128> text{};
  av_channel_layout_describe(&known, text.data(), text.size());
  av_channel_layout_uninit(&known);
  return text.data();
}

std::string flicks_base() { return ":time_base=1/" + std::to_string(kFlicks.den); }

}  // namespace

Result<std::unique_ptr<FilterChain>> FilterChain::open_video(const AVFrame& first,
                                                             const std::string& filters,
                                                             int threads) {
  const AVRational aspect =
      first.sample_aspect_ratio.num > 0 ? first.sample_aspect_ratio : AVRational{1, 1};
  std::unique_ptr<FilterChain> chain(new FilterChain);
  auto opened = chain->open(
      "",
      "video_size=" + std::to_string(first.width) + "x" + std::to_string(first.height) +
          ":pix_fmt=" + std::to_string(first.format) + flicks_base() +
          ":pixel_aspect=" + std::to_string(aspect.num) + "/" + std::to_string(aspect.den),
      filters, threads);
  if (!opened) return opened.error().with_context("cannot convert frames of this format");
  return chain;
}

Result<std::unique_ptr<FilterChain>> FilterChain::open_audio(const AVFrame& first,
                                                             const std::string& filters) {
  std::unique_ptr<FilterChain> chain(new FilterChain);
  auto opened = chain->open(
      "a",
      "sample_rate=" + std::to_string(first.sample_rate) +
          ":sample_fmt=" + av_get_sample_fmt_name(static_cast<AVSampleFormat>(first.format)) +
          ":channel_layout=" + describe_channels(first.ch_layout) + flicks_base(),
      filters, 1);
  if (!opened) return opened.error().with_context("cannot convert audio of this format");
  return chain;
}

Result<std::unique_ptr<FilterChain>> FilterChain::open_resampler(const AVFrame& first,
                                                                 const AudioFormat& format,
                                                                 std::int64_t samples_before,
                                                                 const std::string& more) {
  // The filter's memory grows with the ratio of the rates.
  constexpr int kHighestRateHz = 1'536'000;
  if (first.sample_rate > kHighestRateHz) {
    return Error{ErrorCode::Unsupported,
                 "audio of " + std::to_string(first.sample_rate) + " Hz cannot be resampled"};
  }
  const std::string rate = std::to_string(format.sample_rate_hz);
  // The filter counts the samples of first_pts at the rate of its input.
  const MediaTime begin = from_ticks(samples_before, 1, format.sample_rate_hz);
  const std::int64_t first_pts = to_ticks(begin, 1, first.sample_rate);
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, format.channels);
  const std::string channels = describe_channels(layout);
  av_channel_layout_uninit(&layout);
  return open_audio(
      first,
      "aresample=" + rate + ":async=1:min_hard_comp=0.04:first_pts=" + std::to_string(first_pts) +
          ",aformat=sample_fmts=fltp:sample_rates=" + rate + ":channel_layouts=" + channels + more);
}

Result<void> FilterChain::open(const char* kind_prefix, const std::string& arguments,
                               const std::string& filters, int threads) {
  graph_.reset(avfilter_graph_alloc());
  if (graph_ == nullptr) return out_of_memory();
  graph_->nb_threads = threads;
  const AVFilter* source = avfilter_get_by_name((std::string(kind_prefix) + "buffer").c_str());
  const AVFilter* sink = avfilter_get_by_name((std::string(kind_prefix) + "buffersink").c_str());
  int code = avfilter_graph_create_filter(&source_, source, "in", arguments.c_str(), nullptr,
                                          graph_.get());
  if (code < 0) return ffmpeg_error(code, "filter input");
  code = avfilter_graph_create_filter(&sink_, sink, "out", nullptr, nullptr, graph_.get());
  if (code < 0) return ffmpeg_error(code, "filter output");

  AVFilterInOut* outputs = avfilter_inout_alloc();
  AVFilterInOut* inputs = avfilter_inout_alloc();
  code = AVERROR(ENOMEM);
  if (outputs != nullptr && inputs != nullptr) {
    *outputs = {av_strdup("in"), source_, 0, nullptr};
    *inputs = {av_strdup("out"), sink_, 0, nullptr};
    code = avfilter_graph_parse_ptr(graph_.get(), filters.c_str(), &inputs, &outputs, nullptr);
    if (code >= 0) code = avfilter_graph_config(graph_.get(), nullptr);
  }
  avfilter_inout_free(&outputs);
  avfilter_inout_free(&inputs);
  if (code < 0) return ffmpeg_error(code, "filters '" + filters + "'");
  return {};
}

Result<void> FilterChain::push(AVFrame* frame) {
  const int code = av_buffersrc_add_frame(source_, frame);
  if (code < 0) return ffmpeg_error(code, "cannot convert a frame");
  return {};
}

Result<void> FilterChain::close(MediaTime end) {
  const int code = av_buffersrc_close(source_, end.count(), 0);
  if (code < 0) return ffmpeg_error(code, "cannot finish a conversion");
  return {};
}

Result<FramePtr> FilterChain::pull() {
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return out_of_memory();
  const int code = av_buffersink_get_frame(sink_, frame.get());
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return FramePtr();
  if (code < 0) return ffmpeg_error(code, "cannot convert a frame");
  if (frame->pts != AV_NOPTS_VALUE) {
    frame->pts = to_media_time(frame->pts, av_buffersink_get_time_base(sink_)).count();
  }
  return frame;
}

}  // namespace streamkit::media
