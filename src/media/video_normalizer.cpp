#include "media/video_normalizer.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

#include "media/ffmpeg_error.hpp"
#include "media/filter_chain.hpp"

namespace streamkit::media {
namespace {

int even(double value) { return std::max(2, static_cast<int>(value / 2) * 2); }

// What a filter chain is built for. Frames of another shape need another chain.
struct InputShape {
  int width = 0;
  int height = 0;
  int format = AV_PIX_FMT_NONE;
  AVRational aspect{1, 1};
  friend bool operator==(const InputShape& a, const InputShape& b) {
    return a.width == b.width && a.height == b.height && a.format == b.format &&
           a.aspect.num == b.aspect.num && a.aspect.den == b.aspect.den;
  }
};

class ChainNormalizer final : public VideoNormalizer {
 public:
  explicit ChainNormalizer(const NormalizerOptions& options) : options_(options) {}

  Result<void> push(AVFrame* frame) override {
    const InputShape shape{frame->width, frame->height, frame->format, frame->sample_aspect_ratio};
    if (passes_unchanged(*frame)) return pass(frame);
    if (chain_ == nullptr || !(shape == shape_)) {
      if (auto done = flush(); !done) return done;
      auto chain = FilterChain::open_video(*frame, filters(shape));
      if (!chain) return chain.error();
      chain_ = std::move(*chain);
      shape_ = shape;
    }
    input_end_ = MediaTime{frame->pts + frame->pkt_duration};
    return chain_->push(frame);
  }

  Result<void> flush() override {
    if (chain_ == nullptr) return {};
    if (auto closed = chain_->close(input_end_); !closed) return closed;
    for (;;) {
      auto frame = pull_from_chain();
      if (!frame) return frame.error();
      if (*frame == nullptr) break;
      ready_.push_back(std::move(*frame));
    }
    chain_.reset();
    return {};
  }

  Result<FramePtr> pull() override {
    if (!ready_.empty()) {
      FramePtr frame = std::move(ready_.front());
      ready_.pop_front();
      return frame;
    }
    if (chain_ == nullptr) return FramePtr();
    return pull_from_chain();
  }

 private:
  // Such frames need no filter and no copy, which is the common case.
  bool passes_unchanged(const AVFrame& frame) const {
    const bool square = frame.sample_aspect_ratio.num == frame.sample_aspect_ratio.den ||
                        frame.sample_aspect_ratio.num == 0;
    return !options_.frame_rate && !options_.deinterlace && options_.rotation == 0 && square &&
           frame.format == AV_PIX_FMT_YUV420P && frame.color_range != AVCOL_RANGE_JPEG &&
           frame.width == options_.width_px && frame.height == options_.height_px;
  }

  Result<void> pass(AVFrame* frame) {
    FramePtr copy(av_frame_alloc());
    if (copy == nullptr) return out_of_memory();
    av_frame_move_ref(copy.get(), frame);
    ready_.push_back(std::move(copy));
    return {};
  }

  std::string filters(const InputShape& shape) const {
    std::string text;
    if (options_.deinterlace) text += "yadif=deint=interlaced,";
    if (options_.frame_rate) {
      text += "fps=fps=" + std::to_string(options_.frame_rate->num) + "/" +
              std::to_string(options_.frame_rate->den) +
              ":start_time=" + std::to_string(to_seconds(next_pts_)) + ",";
    }
    if (options_.rotation == 90) text += "transpose=clock,";
    if (options_.rotation == 180) text += "hflip,vflip,";
    if (options_.rotation == 270) text += "transpose=cclock,";
    const bool turned = options_.rotation % 180 != 0;
    const int width = turned ? shape.height : shape.width;
    const int height = turned ? shape.width : shape.height;
    const bool odd_only = width - options_.width_px <= 1 && height - options_.height_px <= 1 &&
                          width >= options_.width_px && height >= options_.height_px;
    const std::string size =
        std::to_string(options_.width_px) + ":" + std::to_string(options_.height_px);
    text += odd_only ? "crop=" + size + ":0:0," : "scale=" + size + ":flags=bicubic,";
    // The second scale filter converts full range; it does nothing for limited range.
    return text + "scale=out_range=tv,setsar=1,format=yuv420p";
  }

  Result<FramePtr> pull_from_chain() {
    auto frame = chain_->pull();
    if (frame && *frame != nullptr && options_.frame_rate) {
      next_pts_ = MediaTime{(*frame)->pts} + options_.frame_rate->frame_duration();
    }
    return frame;
  }

  const NormalizerOptions options_;
  std::unique_ptr<FilterChain> chain_;  // built for shape_
  InputShape shape_;
  MediaTime input_end_{0};
  MediaTime next_pts_{0};  // where the next chain continues
  std::deque<FramePtr> ready_;
};

}  // namespace

Result<std::unique_ptr<VideoNormalizer>> VideoNormalizer::create(const NormalizerOptions& options) {
  return std::unique_ptr<VideoNormalizer>(std::make_unique<ChainNormalizer>(options));
}

PictureSize upright_size(AVFormatContext* context, AVStream* stream, int rotation) {
  const AVRational aspect = av_guess_sample_aspect_ratio(context, stream, nullptr);
  const double stretch = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1.0;
  // A larger ratio than 4:1 is treated as damage.
  const double sane_stretch = stretch >= 0.25 && stretch <= 4.0 ? stretch : 1.0;
  const double width = stream->codecpar->width * sane_stretch;
  const double height = stream->codecpar->height;
  const bool turned = rotation % 180 != 0;
  return {even(std::round(turned ? height : width)), even(std::round(turned ? width : height))};
}

ColorMatrix color_matrix(AVColorSpace space, int height_px) noexcept {
  constexpr int kLargestSdHeight = 576;
  switch (space) {
    case AVCOL_SPC_BT709:
      return ColorMatrix::Bt709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
      return ColorMatrix::Bt601;
    default:
      return height_px <= kLargestSdHeight ? ColorMatrix::Bt601 : ColorMatrix::Bt709;
  }
}

VideoFrame share_frame(FramePtr frame, const VideoFormat& format, MediaTime pts,
                       MediaTime duration) {
  VideoFrame shared{pts, duration, format, {}, {}};
  for (int i = 0; i < 3; ++i) {
    const int shift = i == 0 ? 0 : 1;
    shared.planes[static_cast<std::size_t>(i)] = {frame->data[i], frame->linesize[i],
                                                  (format.width_px + shift) >> shift,
                                                  (format.height_px + shift) >> shift};
  }
  shared.storage = std::shared_ptr<AVFrame>(std::move(frame));
  return shared;
}

}  // namespace streamkit::media
