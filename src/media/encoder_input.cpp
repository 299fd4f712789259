#include "media/encoder_input.hpp"

#include <array>

#include "media/ffmpeg_error.hpp"
#include "media/frame_color.hpp"

namespace streamkit::media {
namespace {

constexpr int kSurfaces = 16;

Result<FramePtr> wrap(const VideoFrame& frame) {
  FramePtr wrapped(av_frame_alloc());
  if (wrapped == nullptr) return out_of_memory();
  auto* storage = new std::shared_ptr<const void>(frame.storage);
  const auto release = [](void* opaque, std::uint8_t*) {
    delete static_cast<std::shared_ptr<const void>*>(opaque);
  };
  // FFmpeg only reads it: encoder input is never written, and the buffer is marked as read-only.
  auto* pixels = const_cast<std::uint8_t*>(frame.planes[0].data);
  wrapped->buf[0] = av_buffer_create(pixels, 1, release, storage, AV_BUFFER_FLAG_READONLY);
  if (wrapped->buf[0] == nullptr) {
    delete storage;
    return out_of_memory();
  }
  for (std::size_t i = 0; i < frame.planes.size(); ++i) {
    wrapped->data[i] = const_cast<std::uint8_t*>(frame.planes[i].data);
    wrapped->linesize[i] = static_cast<int>(frame.planes[i].stride_bytes);
  }
  return wrapped;
}

}  // namespace

Result<EncoderInput> EncoderInput::create(const VideoFormat& source, const VideoFormat& coded,
                                          AVPixelFormat layout) {
  EncoderInput input;
  input.source_ = source;
  input.coded_ = coded;
  input.layout_ = layout;
  input.memory_layout_ = layout == AV_PIX_FMT_VAAPI ? AV_PIX_FMT_NV12 : layout;
  const AVPixelFormat pixels = pixels_of(source.pixel_format);
  if (coded.height_px != source.height_px || input.memory_layout_ != pixels) {
    input.scaler_.reset(sws_getContext(source.width_px, source.height_px, pixels, coded.width_px,
                                       coded.height_px, input.memory_layout_, SWS_BICUBIC, nullptr,
                                       nullptr, nullptr));
    if (input.scaler_ == nullptr) return out_of_memory();
  }
  if (layout == AV_PIX_FMT_VAAPI) {
    if (auto opened = input.open_device(); !opened) return opened.error();
  }
  return input;
}

Result<void> EncoderInput::open_device() {
  AVBufferRef* device = nullptr;
  if (const int code = av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, nullptr, nullptr, 0);
      code < 0) {
    Error error = ffmpeg_error(code, "cannot open a VA-API device");
    error.code = ErrorCode::Unavailable;
    return error;
  }
  const BufferPtr owned(device);
  surfaces_.reset(av_hwframe_ctx_alloc(device));
  if (surfaces_ == nullptr) return out_of_memory();
  auto* frames = reinterpret_cast<AVHWFramesContext*>(surfaces_->data);
  frames->format = layout_;
  frames->sw_format = memory_layout_;
  frames->width = coded_.width_px;
  frames->height = coded_.height_px;
  frames->initial_pool_size = kSurfaces;
  if (const int code = av_hwframe_ctx_init(surfaces_.get()); code < 0) {
    return ffmpeg_error(code, "cannot allocate surfaces of the GPU");
  }
  return {};
}

void EncoderInput::describe(AVCodecContext& codec) const {
  codec.pix_fmt = layout_;
  if (surfaces_ == nullptr) return;
  codec.sw_pix_fmt = memory_layout_;
  codec.hw_frames_ctx = av_buffer_ref(surfaces_.get());
}

Result<FramePtr> EncoderInput::picture(const VideoFrame& frame) {
  auto picture = scaler_ == nullptr ? wrap(frame) : convert(frame);
  if (!picture) return picture;
  AVFrame& made = **picture;
  made.format = memory_layout_;
  made.width = coded_.width_px;
  made.height = coded_.height_px;
  if (surfaces_ != nullptr) picture = upload(std::move(*picture));
  if (picture) set_color(**picture, color_of(coded_));
  return picture;
}

Result<FramePtr> EncoderInput::convert(const VideoFrame& frame) {
  FramePtr picture(av_frame_alloc());
  if (picture == nullptr) return out_of_memory();
  picture->format = memory_layout_;
  picture->width = coded_.width_px;
  picture->height = coded_.height_px;
  if (av_frame_get_buffer(picture.get(), 0) < 0) return out_of_memory();
  std::array<const std::uint8_t*, 3> data{};
  std::array<int, 3> strides{};
  for (std::size_t i = 0; i < 3; ++i) {
    data[i] = frame.planes[i].data;
    strides[i] = static_cast<int>(frame.planes[i].stride_bytes);
  }
  sws_scale(scaler_.get(), data.data(), strides.data(), 0, source_.height_px, picture->data,
            picture->linesize);
  return picture;
}

Result<FramePtr> EncoderInput::upload(FramePtr picture) {
  FramePtr surface(av_frame_alloc());
  if (surface == nullptr) return out_of_memory();
  if (const int code = av_hwframe_get_buffer(surfaces_.get(), surface.get(), 0); code < 0) {
    return ffmpeg_error(code, "cannot get a surface of the GPU");
  }
  if (const int code = av_hwframe_transfer_data(surface.get(), picture.get(), 0); code < 0) {
    return ffmpeg_error(code, "cannot copy a frame to the GPU");
  }
  return surface;
}

}  // namespace streamkit::media
