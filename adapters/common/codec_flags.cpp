#include "common/codec_flags.hpp"

#include <array>
#include <streamkit/media/encoder_probe.hpp>
#include <string_view>
#include <utility>

namespace streamkit::common {
namespace {

constexpr std::array<std::string_view, 2> kCodecs = {"h264", "hevc"};
constexpr std::array<std::string_view, 2> kHdr = {"sdr", "keep"};

// A named encoder decides the codec, unless that is named as well.
Result<void> read_encoder(const Arguments& arguments, CodecChoice& choice) {
  const std::string name = arguments.text("encoder");
  if (name == "software") return {};
  choice.encoder = name;
  if (name == "auto") return {};
  const auto codec = media::codec_of_encoder(name);
  if (!codec) return arguments.wrong("encoder", codec.error().message + ", or software");
  if (arguments.given("codec") && *codec != choice.codec) {
    return arguments.wrong("encoder", name + " does not write --codec " + arguments.text("codec"));
  }
  choice.codec = *codec;
  return {};
}

}  // namespace

std::vector<Flag> codec_flags() {
  return {
      {"codec", "NAME",
       "of the video: h264, or hevc, which is smaller and slower; preset and quality are of either",
       "h264"},
      {"hdr", "NAME",
       "of HDR video: sdr (tone-mapped to SDR) or keep (HDR as it is, in 10-bit HEVC)", "sdr"},
  };
}

Flag encoder_flag(std::string default_encoder) {
  return {"encoder", "NAME",
          "auto (hardware if it works, otherwise software), software (libx264 or libx265), or an "
          "encoder of FFmpeg such as h264_nvenc, h264_vaapi, h264_qsv",
          std::move(default_encoder)};
}

Result<CodecChoice> read_codec_flags(const Arguments& arguments) {
  const auto codec = arguments.choice("codec", kCodecs);
  if (!codec) return codec.error();
  const auto hdr = arguments.choice("hdr", kHdr);
  if (!hdr) return hdr.error();
  CodecChoice choice;
  if (*codec == "hevc") choice.codec = media::VideoCodec::Hevc;
  if (auto read = read_encoder(arguments, choice); !read) return read.error();
  choice.keep_hdr = *hdr == "keep";
  const bool named = !choice.encoder.empty() && choice.encoder != "auto";
  if (choice.keep_hdr && named && choice.encoder != "libx265") {
    return arguments.wrong("encoder", "--hdr keep needs libx265; leave out --encoder");
  }
  if (choice.keep_hdr && arguments.given("codec") && *codec == "h264") {
    return arguments.wrong("codec", "--hdr keep writes HDR as HEVC; leave out --codec h264");
  }
  return choice;
}

}  // namespace streamkit::common
