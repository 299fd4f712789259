#include "stereo/row_warp.hpp"

#include <algorithm>
#include <cstddef>

#include "stereo/disparity_field.hpp"

namespace streamkit::stereo {
namespace {

constexpr std::int32_t kHalfPixel = kSubpixel / 2;
// Neighbours that part by more than this beyond their pixel belong to different things.
constexpr std::int32_t kTear = kSubpixel / 2;
// Pixels behind an edge that the lens, the scaler or the codec has mixed with what is before.
constexpr int kStained = 2;

// The right eye's row from left to right: a nearer pixel comes from further right than what it
// hides (x1 - s1 = x2 - s2 with x1 < x2 means s1 < s2), so that the later one wins and no depth
// buffer is needed. Source: L. McMillan, G. Bishop, "Plenoptic Modeling", SIGGRAPH 1995, section
// 3.3. The left eye is the same in a mirror.
template <bool Mirrored>
class Inversion {
 public:
  Inversion(const std::int32_t* shifts, int width, std::int32_t* sources)
      : shifts_(shifts), last_(width - 1), sources_(sources) {}

  void run() {
    fill_before_first();
    for (int x = 0; x < last_;) {
      x = cover_surface(x);
      if (x < last_) x = pass_edge(x);
    }
    for (int i = front_ + 1; i <= last_; ++i) look(i, beside(last_, -1, i));
  }

 private:
  [[nodiscard]] int mirror(int x) const { return Mirrored ? last_ - x : x; }
  [[nodiscard]] std::int32_t shift(int x) const { return shifts_[mirror(x)]; }
  [[nodiscard]] std::int32_t target(int x) const { return x * kSubpixel - shift(x); }

  [[nodiscard]] bool on_surface(int x, int next) const {
    return next >= 0 && next <= last_ && std::abs(shift(next) - shift(x)) <= kTear;
  }

  void look(int i, std::int32_t source) {
    source = std::clamp(source, 0, last_ * kSubpixel);
    sources_[mirror(i)] = Mirrored ? last_ * kSubpixel - source : source;
  }

  void fill_before_first() {
    const int end = std::min(target(0) >> kSubpixelBits, last_);
    for (int i = 0; i <= end; ++i) look(i, beside(0, 1, i));
    front_ = std::max(front_, end);
  }

  // Neighbours on one surface: covers the positions in (target(x), target(x + 1)] and goes on, as
  // far as the surface reaches. In local variables, for this is where the time goes.
  int cover_surface(int x) {
    std::int32_t from = target(x);
    std::int32_t here = shift(x);
    int front = front_;
    for (; x < last_; ++x) {
      const std::int32_t next = shift(x + 1);
      const std::int32_t to = (x + 1) * kSubpixel - next;
      if (to <= from || to - from > kSubpixel + kTear) break;
      const int begin = std::max((from >> kSubpixelBits) + 1, 0);
      const int end = std::min(to >> kSubpixelBits, last_);
      for (int i = begin; i <= end; ++i) {
        const std::int32_t at = i * kSubpixel;
        look(i, at + here + (((at - from) * (next - here)) >> kSubpixelBits));
      }
      front = std::max(front, end);
      from = to;
      here = next;
    }
    front_ = front;
    return x;
  }

  // Between x and x + 1 one thing ends; the next x.
  int pass_edge(int x) {
    const std::int32_t from = target(x);
    const std::int32_t to = target(x + 1);
    if (to > from) return tear(x, from);
    hide(x, to);
    return x + 1;
  }

  // x + 1 lies before x: its own left half pixel is in front.
  void hide(int x, std::int32_t to) {
    const int i = to >> kSubpixelBits;
    if (to - i * kSubpixel >= kHalfPixel || i < 0 || i > last_) return;
    look(i, (x + 1) * kSubpixel);
  }

  // A hole opens right of x. Soft edges open it over several pixels and stain a few more with the
  // colour of what is before: those would stand alone as a thin line, so they count as hole.
  int tear(int x, std::int32_t from) {
    int behind = x + 1;
    while (behind < last_ && target(behind + 1) - target(behind) > kSubpixel + kTear) ++behind;
    for (int i = 0; i < kStained && on_surface(behind, behind + 1); ++i) ++behind;
    int begin = (from >> kSubpixelBits) + 1;
    if (begin * kSubpixel - from <= kHalfPixel && begin >= 0 && begin <= last_) {
      look(begin, x * kSubpixel);
      front_ = std::max(front_, begin);
    }
    begin = std::max(begin, front_ + 1);
    const int end = std::min(target(behind) >> kSubpixelBits, last_);
    for (int i = begin; i <= end; ++i) look(i, beside(behind, 1, i));
    front_ = std::max(front_, end);
    return behind;
  }

  // For position `i`, which lies outside of what `edge` begins: the surroundings of `edge` towards
  // `inwards`, mirrored, as far as they are the same surface. Mirrored texture stands out less
  // than a pixel drawn out to a line.
  [[nodiscard]] std::int32_t beside(int edge, int inwards, int i) const {
    const std::int32_t distance = std::abs(target(edge) - i * kSubpixel);
    const int wanted = (distance >> kSubpixelBits) + 1;
    int reach = 0;
    for (int at = edge; reach < wanted; ++reach, at += inwards) {
      if (!on_surface(at, at + inwards)) break;
    }
    return edge * kSubpixel + inwards * std::min(distance, reach * kSubpixel);
  }

  const std::int32_t* shifts_;
  const int last_;
  std::int32_t* sources_;
  // The last position that is covered.
  int front_ = -1;
};

inline std::uint8_t between(const std::uint8_t* row, std::int32_t source) {
  const std::uint8_t* at = row + (source >> kSubpixelBits);
  const std::int32_t share = source & (kSubpixel - 1);
  return static_cast<std::uint8_t>((at[0] * (kSubpixel - share) + at[1] * share + kHalfPixel) >>
                                   kSubpixelBits);
}

}  // namespace

void invert_shifts(const std::vector<std::int32_t>& shifts, Eye eye,
                   std::vector<std::int32_t>& sources) {
  const int width = static_cast<int>(shifts.size());
  sources.resize(shifts.size());
  if (eye == Eye::Right) {
    Inversion<false>(shifts.data(), width, sources.data()).run();
  } else {
    Inversion<true>(shifts.data(), width, sources.data()).run();
  }
}

void sample_luma(const std::vector<std::int32_t>& sources, const std::uint8_t* from0,
                 const std::uint8_t* from1, std::uint8_t* to0, std::uint8_t* to1) {
  const std::int32_t* __restrict source = sources.data();
  std::uint8_t* __restrict out0 = to0;
  std::uint8_t* __restrict out1 = to1;
  const std::size_t width = sources.size();
  for (std::size_t x = 0; x < width; ++x) {
    out0[x] = between(from0, source[x]);
    out1[x] = between(from1, source[x]);
  }
}

void sample_chroma(const std::vector<std::int32_t>& sources, const std::uint8_t* from_u,
                   const std::uint8_t* from_v, std::uint8_t* to_u, std::uint8_t* to_v) {
  const std::int32_t* __restrict source = sources.data();
  std::uint8_t* __restrict out_u = to_u;
  std::uint8_t* __restrict out_v = to_v;
  const std::size_t width = (sources.size() + 1) / 2;
  for (std::size_t x = 0; x < width; ++x) {
    const std::int32_t at = source[2 * x] / 2;
    out_u[x] = between(from_u, at);
    out_v[x] = between(from_v, at);
  }
}

}  // namespace streamkit::stereo
