#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/hwcontext.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <memory>
#include <streamkit/core/media_time.hpp>
#include <string>

// Owners of FFmpeg's C objects. This project holds such objects in no other way.
namespace streamkit::media {

struct FfmpegDeleter {
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(AVCodecContext* codec) const noexcept { avcodec_free_context(&codec); }
  void operator()(AVCodecParameters* parameters) const noexcept {
    avcodec_parameters_free(&parameters);
  }
  void operator()(AVBufferRef* buffer) const noexcept { av_buffer_unref(&buffer); }
  void operator()(AVBSFContext* filter) const noexcept { av_bsf_free(&filter); }
  void operator()(AVFilterGraph* graph) const noexcept { avfilter_graph_free(&graph); }
  void operator()(SwsContext* scaler) const noexcept { sws_freeContext(scaler); }
  void operator()(AVIOContext* io) const noexcept {
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

/// Closes what avio_open2() opened.
struct UrlIoDeleter {
  void operator()(AVIOContext* io) const noexcept { avio_close(io); }
};

using UrlIoPtr = std::unique_ptr<AVIOContext, UrlIoDeleter>;
using FramePtr = std::unique_ptr<AVFrame, FfmpegDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, FfmpegDeleter>;
using CodecPtr = std::unique_ptr<AVCodecContext, FfmpegDeleter>;
using ParametersPtr = std::unique_ptr<AVCodecParameters, FfmpegDeleter>;
using BufferPtr = std::unique_ptr<AVBufferRef, FfmpegDeleter>;
using BitstreamFilterPtr = std::unique_ptr<AVBSFContext, FfmpegDeleter>;
using FilterGraphPtr = std::unique_ptr<AVFilterGraph, FfmpegDeleter>;
using ScalerPtr = std::unique_ptr<SwsContext, FfmpegDeleter>;
using IoPtr = std::unique_ptr<AVIOContext, FfmpegDeleter>;

/// An AVDictionary whose pointer FFmpeg replaces in place.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dictionary_); }
  void set(const char* name, const std::string& value) {
    av_dict_set(&dictionary_, name, value.c_str(), 0);
  }
  AVDictionary** in_out() noexcept { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

inline constexpr AVRational kFlicks{1, static_cast<int>(MediaTime::period::den)};

/// Converts a timestamp. One that is absurd becomes a time with which sums do not overflow.
inline MediaTime to_media_time(std::int64_t ticks, AVRational base) noexcept {
  constexpr MediaTime kFarthest = MediaTime::max() / 4;
  return std::clamp(from_ticks(ticks, base.num, base.den), -kFarthest, kFarthest);
}
inline std::int64_t from_media_time(MediaTime time, AVRational base) noexcept {
  return to_ticks(time, base.num, base.den);
}

}  // namespace streamkit::media
