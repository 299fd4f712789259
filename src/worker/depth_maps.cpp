#include <algorithm>
#include <optional>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/stereo/depth_upsampling.hpp>
#include <streamkit/worker/depth_maps.hpp>
#include <string>

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

media::Gray16Picture grey_of(const DepthMap& depth) {
  media::Gray16Picture picture{depth.width_px, depth.height_px, {}};
  picture.values.reserve(depth.values.size());
  for (const float value : depth.values) {
    picture.values.push_back(static_cast<std::uint16_t>(value * 65535.0F + 0.5F));
  }
  return picture;
}

// Repeats the last column and row where the frames were cropped to even sides.
media::Gray16Picture at_full_size(media::Gray16Picture picture, const MediaInfo& info) {
  const int width = info.full_width_px;
  const int height = info.full_height_px;
  const bool wider = width == picture.width_px + 1;
  const bool higher = height == picture.height_px + 1;
  if (!wider && !higher) return picture;
  media::Gray16Picture full{
      wider ? width : picture.width_px, higher ? height : picture.height_px, {}};
  for (int y = 0; y < full.height_px; ++y) {
    const auto row = picture.values.begin() +
                     std::ptrdiff_t{std::min(y, picture.height_px - 1)} * picture.width_px;
    full.values.insert(full.values.end(), row, row + picture.width_px);
    if (wider) full.values.push_back(full.values.back());
  }
  return full;
}

// The digits wanted by the pattern's one conversion, 0 for none; empty when it is no pattern.
struct Pattern {
  std::size_t begin;
  std::size_t end;
  std::size_t digits;
};

Result<std::optional<Pattern>> find_pattern(const std::string& name) {
  const std::size_t begin = name.find('%');
  if (begin == std::string::npos) return std::optional<Pattern>();
  std::size_t at = begin + 1;
  std::size_t digits = 0;
  if (at + 1 < name.size() && name[at] == '0' && name[at + 1] >= '1' && name[at + 1] <= '9') {
    digits = static_cast<std::size_t>(name[at + 1] - '0');
    at += 2;
  }
  if (at >= name.size() || name[at] != 'd' || name.find('%', at) != std::string::npos) {
    return Error{ErrorCode::InvalidArgument,
                 "'" + name + "' needs one %d or %05d for the number, and no other %"};
  }
  return std::optional(Pattern{begin, at + 1, digits});
}

}  // namespace

Result<fs::path> depth_map_path(const fs::path& out, bool is_folder, std::uint64_t number) {
  std::string name = is_folder ? "depth_%06d.png" : out.filename().string();
  const fs::path folder = is_folder ? out : out.parent_path();
  if (fs::path(name).extension() != ".png") {
    return Error{ErrorCode::InvalidArgument, "'" + name + "' must end in .png"};
  }
  const auto pattern = find_pattern(name);
  if (!pattern) return pattern.error();
  if (*pattern) {
    std::string digits = std::to_string(number);
    if (digits.size() < (*pattern)->digits) {
      digits.insert(0, (*pattern)->digits - digits.size(), '0');
    }
    name.replace((*pattern)->begin, (*pattern)->end - (*pattern)->begin, digits);
  } else if (number > 0) {
    return Error{ErrorCode::AlreadyExists,
                 "'" + name + "' is one file and the video has more frames"};
  }
  return folder / name;
}

Result<std::uint64_t> write_depth_maps(
    MediaReader& reader, DepthEstimator& estimator,
    const std::function<Result<fs::path>(std::uint64_t number)>& path_of, std::uint64_t max_frames,
    std::stop_token stop) {
  DepthMap depth;
  std::uint64_t number = 0;
  while (max_frames == 0 || number < max_frames) {
    auto item = reader.read(stop);
    if (!item) return item.error();
    if (std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    const auto path = path_of(number);
    if (!path) return path.error();
    if (auto done = estimator.estimate(*frame, depth); !done) return done.error();
    const auto large = stereo::upsample_depth(*frame, depth);
    if (!large) return large.error();
    if (auto done = media::write_png(*path, at_full_size(grey_of(*large), reader.info())); !done)
      return done.error();
    ++number;
  }
  if (number == 0) return Error{ErrorCode::CorruptData, "the input contains no frame"};
  return number;
}

}  // namespace streamkit::worker
