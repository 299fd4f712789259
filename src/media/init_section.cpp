#include "media/init_section.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "media/codec_parameters.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"
#include "media/mux_streams.hpp"

namespace streamkit::media {
namespace {

using View = std::span<const std::uint8_t>;

// An MP4 muxer that writes the header of fragmented files into memory.
class HeaderMuxer {
 public:
  HeaderMuxer() = default;
  HeaderMuxer(const HeaderMuxer&) = delete;
  HeaderMuxer& operator=(const HeaderMuxer&) = delete;
  ~HeaderMuxer() {
    if (context_ == nullptr) return;
    std::uint8_t* bytes = nullptr;
    if (context_->pb != nullptr) avio_close_dyn_buf(context_->pb, &bytes);
    av_free(bytes);
    avformat_free_context(context_);
  }

  Result<AVFormatContext*> open() {
    const int code = avformat_alloc_output_context2(&context_, nullptr, "mp4", nullptr);
    if (code < 0) return ffmpeg_error(code, "cannot set up an MP4 muxer");
    make_quiet(*context_);
    if (avio_open_dyn_buf(&context_->pb) < 0) return out_of_memory();
    context_->flags |= AVFMT_FLAG_BITEXACT;  // omits the muxer's version
    return context_;
  }

  Result<Bytes> header(int timescale) {
    Options options;
    options.set("movflags", "cmaf+empty_moov+default_base_moof+skip_trailer");
    options.set("use_editlist", "0");
    options.set("video_track_timescale", std::to_string(timescale));
    if (const int code = avformat_write_header(context_, options.in_out()); code < 0) {
      return ffmpeg_error(code, "cannot write the initialization section");
    }
    avio_flush(context_->pb);
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(context_->pb, &bytes);
    context_->pb = nullptr;
    Bytes copy(bytes, bytes + size);
    av_free(bytes);
    return copy;
  }

 private:
  AVFormatContext* context_ = nullptr;
};

// Returns the content of the first box of this name.
View find_box(View file, std::string_view name) {
  const auto at = std::search(file.begin(), file.end(), name.begin(), name.end());
  if (at == file.end() || at - file.begin() < 4) return {};
  const auto begin = static_cast<std::size_t>(at - file.begin());
  std::size_t size = 0;
  for (std::size_t i = begin - 4; i < begin; ++i) size = size << 8 | file[i];
  if (size < 8 || begin - 4 + size > file.size()) return {};
  return file.subspan(begin + 4, size - 8);
}

template <typename... Values>
std::string text(const char* format, Values... values) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

std::string avc_string(View config) {
  if (config.size() < 4) return {};
  return text("avc1.%02x%02x%02x", config[1], config[2], config[3]);
}

std::string hevc_string(View config) {
  if (config.size() < 13) return {};
  std::uint32_t flags = 0;  // in reverse order
  for (int bit = 0; bit < 32; ++bit) {
    const std::uint32_t one = config[2 + static_cast<std::size_t>(bit) / 8] >> (7 - bit % 8) & 1U;
    flags |= one << bit;
  }
  std::string name = "hvc1.";
  const int space = config[1] >> 6;
  if (space > 0) name += static_cast<char>('A' + space - 1);
  name += text("%d.%X.%c%d", config[1] & 0x1F, flags, (config[1] & 0x20) != 0 ? 'H' : 'L',
               static_cast<int>(config[12]));
  std::size_t constraints = 6;
  while (constraints > 0 && config[5 + constraints] == 0) --constraints;
  for (std::size_t i = 0; i < constraints; ++i) name += text(".%X", config[6 + i]);
  return name;
}

std::string av1_string(View config) {
  if (config.size() < 3) return {};
  const bool high = (config[2] & 0x40) != 0;
  const bool twelve = (config[2] & 0x20) != 0;
  int depth = 8;
  if (high) depth = twelve ? 12 : 10;
  return text("av01.%d.%02d%c.%02d", config[1] >> 5, config[1] & 0x1F,
              (config[2] & 0x80) != 0 ? 'H' : 'M', depth);
}

std::string aac_string(View config) {
  if (config.size() < 2) return {};
  int type = config[0] >> 3;
  if (type == 31) type = 32 + ((config[0] & 7) << 3 | config[1] >> 5);
  return text("mp4a.40.%d", type);
}

std::string video_string(const std::string& codec, View init) {
  if (codec == "h264") return codec_string(codec, find_box(init, "avcC"));
  if (codec == "hevc") return codec_string(codec, find_box(init, "hvcC"));
  return codec_string(codec, find_box(init, "av1C"));
}

Error unsupported(const std::string& codec) {
  return {ErrorCode::Unsupported, "the codec '" + codec +
                                      "' cannot be carried to players: send H.264, HEVC or AV1, "
                                      "and AAC"};
}

}  // namespace

std::string codec_string(const std::string& codec, View config) {
  if (codec == "h264") return avc_string(config);
  if (codec == "hevc") return hevc_string(config);
  if (codec == "av1") return av1_string(config);
  if (codec == "aac") return aac_string(config);
  if (codec == "opus") return "opus";
  if (codec == "mp3") return "mp4a.40.34";
  if (codec == "ac3") return "ac-3";
  if (codec == "eac3") return "ec-3";
  return {};
}

Result<InitSection> make_init_section(const VideoTrack& track, int timescale,
                                      std::int64_t bit_rate_bps) {
  if (track.codec != "h264" && track.codec != "hevc" && track.codec != "av1") {
    return unsupported(track.codec);
  }
  // FFmpeg's muxer would read anything else to make a record of it.
  const bool is_record = !track.codec_config.empty() && (track.codec_config[0] & 0x7F) == 1;
  if (!is_record) {
    return Error{ErrorCode::InvalidArgument,
                 "the video track has no codec configuration, or a damaged one"};
  }
  HeaderMuxer muxer;
  auto context = muxer.open();
  if (!context) return context.error();
  auto stream = add_stream(*context, track);
  if (!stream) return stream.error();
  AVCodecParameters& parameters = *(*stream)->codecpar;
  set_color(parameters, color_of(track.coded_color));
  const PixelAspect aspect = track.pixel_aspect;
  if (aspect.num > 0 && aspect.den > 0) {
    parameters.sample_aspect_ratio = {aspect.num, aspect.den};
    (*stream)->sample_aspect_ratio = parameters.sample_aspect_ratio;
  }
  parameters.bit_rate = bit_rate_bps;
  auto bytes = muxer.header(timescale);
  if (!bytes) return bytes.error();
  InitSection init{std::move(*bytes), {}};
  init.codecs = video_string(track.codec, init.bytes);
  if (init.codecs.empty()) {
    return Error{ErrorCode::CorruptData, "the configuration of the video codec is damaged"};
  }
  return init;
}

Result<InitSection> make_init_section(const AudioTrack& track, std::int64_t bit_rate_bps) {
  std::string codecs = codec_string(track.codec, track.codec_config);
  if (codecs.empty() && track.codec != "aac") return unsupported(track.codec);
  if (codecs.empty()) {
    return Error{ErrorCode::InvalidArgument, "the audio track has no codec configuration"};
  }
  HeaderMuxer muxer;
  auto context = muxer.open();
  if (!context) return context.error();
  auto stream = add_stream(*context, track);
  if (!stream) return stream.error();
  (*stream)->codecpar->bit_rate = bit_rate_bps;
  auto bytes = muxer.header(track.format.sample_rate_hz);
  if (!bytes) return bytes.error();
  return InitSection{std::move(*bytes), std::move(codecs)};
}

}  // namespace streamkit::media
