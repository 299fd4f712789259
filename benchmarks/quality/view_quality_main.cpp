// Measures a synthesized right view:
//   view_quality disparity IN SCALE OUT.pfm   a grey 8-bit picture of value / SCALE pixels, as PFM
//   view_quality score REAL MADE DISPARITY.pfm
//     prints "PSNR HOLE_PSNR SSIM HOLE_SHARE" without the rightmost columns that are never seen
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <streamkit/media/ffmpeg_log.hpp>
#include <streamkit/media/portable_float_map.hpp>
#include <string>
#include <vector>

#include "quality/view_quality.hpp"

namespace {

using namespace streamkit;

Result<void> write_disparity(const std::string& in, double scale, const std::string& out) {
  const auto picture = media::read_rgb_picture(in);
  if (!picture) return picture.error();
  media::FloatMap map{picture->width_px, picture->height_px, {}};
  for (const std::uint8_t value : picture->planes[1]) {
    map.values.push_back(value == 0 ? std::numeric_limits<float>::infinity()
                                    : static_cast<float>(value / scale));
  }
  const std::vector<std::uint8_t> bytes = media::print_float_map(map);
  std::ofstream file(out, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Error{ErrorCode::Internal, "cannot write '" + out + "'"};
  return {};
}

Result<void> print_score(const std::string& real, const std::string& made,
                         const std::string& disparity) {
  const auto expected = media::read_rgb_picture(real);
  if (!expected) return expected.error();
  const auto drawn = media::read_rgb_picture(made);
  if (!drawn) return drawn.error();
  const auto map = media::read_float_map(disparity);
  if (!map) return map.error();
  const int width = expected->width_px;
  const int height = expected->height_px;
  const int columns = width - quality::largest_disparity(map->values);
  if (drawn->width_px != width || drawn->height_px != height || map->width_px != width ||
      map->height_px != height || columns < 1) {
    return Error{ErrorCode::InvalidArgument, "the pictures do not match in size"};
  }
  const quality::ViewScore score = quality::score_view(
      *expected, *drawn, quality::covered_in_right_view(width, height, map->values), columns);
  std::printf("%.3f %.3f %.4f %.4f\n", score.psnr_db, score.hole_psnr_db, score.ssim,
              score.hole_share);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const media::FfmpegLog quiet(nullptr);
  const std::vector<std::string> words(argv + 1, argv + argc);
  Result<void> done = Error{ErrorCode::InvalidArgument,
                            "use: view_quality disparity IN SCALE OUT.pfm | score REAL MADE "
                            "DISPARITY.pfm"};
  if (words.size() == 4 && words[0] == "disparity" && std::atof(words[2].c_str()) > 0) {
    done = write_disparity(words[1], std::atof(words[2].c_str()), words[3]);
  }
  if (words.size() == 4 && words[0] == "score") done = print_score(words[1], words[2], words[3]);
  if (!done) std::cerr << "view_quality: " << done.error().message << "\n";
  return done ? 0 : 1;
}
