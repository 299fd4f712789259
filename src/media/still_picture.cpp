#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <streamkit/media/still_picture.hpp>
#include <string>
#include <system_error>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_handles.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"
#include "media/input_file.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace streamkit::media {
namespace {

constexpr int kMaxSidePx = 16384;

Result<FramePtr> decode_first(const std::filesystem::path& path) {
  auto file = InputFile::open(path);
  if (!file) return file.error();
  (*file)->keep_only((*file)->video());
  const AVStream& stream = *(*file)->video();
  auto codec = open_codec(*stream.codecpar, stream.time_base);
  if (!codec) return codec.error().with_context((*file)->name());
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return out_of_memory();
  for (bool draining = false; !draining;) {
    auto packet = (*file)->read();
    if (!packet) return packet.error();
    draining = *packet == nullptr;
    if (avcodec_send_packet(codec->get(), packet->get()) < 0) break;
    if (avcodec_receive_frame(codec->get(), frame.get()) < 0) continue;
    split_range_from_format(*frame);
    return frame;
  }
  return Error{ErrorCode::CorruptData, "no image of " + (*file)->name() + " can be decoded"};
}

Result<FramePtr> allocate(int width, int height, AVPixelFormat format) {
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return out_of_memory();
  frame->width = width;
  frame->height = height;
  frame->format = format;
  if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0) {
    return ffmpeg_error(code, "cannot allocate an image");
  }
  return frame;
}

// Converts with full chroma resolution and exact arithmetic, so that RGB input is not changed.
Result<FramePtr> convert(const AVFrame& from, AVPixelFormat format) {
  auto to = allocate(from.width, from.height, format);
  if (!to) return to;
  const ScalerPtr scaler(sws_getContext(
      from.width, from.height, static_cast<AVPixelFormat>(from.format), from.width, from.height,
      format, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, nullptr,
      nullptr, nullptr));
  if (scaler == nullptr) {
    return Error{ErrorCode::Unsupported, "the pixel format of the image cannot be converted"};
  }
  const bool full = from.color_range == AVCOL_RANGE_JPEG;
  // libswscale counts the matrices as FFmpeg's frames do.
  const FrameColor color = complete_color(color_of(from), static_cast<AVPixelFormat>(from.format),
                                          AV_CODEC_ID_NONE, color_by_height(from.height));
  const int* coefficients = sws_getCoefficients(color.matrix);
  sws_setColorspaceDetails(scaler.get(), coefficients, full ? 1 : 0, coefficients, 1, 0, 1 << 16,
                           1 << 16);
  if (sws_scale(scaler.get(), from.data, from.linesize, 0, from.height, (*to)->data,
                (*to)->linesize) != from.height) {
    return Error{ErrorCode::Internal, "the image could not be converted"};
  }
  return to;
}

Result<void> check_size(const std::string& name, int width, int height, std::size_t values) {
  if (width <= 0 || height <= 0 || width > kMaxSidePx || height > kMaxSidePx ||
      values != static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
    return Error{ErrorCode::InvalidArgument, "the image for " + name + " has an invalid size"};
  }
  return {};
}

Result<PacketPtr> encode_picture(const AVFrame& frame, AVCodecID kind) {
  const AVCodec* encoder = avcodec_find_encoder(kind);
  if (encoder == nullptr) {
    return Error{ErrorCode::Unsupported,
                 std::string("this FFmpeg has no encoder for ") + avcodec_get_name(kind)};
  }
  const CodecPtr codec(avcodec_alloc_context3(encoder));
  PacketPtr packet(av_packet_alloc());
  if (codec == nullptr || packet == nullptr) return out_of_memory();
  make_quiet(*codec);
  codec->width = frame.width;
  codec->height = frame.height;
  codec->pix_fmt = static_cast<AVPixelFormat>(frame.format);
  codec->time_base = {1, 1};
  if (kind == AV_CODEC_ID_MJPEG) {
    constexpr int kQuality = 2;  // the best that the encoder recommends
    codec->color_range = AVCOL_RANGE_JPEG;
    codec->flags |= AV_CODEC_FLAG_QSCALE;
    codec->global_quality = kQuality * FF_QP2LAMBDA;
  }
  int code = avcodec_open2(codec.get(), encoder, nullptr);
  if (code >= 0) code = avcodec_send_frame(codec.get(), &frame);
  if (code >= 0) code = avcodec_receive_packet(codec.get(), packet.get());
  if (code < 0) return ffmpeg_error(code, "cannot encode an image");
  return packet;
}

// Writes a temporary file and renames it, so that an incomplete file never has the final name.
Result<void> save(const std::filesystem::path& path, const AVPacket& packet) {
  std::filesystem::path part = path;
  part += ".part";
  errno = 0;
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(packet.data), packet.size);
  file.close();
  std::error_code failure;
  if (file) std::filesystem::rename(part, path, failure);
  if (file && !failure) return {};
  const int cause = failure ? failure.value() : errno;
  std::filesystem::remove(part, failure);
  return ffmpeg_error(AVERROR(cause), "cannot write '" + path.string() + "'");
}

Result<void> encode_and_save(const std::filesystem::path& path, const AVFrame& frame,
                             AVCodecID kind = AV_CODEC_ID_PNG) {
  const auto packet = encode_picture(frame, kind);
  if (!packet) return packet.error();
  return save(path, **packet);
}

AVCodecID kind_of(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (extension == ".png") return AV_CODEC_ID_PNG;
  if (extension == ".jpg" || extension == ".jpeg") return AV_CODEC_ID_MJPEG;
  return AV_CODEC_ID_NONE;
}

Result<FramePtr> rgb_frame(const std::filesystem::path& file, const RgbPicture& picture) {
  for (const auto& plane : picture.planes) {
    auto checked =
        check_size("'" + file.string() + "'", picture.width_px, picture.height_px, plane.size());
    if (!checked) return checked.error();
  }
  auto frame = allocate(picture.width_px, picture.height_px, AV_PIX_FMT_RGB24);
  if (!frame) return frame;
  std::size_t at = 0;
  for (int y = 0; y < picture.height_px; ++y) {
    std::uint8_t* row = (*frame)->data[0] + std::ptrdiff_t{y} * (*frame)->linesize[0];
    for (int x = 0; x < picture.width_px; ++x, ++at) {
      for (const auto& plane : picture.planes) *row++ = plane[at];
    }
  }
  return frame;
}

}  // namespace

Result<RgbPicture> read_rgb_picture(const std::filesystem::path& file) {
  auto decoded = decode_first(file);
  if (!decoded) return decoded.error();
  auto planar = convert(**decoded, AV_PIX_FMT_GBRP);
  if (!planar) return planar.error().with_context("'" + file.string() + "'");
  const AVFrame& frame = **planar;
  RgbPicture picture{frame.width, frame.height, {}};
  constexpr std::array<std::size_t, 3> kPlaneOf = {2, 0, 1};  // FFmpeg's order is G, B, R
  const auto width = static_cast<std::size_t>(frame.width);
  for (std::size_t i = 0; i < kPlaneOf.size(); ++i) {
    picture.planes[i].resize(width * static_cast<std::size_t>(frame.height));
    for (int y = 0; y < frame.height; ++y) {
      std::memcpy(picture.planes[i].data() + width * static_cast<std::size_t>(y),
                  frame.data[kPlaneOf[i]] + std::ptrdiff_t{y} * frame.linesize[kPlaneOf[i]], width);
    }
  }
  return picture;
}

Result<Gray16Picture> read_gray16_picture(const std::filesystem::path& file) {
  auto decoded = decode_first(file);
  if (!decoded) return decoded.error();
  const auto format = static_cast<AVPixelFormat>((*decoded)->format);
  if (format != AV_PIX_FMT_GRAY16BE && format != AV_PIX_FMT_GRAY16LE) {
    const char* name = av_get_pix_fmt_name(format);
    return Error{ErrorCode::InvalidArgument, "'" + file.string() +
                                                 "' must be a grey image of 16 bits, not " +
                                                 (name == nullptr ? "of an unknown format" : name)};
  }
  auto native = convert(**decoded, AV_PIX_FMT_GRAY16);
  if (!native) return native.error().with_context("'" + file.string() + "'");
  const AVFrame& frame = **native;
  Gray16Picture picture{frame.width, frame.height, {}};
  const auto width = static_cast<std::size_t>(frame.width);
  picture.values.resize(width * static_cast<std::size_t>(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(picture.values.data() + width * static_cast<std::size_t>(y),
                frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0], 2 * width);
  }
  return picture;
}

bool is_picture_name(const std::filesystem::path& file) {
  return kind_of(file) != AV_CODEC_ID_NONE;
}

Result<void> write_picture(const std::filesystem::path& file, const RgbPicture& picture) {
  if (kind_of(file) == AV_CODEC_ID_PNG) return write_png(file, picture);
  if (kind_of(file) != AV_CODEC_ID_MJPEG) {
    return Error{ErrorCode::InvalidArgument,
                 "'" + file.string() + "' must end in .png, .jpg or .jpeg"};
  }
  const auto rgb = rgb_frame(file, picture);
  if (!rgb) return rgb.error();
  auto coded = allocate(picture.width_px, picture.height_px, AV_PIX_FMT_YUVJ444P);
  if (!coded) return coded.error();
  const ScalerPtr scaler(sws_getContext(picture.width_px, picture.height_px, AV_PIX_FMT_RGB24,
                                        picture.width_px, picture.height_px, AV_PIX_FMT_YUV444P,
                                        SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (scaler == nullptr) return out_of_memory();
  const int* bt601 = sws_getCoefficients(SWS_CS_DEFAULT);
  sws_setColorspaceDetails(scaler.get(), bt601, 0, bt601, 1, 0, 1 << 16, 1 << 16);
  sws_scale(scaler.get(), (*rgb)->data, (*rgb)->linesize, 0, picture.height_px, (*coded)->data,
            (*coded)->linesize);
  (*coded)->quality = 2 * FF_QP2LAMBDA;
  return encode_and_save(file, **coded, AV_CODEC_ID_MJPEG);
}

Result<void> write_png(const std::filesystem::path& file, const RgbPicture& picture) {
  auto frame = rgb_frame(file, picture);
  if (!frame) return frame.error();
  return encode_and_save(file, **frame);
}

Result<void> write_png(const std::filesystem::path& file, const Gray16Picture& picture) {
  auto checked = check_size("'" + file.string() + "'", picture.width_px, picture.height_px,
                            picture.values.size());
  if (!checked) return checked;
  auto frame = allocate(picture.width_px, picture.height_px, AV_PIX_FMT_GRAY16BE);
  if (!frame) return frame.error();
  std::size_t at = 0;
  for (int y = 0; y < picture.height_px; ++y) {
    std::uint8_t* row = (*frame)->data[0] + std::ptrdiff_t{y} * (*frame)->linesize[0];
    for (int x = 0; x < picture.width_px; ++x, ++at) {
      *row++ = static_cast<std::uint8_t>(picture.values[at] >> 8);
      *row++ = static_cast<std::uint8_t>(picture.values[at] & 255);
    }
  }
  return encode_and_save(file, **frame);
}

Result<Bytes> encode_jpeg(const VideoFrame& frame) {
  const VideoFormat& format = frame.format;
  if (format.width_px <= 0 || format.height_px <= 0 || frame.planes[0].data == nullptr) {
    return Error{ErrorCode::InvalidArgument, "a frame without pixels has no image"};
  }
  auto coded = allocate(format.width_px, format.height_px, AV_PIX_FMT_YUVJ420P);
  if (!coded) return coded.error();
  const bool ten_bits = format.pixel_format == PixelFormat::I420P10;
  const ScalerPtr scaler(sws_getContext(format.width_px, format.height_px,
                                        ten_bits ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P,
                                        format.width_px, format.height_px, AV_PIX_FMT_YUV420P,
                                        SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (scaler == nullptr) return out_of_memory();
  const int matrix = format.matrix == ColorMatrix::Bt601   ? SWS_CS_ITU601
                     : format.matrix == ColorMatrix::Bt709 ? SWS_CS_ITU709
                                                           : SWS_CS_BT2020;
  // JPEG has one matrix and one range.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(matrix),
                           format.range == ColorRange::Full ? 1 : 0,
                           sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
  std::array<const std::uint8_t*, 4> planes{};
  std::array<int, 4> strides{};
  for (std::size_t i = 0; i < frame.planes.size(); ++i) {
    planes[i] = frame.planes[i].data;
    strides[i] = static_cast<int>(frame.planes[i].stride_bytes);
  }
  sws_scale(scaler.get(), planes.data(), strides.data(), 0, format.height_px, (*coded)->data,
            (*coded)->linesize);
  constexpr int kPreviewQuality = 4;
  (*coded)->quality = kPreviewQuality * FF_QP2LAMBDA;
  const auto packet = encode_picture(**coded, AV_CODEC_ID_MJPEG);
  if (!packet) return packet.error();
  return Bytes((*packet)->data, (*packet)->data + (*packet)->size);
}

}  // namespace streamkit::media
