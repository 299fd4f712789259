#include <streamkit/worker/contact_sheet.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <streamkit/stereo/depth_upsampling.hpp>

namespace streamkit::worker {
namespace {

constexpr int kCellWidth = 384;
constexpr int kGap = 4;
constexpr int kColumns = 5;
constexpr std::uint8_t kPaper = 32;

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::clamp(value * 255.0 + 0.5, 0.0, 255.0));
}

media::RgbPicture blank(int width, int height, std::uint8_t value) {
  media::RgbPicture picture{width, height, {}};
  for (auto& plane : picture.planes) {
    plane.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value);
  }
  return picture;
}

// Where pixel `i` of `to` pixels lies in `from` pixels, the first and the one behind the last.
std::pair<int, int> span_of(int i, int to, double begin, double length, int from) {
  const int first = std::clamp(static_cast<int>(begin + length * i / to), 0, from - 1);
  const int last = std::clamp(static_cast<int>(begin + length * (i + 1) / to), first + 1, from);
  return {first, last};
}

double mean_of(const VideoPlane& plane, std::pair<int, int> columns, std::pair<int, int> rows) {
  std::int64_t sum = 0;
  for (int y = rows.first; y < rows.second; ++y) {
    for (int x = columns.first; x < columns.second; ++x) sum += plane.row(y)[x];
  }
  return static_cast<double>(sum) / ((columns.second - columns.first) * (rows.second - rows.first));
}

// Source: ITU-R BT.601-7 and BT.709-6.
std::array<double, 3> rgb(const VideoFormat& format, double y, double u, double v) {
  const bool full = format.range == ColorRange::Full;
  const double luma = full ? y / 255 : (y - 16) / 219;
  const double blue = (u - 128) / (full ? 255 : 224);
  const double red = (v - 128) / (full ? 255 : 224);
  const double kr = format.matrix == ColorMatrix::Bt601 ? 0.299 : 0.2126;
  const double kb = format.matrix == ColorMatrix::Bt601 ? 0.114 : 0.0722;
  const double r = luma + 2 * (1 - kr) * red;
  const double b = luma + 2 * (1 - kb) * blue;
  return {r, (luma - kr * r - kb * b) / (1 - kr - kb), b};
}

void place(media::RgbPicture& sheet, const media::RgbPicture& cell, int left, int top) {
  for (std::size_t c = 0; c < 3; ++c) {
    for (int y = 0; y < cell.height_px; ++y) {
      std::copy_n(cell.planes[c].begin() + std::ptrdiff_t{y} * cell.width_px, cell.width_px,
                  sheet.planes[c].begin() + std::ptrdiff_t{top + y} * sheet.width_px + left);
    }
  }
}

class SheetMaker {
 public:
  static Result<SheetMaker> create(stereo::StereoOptions options) {
    options.mode = StereoMode::FullSbs;
    auto pair = stereo::ForwardWarpRenderer::create(options);
    if (!pair) return pair.error();
    options.mode = StereoMode::AnaglyphDubois;
    auto anaglyph = stereo::ForwardWarpRenderer::create(options);
    if (!anaglyph) return anaglyph.error();
    SheetMaker maker;
    maker.pair_ = std::move(*pair);
    maker.anaglyph_ = std::move(*anaglyph);
    return maker;
  }

  Result<void> add(const VideoFrame& frame, const DepthMap& depth) {
    const auto pair = pair_->render(frame, depth);
    if (!pair) return pair.error();
    const auto anaglyph = anaglyph_->render(frame, depth);
    if (!anaglyph) return anaglyph.error();
    const auto large = stereo::upsample_depth(frame, depth);
    if (!large) return large.error();
    const media::RgbPicture source = rgb_of(frame, 0, 1, kCellWidth);
    rows_.push_back({source, false_colour(*large, kCellWidth, source.height_px),
                     rgb_of(*pair, 0, 0.5, kCellWidth), rgb_of(*pair, 0.5, 0.5, kCellWidth),
                     rgb_of(*anaglyph, 0, 1, kCellWidth)});
    return {};
  }

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  [[nodiscard]] media::RgbPicture sheet() const {
    const int height = rows_.front().front().height_px;
    const int rows = static_cast<int>(rows_.size());
    media::RgbPicture whole =
        blank(kColumns * (kCellWidth + kGap) + kGap, rows * (height + kGap) + kGap, kPaper);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < kColumns; ++x) {
        place(whole, rows_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)],
              kGap + x * (kCellWidth + kGap), kGap + y * (height + kGap));
      }
    }
    return whole;
  }

 private:
  SheetMaker() = default;
  std::unique_ptr<stereo::ForwardWarpRenderer> pair_;
  std::unique_ptr<stereo::ForwardWarpRenderer> anaglyph_;
  std::vector<std::array<media::RgbPicture, kColumns>> rows_;
};

std::vector<MediaTime> even_times(MediaTime duration) {
  constexpr int kRows = 5;
  if (duration <= MediaTime{0}) duration = std::chrono::seconds(kRows);
  std::vector<MediaTime> times;
  for (int i = 0; i < kRows; ++i) times.push_back(duration * (2 * i + 1) / (2 * kRows));
  return times;
}

std::string seconds_text(MediaTime time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g s", to_seconds(time));
  return text.data();
}

std::string list_of(const std::vector<MediaTime>& times) {
  std::string list;
  for (const MediaTime time : times) list += (list.empty() ? "" : ", ") + seconds_text(time);
  return list;
}

}  // namespace

Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text) {
  const Error wrong{ErrorCode::InvalidArgument,
                    "times must be 1 to " + std::to_string(kMaxSheetRows) +
                        " numbers of seconds with commas between, such as 0.5,3,12"};
  constexpr double kLongest = 1e6;
  std::vector<MediaTime> times;
  for (;;) {
    const std::string_view word = text.substr(0, text.find(','));
    double seconds = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    const bool whole = failure == std::errc{} && end == word.data() + word.size();
    if (!whole || !(seconds >= 0 && seconds <= kLongest)) return wrong;
    times.push_back(std::chrono::duration_cast<MediaTime>(std::chrono::duration<double>(seconds)));
    if (times.size() > kMaxSheetRows) return wrong;
    if (word.size() == text.size()) break;
    text.remove_prefix(word.size() + 1);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

media::RgbPicture rgb_of(const VideoFrame& frame, double left, double share, int width_px) {
  const double source_width = frame.format.width_px * share;
  const int height =
      std::clamp(static_cast<int>(std::lround(frame.format.height_px * width_px / source_width)), 1,
                 4 * width_px);
  media::RgbPicture picture = blank(width_px, height, 0);
  std::size_t at = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width_px; ++x, ++at) {
      std::array<double, 3> yuv{};
      for (std::size_t p = 0; p < 3; ++p) {
        const VideoPlane& plane = frame.planes[p];
        yuv[p] = mean_of(
            plane,
            span_of(x, width_px, plane.width_px * left, plane.width_px * share, plane.width_px),
            span_of(y, height, 0, plane.height_px, plane.height_px));
      }
      const auto colour = rgb(frame.format, yuv[0], yuv[1], yuv[2]);
      for (std::size_t c = 0; c < 3; ++c) picture.planes[c][at] = level(colour[c]);
    }
  }
  return picture;
}

media::RgbPicture false_colour(const DepthMap& depth, int width_px, int height_px) {
  // Each channel rises and falls over a part of the range.
  constexpr std::array<std::array<double, 3>, 5> kStops = {
      {{0.1, 0.1, 0.6}, {0.0, 0.6, 0.9}, {0.2, 0.8, 0.3}, {1.0, 0.9, 0.1}, {0.9, 0.1, 0.1}}};
  media::RgbPicture picture = blank(width_px, height_px, 0);
  std::size_t at = 0;
  for (int y = 0; y < height_px; ++y) {
    const int row = y * depth.height_px / height_px;
    for (int x = 0; x < width_px; ++x, ++at) {
      const int column = x * depth.width_px / width_px;
      const double value =
          std::clamp(double{depth.values[static_cast<std::size_t>(row) *
                                             static_cast<std::size_t>(depth.width_px) +
                                         static_cast<std::size_t>(column)]},
                     0.0, 1.0);
      const double position = value * (kStops.size() - 1);
      const auto first = std::min(static_cast<std::size_t>(position), kStops.size() - 2);
      const double share = position - static_cast<double>(first);
      for (std::size_t c = 0; c < 3; ++c) {
        picture.planes[c][at] =
            level(kStops[first][c] + share * (kStops[first + 1][c] - kStops[first][c]));
      }
    }
  }
  return picture;
}

Result<ContactSheet> contact_sheet(MediaReader& reader, DepthEstimator& estimator,
                                   stereo::StereoOptions options, std::vector<MediaTime> times,
                                   std::stop_token stop) {
  auto maker = SheetMaker::create(options);
  if (!maker) return maker.error();
  if (times.empty()) times = even_times(reader.info().duration);
  std::optional<MediaTime> start;
  DepthMap depth;
  ContactSheet sheet;
  auto next = times.begin();
  while (next != times.end()) {
    auto item = reader.read(stop);
    if (!item) return item.error();
    if (std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    if (!start) start = frame->pts;
    if (auto done = estimator.estimate(*frame, depth); !done) return done.error();
    sheet.end = frame->pts - *start + frame->duration;
    if (sheet.end <= *next) continue;
    if (auto done = maker->add(*frame, depth); !done) return done.error();
    sheet.times.push_back(*next);
    while (next != times.end() && *next < sheet.end) ++next;
  }
  if (maker->empty()) {
    return Error{ErrorCode::InvalidArgument,
                 "the video has no frame at any of these times; it "
                 "ends at " +
                     seconds_text(sheet.end)};
  }
  sheet.missing.assign(next, times.end());
  sheet.picture = maker->sheet();
  return sheet;
}

std::string describe(const ContactSheet& sheet) {
  std::string text = std::to_string(sheet.times.size()) +
                     (sheet.times.size() == 1 ? " row: " : " rows: ") + list_of(sheet.times);
  if (!sheet.missing.empty()) {
    text +=
        "\nno row for " + list_of(sheet.missing) + ": the video ends at " + seconds_text(sheet.end);
  }
  return text;
}

}  // namespace streamkit::worker
