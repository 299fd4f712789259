#include "media/container.hpp"

#include <algorithm>
#include <array>
#include <streamkit/media/file_muxer.hpp>

namespace streamkit::media {
namespace {

// Source: the MP4 Registration Authority (codecs and object types); "Encapsulation of FLAC in ISO
// Base Media File Format", xiph.org; "Encapsulation of Opus in ISO Base Media File Format",
// opus-codec.org. FFmpeg's muxer takes more, which few players read.
constexpr std::array kMp4Codecs = {AV_CODEC_ID_AAC,  AV_CODEC_ID_MP3,  AV_CODEC_ID_AC3,
                                   AV_CODEC_ID_EAC3, AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC,
                                   AV_CODEC_ID_ALAC, AV_CODEC_ID_DTS,  AV_CODEC_ID_MOV_TEXT};

// Source: "QuickTime File Format Specification", Apple, "Sound Sample Descriptions".
constexpr std::array kMovCodecs = {
    AV_CODEC_ID_AAC,       AV_CODEC_ID_MP3,       AV_CODEC_ID_AC3,       AV_CODEC_ID_EAC3,
    AV_CODEC_ID_ALAC,      AV_CODEC_ID_MOV_TEXT,  AV_CODEC_ID_PCM_S8,    AV_CODEC_ID_PCM_U8,
    AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S24BE, AV_CODEC_ID_PCM_S24LE,
    AV_CODEC_ID_PCM_S32BE, AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_F32BE, AV_CODEC_ID_PCM_F32LE,
    AV_CODEC_ID_PCM_F64BE, AV_CODEC_ID_PCM_F64LE, AV_CODEC_ID_PCM_ALAW,  AV_CODEC_ID_PCM_MULAW};

bool mp4_holds(const AVOutputFormat&, AVCodecID codec) {
  return std::find(kMp4Codecs.begin(), kMp4Codecs.end(), codec) != kMp4Codecs.end();
}

bool mov_holds(const AVOutputFormat&, AVCodecID codec) {
  return std::find(kMovCodecs.begin(), kMovCodecs.end(), codec) != kMovCodecs.end();
}

// Source: ISO/IEC 13818-1 and ETSI TS 101 154. Opus has no standard mapping that players share.
constexpr std::array kTsCodecs = {AV_CODEC_ID_AAC,         AV_CODEC_ID_MP2,  AV_CODEC_ID_MP3,
                                  AV_CODEC_ID_AC3,         AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS,
                                  AV_CODEC_ID_DVB_SUBTITLE};

bool ts_holds(const AVOutputFormat&, AVCodecID codec) {
  return std::find(kTsCodecs.begin(), kTsCodecs.end(), codec) != kTsCodecs.end();
}

bool mkv_holds(const AVOutputFormat& format, AVCodecID codec) {
  return codec != AV_CODEC_ID_MOV_TEXT &&
         avformat_query_codec(&format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

struct Row {
  std::string_view extension;
  Container container;
  bool by_name = true;  // false: only if it is asked for, or into a pipe
};
constexpr Container kMp4{"mp4", AV_CODEC_ID_MOV_TEXT, mp4_holds};
constexpr std::array<Row, 5> kRows = {{{".mp4", kMp4},
                                       {".m4v", kMp4},
                                       {".mov", {"mov", AV_CODEC_ID_MOV_TEXT, mov_holds}},
                                       {".ts", {"mpegts", AV_CODEC_ID_NONE, ts_holds}, false},
                                       {".mkv", {"matroska", AV_CODEC_ID_SUBRIP, mkv_holds}}}};

}  // namespace

Result<const Container*> container_of(const std::filesystem::path& file,
                                      const std::string& format) {
  std::string extension = format.empty() ? file.extension().string() : "." + format;
  if (extension.empty() && is_output_pipe(file)) extension = ".mkv";
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const Row& row : kRows) {
    const bool allowed = row.by_name || !format.empty() || is_output_pipe(file);
    if (row.extension == extension && allowed) return &row.container;
  }
  return Error{ErrorCode::Unsupported, "'" + file.string() + "': use a name that ends in " +
                                           std::string(container_extensions())};
}

std::string_view container_extensions() noexcept { return ".mp4, .m4v, .mov or .mkv"; }

Result<bool> container_holds(const std::filesystem::path& file, const std::string& codec,
                             const std::string& format) {
  const auto container = container_of(file, format);
  if (!container) return container.error();
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(codec.c_str());
  return descriptor != nullptr && (*container)->holds_codec(descriptor->id);
}

}  // namespace streamkit::media
