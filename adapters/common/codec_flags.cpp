#include "common/codec_flags.hpp"

#include <array>
#include <string_view>

namespace streamkit::common {
namespace {

constexpr std::array<std::string_view, 2> kCodecs = {"h264", "hevc"};
constexpr std::array<std::string_view, 2> kHdr = {"sdr", "keep"};

}  // namespace

std::vector<Flag> codec_flags() {
  return {
      {"codec", "NAME",
       "of the video: h264 (libx264), or hevc (libx265), which is smaller and slower; preset and "
       "quality are of either",
       "h264"},
      {"hdr", "NAME",
       "of HDR video: sdr (tone-mapped to SDR) or keep (HDR as it is, in 10-bit HEVC)", "sdr"},
  };
}

Result<CodecChoice> read_codec_flags(const Arguments& arguments) {
  const auto codec = arguments.choice("codec", kCodecs);
  if (!codec) return codec.error();
  const auto hdr = arguments.choice("hdr", kHdr);
  if (!hdr) return hdr.error();
  CodecChoice choice;
  if (*codec == "hevc") choice.codec = media::VideoCodec::Hevc;
  choice.keep_hdr = *hdr == "keep";
  if (choice.keep_hdr && arguments.given("codec") && *codec == "h264") {
    return arguments.wrong("codec", "--hdr keep writes HDR as HEVC; leave out --codec h264");
  }
  return choice;
}

}  // namespace streamkit::common
