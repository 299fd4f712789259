#include "media/subtitle_converter.hpp"

#include <cstring>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {
namespace {

constexpr std::size_t kMaxCueBytes = 256 * 1024;

// Frees what a decoder left in a subtitle.
struct Cue {
  AVSubtitle subtitle{};
  Cue() = default;
  Cue(const Cue&) = delete;
  Cue& operator=(const Cue&) = delete;
  ~Cue() { avsubtitle_free(&subtitle); }
};

}  // namespace

Result<std::unique_ptr<SubtitleConverter>> SubtitleConverter::open(const AVStream& from,
                                                                   AVCodecID to) {
  std::unique_ptr<SubtitleConverter> converter(new SubtitleConverter);
  auto decoder = open_codec(*from.codecpar, from.time_base, 1);
  if (!decoder) return decoder.error();
  converter->decoder_ = std::move(*decoder);
  const AVCodec* codec = avcodec_find_encoder(to);
  if (codec == nullptr) return Error{ErrorCode::Unsupported, "this FFmpeg has no such encoder"};
  converter->encoder_.reset(avcodec_alloc_context3(codec));
  AVCodecContext* encoder = converter->encoder_.get();
  if (encoder == nullptr) return out_of_memory();
  make_quiet(*encoder);
  encoder->time_base = from.time_base;
  // FFmpeg's decoders describe every text in the way of SSA; the header goes with it.
  const AVCodecContext& source = *converter->decoder_;
  if (source.subtitle_header != nullptr) {
    const auto size = static_cast<std::size_t>(source.subtitle_header_size);
    encoder->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(size + 1));
    if (encoder->subtitle_header == nullptr) return out_of_memory();
    std::memcpy(encoder->subtitle_header, source.subtitle_header, size);
    encoder->subtitle_header_size = source.subtitle_header_size;
  }
  if (const int code = avcodec_open2(encoder, codec, nullptr); code < 0) {
    return ffmpeg_error(code, "cannot convert subtitles");
  }
  return converter;
}

Result<AVStream*> SubtitleConverter::add_stream(AVFormatContext& muxer) const {
  AVStream* stream = avformat_new_stream(&muxer, nullptr);
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, encoder_.get()) < 0) {
    return out_of_memory();
  }
  stream->time_base = {1, 1000};
  return stream;
}

Result<PacketPtr> SubtitleConverter::convert(AVPacket& packet) {
  Cue cue;
  int found = 0;
  const int code = avcodec_decode_subtitle2(decoder_.get(), &cue.subtitle, &found, &packet);
  // A damaged cue is left out.
  if (code < 0 || found == 0 || cue.subtitle.num_rects == 0) return PacketPtr();
  PacketPtr text(av_packet_alloc());
  if (text == nullptr || av_new_packet(text.get(), kMaxCueBytes) < 0) return out_of_memory();
  const int size = avcodec_encode_subtitle(encoder_.get(), text->data,
                                           static_cast<int>(kMaxCueBytes), &cue.subtitle);
  if (size <= 0) return PacketPtr();
  av_shrink_packet(text.get(), size);
  return text;
}

}  // namespace streamkit::media
