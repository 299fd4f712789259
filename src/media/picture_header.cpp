#include "media/picture_header.hpp"

#include <algorithm>
#include <limits>
#include <span>

#include "media/ffmpeg_quiet.hpp"

namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

std::int64_t number(View bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) return 0;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

// Returns a side of the frame. Above 2^31 - 1 it is invalid, and more would overflow the product.
// Source: Portable Network Graphics, third edition, 7.1 (integers) and 11.2.1 (IHDR).
std::int64_t side_of_png(View bytes, std::size_t at) {
  return std::min<std::int64_t>(number(bytes, at, 4), std::numeric_limits<std::int32_t>::max());
}

std::int64_t pixels_of_png(View bytes) {
  constexpr std::size_t kSize = 16;
  return side_of_png(bytes, kSize) * side_of_png(bytes, kSize + 4);
}

// Returns the largest of a packet's frames. Source: ITU-T T.81, B.2.2 (frame header).
std::int64_t pixels_of_jpeg(View bytes) {
  constexpr std::uint8_t kMarker = 0xFF;
  std::int64_t most = 0;
  for (std::size_t at = 0; at + 8 < bytes.size(); ++at) {
    if (bytes[at] != kMarker || bytes[at + 1] < 0xC0 || bytes[at + 1] > 0xCF) continue;
    const std::uint8_t kind = bytes[at + 1];
    if (kind == 0xC4 || kind == 0xC8 || kind == 0xCC) continue;  // tables
    most = std::max(most, number(bytes, at + 5, 2) * number(bytes, at + 7, 2));
    break;
  }
  return most;
}

// Source: SMPTE RDD 36:2022, 5.1 (frame header, after the size and the name of the frame).
std::int64_t pixels_of_prores(View bytes) {
  constexpr std::size_t kWidth = 16;
  return number(bytes, kWidth, 2) * number(bytes, kWidth + 2, 2);
}

}  // namespace

PictureHeaders::PictureHeaders(const AVCodecParameters& parameters, bool whole_frames)
    : codec_id_(parameters.codec_id), context_(avcodec_alloc_context3(nullptr)) {
  if (context_ == nullptr || avcodec_parameters_to_context(context_.get(), &parameters) < 0) return;
  make_quiet(*context_);
  parser_.reset(av_parser_init(codec_id_));
  if (parser_ != nullptr && whole_frames) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

void PictureHeaders::parse(View bytes, const AVPacket& packet) {
  while (!bytes.empty()) {
    std::uint8_t* out = nullptr;
    int size = 0;
    const int used =
        av_parser_parse2(parser_.get(), context_.get(), &out, &size, bytes.data(),
                         static_cast<int>(bytes.size()), packet.pts, packet.dts, packet.pos);
    if (used <= 0) return;
    bytes = bytes.subspan(std::min(bytes.size(), static_cast<std::size_t>(used)));
  }
}

std::int64_t PictureHeaders::pixels(const AVPacket& packet) {
  const View bytes(packet.data, static_cast<std::size_t>(std::max(packet.size, 0)));
  switch (codec_id_) {
    case AV_CODEC_ID_PNG:
      return pixels_of_png(bytes);
    case AV_CODEC_ID_MJPEG:
      return pixels_of_jpeg(bytes);
    case AV_CODEC_ID_PRORES:
      return pixels_of_prores(bytes);
    default:
      break;
  }
  if (parser_ == nullptr || bytes.empty()) return 0;
  parse(bytes, packet);
  const auto product = [](int width, int height) { return std::int64_t{width} * height; };
  return std::max({product(parser_->width, parser_->height),
                   product(parser_->coded_width, parser_->coded_height),
                   product(context_->width, context_->height)});
}

}  // namespace streamkit::media
