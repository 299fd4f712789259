#include "stereo/view_packing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stereo/samples.hpp"

namespace streamkit::stereo {
namespace {

bool side_by_side(StereoMode mode) {
  return mode == StereoMode::FullSbs || mode == StereoMode::HalfSbs || shows_right_first(mode);
}
bool halved(StereoMode mode) {
  return mode == StereoMode::HalfSbs || mode == StereoMode::HalfTb || mode == StereoMode::HalfCross;
}

// One axis of a view's place in the packed frame. Each packed sample i in [begin, end) is the mean
// of the two view samples `step * i + first` and `step * i + second`, limited to `count` samples.
struct Axis {
  int begin = 0;
  int end = 0;
  int step = 1;
  int first = 0;
  int second = 0;
  int count = 0;

  [[nodiscard]] int near_tap(int i) const { return std::clamp(step * i + first, 0, count - 1); }
  [[nodiscard]] int far_tap(int i) const { return std::clamp(step * i + second, 0, count - 1); }
};

// Returns the axis for luma: `offset` is where the view begins, `length` the size of its place.
Axis luma_axis(int offset, int length, int step, int count) {
  return {offset, offset + length, step, -step * offset, -step * offset + step - 1, count};
}

// Returns the axis for chroma. Chroma sample i belongs to luma sample `2 * i`: at an odd offset it
// is halfway between two chroma samples of the view.
Axis chroma_axis(int offset, int length, int step, int count) {
  Axis axis{(offset + 1) / 2, (offset + length + 1) / 2, step, 0, 0, count};
  if (step == 2) {
    axis.first = -offset;
    axis.second = -offset + 1;
  } else {
    axis.first = -(offset + 1) / 2;
    axis.second = -(offset / 2);
  }
  return axis;
}

template <typename Sample>
void place(const WritablePlane& from, const WritablePlane& to, const Axis& across,
           const Axis& down) {
  std::vector<std::uint16_t> sums(static_cast<std::size_t>(from.width_px));
  for (int y = down.begin; y < down.end; ++y) {
    const Sample* upper = row_of<Sample>(from, down.near_tap(y));
    const Sample* lower = row_of<Sample>(from, down.far_tap(y));
    const auto width = static_cast<std::size_t>(from.width_px);
    for (std::size_t x = 0; x < width; ++x) {
      sums[x] = static_cast<std::uint16_t>(upper[x] + lower[x]);
    }
    auto* out = row_of<Sample>(to, y);
    const auto mean = [&](int x) {
      const int sum = sums[static_cast<std::size_t>(across.near_tap(x))] +
                      sums[static_cast<std::size_t>(across.far_tap(x))];
      return static_cast<Sample>((sum + 2) >> 2);
    };
    // Only the outermost samples can reach beyond the view.
    const int begin = std::min(across.begin + 1, across.end);
    const int end = std::max(begin, across.end - 1);
    for (int x = across.begin; x < begin; ++x) out[x] = mean(x);
    const std::uint16_t* sum = sums.data();
    if (across.step == 2) {
      for (int x = begin; x < end; ++x) {
        out[x] =
            static_cast<Sample>((sum[2 * x + across.first] + sum[2 * x + across.second] + 2) >> 2);
      }
    } else {
      for (int x = begin; x < end; ++x) {
        out[x] = static_cast<Sample>((sum[x + across.first] + sum[x + across.second] + 2) >> 2);
      }
    }
    for (int x = end; x < across.end; ++x) out[x] = mean(x);
  }
}

template <typename Sample>
void mix_rows(const WritablePlane& left, const WritablePlane& right, const WritablePlane& to) {
  for (int y = 0; y < to.height_px; ++y) {
    const auto* a = row_of<Sample>(left, y);
    const auto* b = row_of<Sample>(right, y);
    auto* mixed = row_of<Sample>(to, y);
    for (int x = 0; x < to.width_px; ++x) {
      mixed[x] = static_cast<Sample>((a[x] + b[x] + 1) >> 1);
    }
  }
}

}  // namespace

ViewPlanes planes_of(const WritableFrame& frame) {
  return {frame.plane(0), frame.plane(1), frame.plane(2)};
}

bool is_packed(StereoMode mode) {
  return side_by_side(mode) || mode == StereoMode::FullTb || mode == StereoMode::HalfTb;
}

bool shows_right_first(StereoMode mode) {
  return mode == StereoMode::FullCross || mode == StereoMode::HalfCross;
}

bool draws_in_place(StereoMode mode, const VideoFormat& source) {
  if (!is_packed(mode) || halved(mode)) return false;
  return (side_by_side(mode) ? source.width_px : source.height_px) % 2 == 0;
}

ViewPlanes view_place(StereoMode mode, const VideoFormat& source, const WritableFrame& packed,
                      int index) {
  ViewPlanes view = planes_of(packed);
  for (std::size_t i = 0; i < view.size(); ++i) {
    WritablePlane& plane = view[i];
    plane.width_px = i == 0 ? source.width_px : (source.width_px + 1) / 2;
    plane.height_px = i == 0 ? source.height_px : (source.height_px + 1) / 2;
    if (index == 0) continue;
    plane.data += side_by_side(mode) ? plane.width_px * bytes_per_sample(source.pixel_format)
                                     : plane.height_px * plane.stride_bytes;
  }
  return view;
}

void pack_views(StereoMode mode, const ViewPlanes& first, const ViewPlanes& second,
                const WritableFrame& packed) {
  const int width = packed.format().width_px;
  const int height = packed.format().height_px;
  const bool across = side_by_side(mode);
  const int step = halved(mode) ? 2 : 1;
  const int whole = across ? width : height;
  const int seam = (whole + 1) / 2;

  for (int index = 0; index < 2; ++index) {
    const ViewPlanes& view = index == 0 ? first : second;
    const int offset = index == 0 ? 0 : seam;
    const int length = index == 0 ? seam : whole - seam;
    for (int i = 0; i < 3; ++i) {
      const WritablePlane& from = view[static_cast<std::size_t>(i)];
      const auto axis = [&](bool packs, int count, int other) {
        const int start = packs ? offset : 0;
        const int room = packs ? length : other;
        const int stride = packs ? step : 1;
        return i == 0 ? luma_axis(start, room, stride, count)
                      : chroma_axis(start, room, stride, count);
      };
      with_samples(packed.format().pixel_format, [&]<typename Sample>(Sample) {
        place<Sample>(from, packed.plane(i), axis(across, from.width_px, width),
                      axis(!across, from.height_px, height));
      });
    }
  }
}

void interlace_rows(const ViewPlanes& left, const ViewPlanes& right, const WritableFrame& out) {
  const int bytes = out.plane(0).width_px * bytes_per_sample(out.format().pixel_format);
  for (int y = 0; y < out.format().height_px; ++y) {
    const WritablePlane& from = y % 2 == 0 ? left[0] : right[0];
    std::copy_n(from.row(y), bytes, out.plane(0).row(y));
  }
  for (int i = 1; i < 3; ++i) {
    const auto plane = static_cast<std::size_t>(i);
    with_samples(out.format().pixel_format, [&]<typename Sample>(Sample) {
      mix_rows<Sample>(left[plane], right[plane], out.plane(i));
    });
  }
}

}  // namespace streamkit::stereo
