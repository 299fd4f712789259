#include "media/video_normalizer.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>

#include "media/ffmpeg_error.hpp"
#include "media/filter_chain.hpp"
#include "media/frame_color.hpp"

namespace streamkit::media {
namespace {

// What a filter chain is built for. Frames of another shape need another chain.
struct InputShape {
  int width = 0;
  int height = 0;
  int format = AV_PIX_FMT_NONE;
  FrameColor color;
  PictureSize shown;  // where it is placed in the output, between bars
  friend bool operator==(const InputShape& a, const InputShape& b) {
    return a.width == b.width && a.height == b.height && a.format == b.format &&
           a.color == b.color && a.shown.width_px == b.shown.width_px &&
           a.shown.height_px == b.shown.height_px;
  }
};

// The largest size within `box` with the proportions of `picture`. A side that is nearly that of
// the box becomes it: a bar of a few pixels is worth less than a whole picture.
PictureSize fit(PictureSize picture, PictureSize box) {
  constexpr double kNearly = 0.99;
  const double across = static_cast<double>(box.width_px) / picture.width_px;
  const double down = static_cast<double>(box.height_px) / picture.height_px;
  if (std::min(across, down) >= kNearly * std::max(across, down)) return box;
  if (across < down) {
    return {box.width_px, even_side(static_cast<int>(std::lround(picture.height_px * across)))};
  }
  return {even_side(static_cast<int>(std::lround(picture.width_px * down))), box.height_px};
}

const char* turning_filters(const Orientation& orientation) {
  switch (orientation.rotation_degrees) {
    case 90:
      return orientation.mirrored ? "transpose=clock_flip," : "transpose=clock,";
    case 180:
      return orientation.mirrored ? "vflip," : "hflip,vflip,";
    case 270:
      return orientation.mirrored ? "transpose=cclock_flip," : "transpose=cclock,";
    default:
      return orientation.mirrored ? "hflip," : "";
  }
}

std::string text_of(PictureSize size) {
  return std::to_string(size.width_px) + ":" + std::to_string(size.height_px);
}

class ChainNormalizer final : public VideoNormalizer {
 public:
  explicit ChainNormalizer(const NormalizerOptions& options)
      : options_(options), color_(color_of(options.format)) {}

  Result<void> push(AVFrame* frame) override {
    const InputShape shape = shape_of(*frame);
    if (passes_unchanged(shape)) return pass(frame);
    if (chain_ == nullptr || !(shape == shape_)) {
      if (auto done = flush(); !done) return done;
      auto text = filters(*frame, shape);
      if (!text) return text.error();
      const bool tone_mapped = is_hdr(shape.color) && !is_hdr(color_);
      auto chain = FilterChain::open_video(*frame, *text, tone_mapped ? kToneMappingThreads : 1);
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
  PictureSize output_size() const { return {options_.format.width_px, options_.format.height_px}; }

  InputShape shape_of(const AVFrame& frame) {
    const PictureSize upright =
        upright_size({frame.width, frame.height}, aspect_of(frame), options_.orientation);
    return {frame.width, frame.height, frame.format, color_of(frame), fit(upright, output_size())};
  }

  // What the container states is of the first pictures. A later change is stated by the pictures.
  AVRational aspect_of(const AVFrame& frame) {
    const AVRational stated = frame.sample_aspect_ratio;
    const AVRational own = stated.num > 0 && stated.den > 0 ? stated : AVRational{1, 1};
    if (!first_aspect_) first_aspect_ = own;
    const bool changed = av_cmp_q(own, *first_aspect_) != 0;
    if (changed || options_.pixel_aspect.num == 0) return own;
    return {options_.pixel_aspect.num, options_.pixel_aspect.den};
  }

  // Such frames need no filter and no copy, which is the common case.
  bool passes_unchanged(const InputShape& shape) const {
    const PictureSize size = output_size();
    return !options_.frame_rate && !options_.deinterlace && options_.orientation.upright() &&
           shape.format == pixels_of(options_.format.pixel_format) && shape.color == color_ &&
           shape.width == size.width_px && shape.height == size.height_px &&
           shape.shown.width_px == size.width_px && shape.shown.height_px == size.height_px;
  }

  Result<void> pass(AVFrame* frame) {
    FramePtr copy(av_frame_alloc());
    if (copy == nullptr) return out_of_memory();
    av_frame_move_ref(copy.get(), frame);
    ready_.push_back(std::move(copy));
    return {};
  }

  Result<std::string> filters(const AVFrame& first, const InputShape& shape) const {
    auto color = color_filters(first, options_.format, has_zscale());
    if (!color) return color;
    std::string text;
    if (options_.deinterlace) text += "yadif=deint=interlaced,";
    text += shrinking_filter(shape);
    if (options_.frame_rate) {
      text += "fps=fps=" + std::to_string(options_.frame_rate->num) + "/" +
              std::to_string(options_.frame_rate->den) +
              ":start_time=" + std::to_string(to_seconds(next_pts_)) + ",";
    }
    if (!color->empty()) text += *color + ",";
    return text + turning_filters(options_.orientation) + sizing_filters(shape, color->empty());
  }

  // Frames that are far larger than the output, such as those of a stream whose size grows, are
  // scaled first: keeping them and converting their colours would take several times their
  // memory.
  std::string shrinking_filter(const InputShape& shape) const {
    constexpr std::int64_t kFarLarger = 4;
    const auto pixels = [](std::int64_t width, std::int64_t height) { return width * height; };
    PictureSize shown = shape.shown;
    if (pixels(shape.width, shape.height) < kFarLarger * pixels(shown.width_px, shown.height_px)) {
      return {};
    }
    if (options_.orientation.sideways()) std::swap(shown.width_px, shown.height_px);
    return "scale=" + text_of(shown) + ":flags=bicubic,";
  }

  std::string sizing_filters(const InputShape& shape, bool range_open) const {
    const PictureSize shown = shape.shown;
    const PictureSize turned =
        upright_size({shape.width, shape.height}, {1, 1}, options_.orientation);
    const bool odd_only = turned.width_px - shown.width_px <= 1 &&
                          turned.height_px - shown.height_px <= 1 &&
                          turned.width_px >= shown.width_px && turned.height_px >= shown.height_px;
    const std::string size = text_of(shown);
    std::string text = odd_only ? "crop=" + size + ":0:0," : "scale=" + size + ":flags=bicubic,";
    if (range_open && shape.color.range == AVCOL_RANGE_JPEG) text += "scale=out_range=tv,";
    text += "format=" + pixels_name(options_.format.pixel_format);
    const PictureSize box = output_size();
    if (shown.width_px != box.width_px || shown.height_px != box.height_px) {
      text += ",pad=" + text_of(box) + ":(ow-iw)/2:(oh-ih)/2:black";
    }
    return text;
  }

  Result<FramePtr> pull_from_chain() {
    auto frame = chain_->pull();
    if (frame && *frame != nullptr && options_.frame_rate) {
      next_pts_ = MediaTime{(*frame)->pts} + options_.frame_rate->frame_duration();
    }
    return frame;
  }

  // Tone mapping takes as long as decoding, so it may use as many threads.
  static constexpr int kToneMappingThreads = 2;

  const NormalizerOptions options_;
  const FrameColor color_;  // of the output
  std::optional<AVRational> first_aspect_;
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

PictureSize upright_size(PictureSize coded, AVRational pixel_aspect,
                         Orientation orientation) noexcept {
  constexpr double kMost = 4.0;
  const bool stated = pixel_aspect.num > 0 && pixel_aspect.den > 0;
  const double ratio = stated ? av_q2d(pixel_aspect) : 1.0;
  const double stretch = ratio >= 1 / kMost && ratio <= kMost ? ratio : 1.0;
  const int width = std::max(1, static_cast<int>(std::lround(coded.width_px * stretch)));
  if (orientation.sideways()) return {coded.height_px, width};
  return {width, coded.height_px};
}

int even_side(int side_px) noexcept { return std::max(2, side_px / 2 * 2); }

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
