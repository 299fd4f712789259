#include <streamkit/worker/contact_sheet.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <streamkit/stereo/depth_upsampling.hpp>
#include <utility>

#include "worker/sheet_images.hpp"

namespace streamkit::worker {
namespace {

constexpr int kCellWidth = 384;
constexpr int kGap = 4;
constexpr std::uint8_t kPaper = 32;

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

  // `depths` are those of the parts, and last that of the views.
  Result<void> add(const VideoFrame& frame, std::span<const DepthMap> depths) {
    const DepthMap& depth = depths.back();
    const auto pair = pair_->render(frame, depth);
    if (!pair) return pair.error();
    const auto anaglyph = anaglyph_->render(frame, depth);
    if (!anaglyph) return anaglyph.error();
    std::vector<media::RgbPicture> row = {rgb_of(frame, 0, 1, kCellWidth)};
    const int height = row.front().height_px;
    for (const DepthMap& one : depths) {
      const auto large = stereo::upsample_depth(frame, one);
      if (!large) return large.error();
      row.push_back(false_colour(*large, kCellWidth, height));
    }
    row.push_back(rgb_of(*pair, 0, 0.5, kCellWidth));
    row.push_back(rgb_of(*pair, 0.5, 0.5, kCellWidth));
    row.push_back(rgb_of(*anaglyph, 0, 1, kCellWidth));
    rows_.push_back(std::move(row));
    return {};
  }

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  [[nodiscard]] media::RgbPicture sheet() const {
    const int height = rows_.front().front().height_px;
    const int rows = static_cast<int>(rows_.size());
    const int columns = static_cast<int>(rows_.front().size());
    media::RgbPicture whole =
        blank_image(columns * (kCellWidth + kGap) + kGap, rows * (height + kGap) + kGap, kPaper);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
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
  std::vector<std::vector<media::RgbPicture>> rows_;
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

std::vector<std::string> column_names(std::span<const SheetPart> parts) {
  std::vector<std::string> names = {"source"};
  for (const SheetPart& part : parts) names.push_back(part.name);
  names.insert(names.end(), {parts.empty() ? "depth" : "fused depth", "left", "right", "anaglyph"});
  return names;
}

// Depth of each part and of the conversion itself, which is the last.
Result<void> estimate_all(const VideoFrame& frame, DepthEstimator& estimator,
                          std::span<const SheetPart> parts, std::span<DepthMap> depths) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (auto done = parts[i].estimator->estimate(frame, depths[i]); !done) {
      return done.error().with_context(parts[i].name);
    }
  }
  return estimator.estimate(frame, depths.back());
}

std::string list_of(const std::vector<MediaTime>& times) {
  std::string list;
  for (const MediaTime time : times) list += (list.empty() ? "" : ", ") + seconds_text(time);
  return list;
}

}  // namespace

Result<ContactSheet> make_contact_sheet(MediaReader& reader, DepthEstimator& estimator,
                                        const stereo::StereoOptions& options,
                                        std::vector<MediaTime> times, std::stop_token stop,
                                        std::span<const SheetPart> parts) {
  auto maker = SheetMaker::create(options);
  if (!maker) return maker.error();
  if (times.empty()) times = even_times(reader.info().duration);
  std::optional<MediaTime> start;
  std::vector<DepthMap> depths(parts.size() + 1);
  ContactSheet sheet;
  sheet.columns = column_names(parts);
  auto next = times.begin();
  while (next != times.end()) {
    auto item = reader.read(stop);
    if (!item) return item.error();
    if (std::holds_alternative<EndOfStream>(*item)) break;
    const auto* frame = std::get_if<VideoFrame>(&*item);
    if (frame == nullptr) continue;
    if (!start) start = frame->pts;
    if (auto done = estimate_all(*frame, estimator, parts, depths); !done) return done.error();
    sheet.end = frame->pts - *start + frame->duration;
    if (sheet.end <= *next) continue;
    if (auto done = maker->add(*frame, depths); !done) return done.error();
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
  text += "\ncolumns: ";
  for (const std::string& column : sheet.columns) {
    text += (&column == &sheet.columns.front() ? "" : ", ") + column;
  }
  if (!sheet.missing.empty()) {
    text +=
        "\nno row for " + list_of(sheet.missing) + ": the video ends at " + seconds_text(sheet.end);
  }
  return text;
}

}  // namespace streamkit::worker
