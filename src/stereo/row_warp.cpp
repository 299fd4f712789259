#include "stereo/row_warp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr std::int32_t kHalfPixel = kSubpixel / 2;
// Neighbours that part by more than this beyond their pixel belong to different things.
constexpr std::int32_t kTear = kSubpixel;
// Of smaller steps the stretch may be left out: it is no more than a unit.
constexpr std::int32_t kGentle = kSubpixel / 16;

// Loops of this length become vectors; those of fewer rounds are unrolled before they could.
constexpr int kBlock = 32;

// Whether shifts[0] to shifts[kBlock] are alike to the whole pixel and slope gently: then each
// pixel covers one position, and the next pixel the next one.
STREAMKIT_INLINE bool is_even(const std::int32_t* shifts) {
  const std::int32_t pixels = -shifts[0] >> kSubpixelBits;
  std::int32_t differs = 0;
  std::int32_t steep = 0;
  for (int i = 0; i < kBlock; ++i) {
    const std::int32_t step = shifts[i + 1] - shifts[i];
    differs |= (-shifts[i + 1] >> kSubpixelBits) ^ pixels;
    steep |= static_cast<std::int32_t>(step > kGentle) | static_cast<std::int32_t>(step < -kGentle);
  }
  return (differs | steep) == 0;
}

// Inversion::cover_pixels() for as many whole blocks from `x` on as are even; the next x.
STREAMKIT_SIMD_CLONES int cover_straight_blocks(const std::int32_t* shifts, int last, int x,
                                                std::int32_t* sources) {
  for (; x + kBlock <= last; x += kBlock) {
    const std::int32_t* __restrict from = shifts + x;
    const int first = x + 1 + (-from[0] >> kSubpixelBits);
    if (first < 0 || first + kBlock - 1 > last || !is_even(from)) break;
    std::int32_t* __restrict to = sources + first;
    const std::int32_t ahead = (first - x) * kSubpixel;
    for (int i = 0; i < kBlock; ++i) {
      const std::int32_t moved = ((ahead + from[i]) * (from[i + 1] - from[i])) >> kSubpixelBits;
      const std::int32_t source = (first + i) * kSubpixel + from[i] + moved;
      to[i] = std::min(std::max(source, 0), last * kSubpixel);
    }
  }
  return x;
}

// The same where `x` counts from the right.
STREAMKIT_SIMD_CLONES int cover_mirrored_blocks(const std::int32_t* shifts, int last, int x,
                                                std::int32_t* sources) {
  for (; x + kBlock <= last; x += kBlock) {
    // from[0] is the last pixel's follower, from[kBlock] the first pixel.
    const std::int32_t* __restrict from = shifts + (last - x - kBlock);
    const int ahead_px = 1 + (-from[kBlock] >> kSubpixelBits);
    const int first = last - x - kBlock + 1 - ahead_px;
    if (first < 0 || first + kBlock - 1 > last || !is_even(from)) break;
    std::int32_t* __restrict to = sources + first;
    const std::int32_t ahead = ahead_px * kSubpixel;
    for (int i = 0; i < kBlock; ++i) {
      const std::int32_t here = from[i + 1];
      const std::int32_t moved = ((ahead + here) * (from[i] - here)) >> kSubpixelBits;
      const std::int32_t source = (first + i) * kSubpixel - here - moved;
      to[i] = std::min(std::max(source, 0), last * kSubpixel);
    }
  }
  return x;
}

// The right eye's row from left to right: a nearer pixel comes from further right than what it
// hides (x1 - s1 = x2 - s2 with x1 < x2 means s1 < s2), so that the later one wins and no depth
// buffer is needed. Source: L. McMillan, G. Bishop, "Plenoptic Modeling", SIGGRAPH 1995, section
// 3.3. The left eye is the same in a mirror.
// A hole is marked by negative sources until finish(), for what comes later may cover part of it.
template <bool Mirrored>
class Inversion {
 public:
  Inversion(std::span<const std::int32_t> shifts, WarpedRow& row)
      : shifts_(shifts.data()),
        last_(static_cast<int>(shifts.size()) - 1),
        sources_(row.sources.data()),
        holes_(row.holes) {}

  void run() {
    open_hole(0, 0, true);
    for (int x = 0; x < last_;) {
      x = cover_surface(x);
      if (x < last_) x = pass_edge(x);
    }
    const int own = (target(last_) + kHalfPixel) >> kSubpixelBits;
    for (int i = std::max(front_ + 1, 0); i <= std::min(own, last_); ++i) {
      look(i, last_ * kSubpixel);
      front_ = i;
    }
    open_hole(front_ + 1, last_, false);
    finish();
  }

 private:
  [[nodiscard]] int mirror(int x) const { return Mirrored ? last_ - x : x; }
  [[nodiscard]] std::int32_t shift(int x) const { return shifts_[mirror(x)]; }
  [[nodiscard]] std::int32_t target(int x) const { return x * kSubpixel - shift(x); }

  void look(int i, std::int32_t source) {
    source = std::clamp(source, 0, last_ * kSubpixel);
    sources_[mirror(i)] = Mirrored ? last_ * kSubpixel - source : source;
  }

  // Neighbours on one surface: covers the positions in (target(x), target(x + 1)] and goes on, as
  // far as the surface reaches. This is where the time goes.
  int cover_surface(int x) {
    for (;;) {
      x = cover_blocks(x);
      const int stop = std::min(x + kBlock, last_);
      x = cover_pixels(x, stop);
      if (x < stop || x == last_) return x;
    }
  }

  int cover_blocks(int x) {
    const int begin = x;
    x = Mirrored ? cover_mirrored_blocks(shifts_, last_, x, sources_)
                 : cover_straight_blocks(shifts_, last_, x, sources_);
    if (x > begin) front_ = std::max(front_, target(x) >> kSubpixelBits);
    return x;
  }

  int cover_pixels(int x, int stop) {
    std::int32_t from = target(x);
    std::int32_t here = shift(x);
    int front = front_;
    for (; x < stop; ++x) {
      const std::int32_t next = shift(x + 1);
      const std::int32_t to = (x + 1) * kSubpixel - next;
      if (to <= from || to - from > kSubpixel + kTear) break;
      const int begin = std::max((from >> kSubpixelBits) + 1, 0);
      const int end = std::min(to >> kSubpixelBits, last_);
      for (int i = begin; i <= end; ++i) {
        const std::int32_t at = i * kSubpixel;
        look(i, at + here + moved_between(at - from, next - here));
      }
      front = std::max(front, end);
      from = to;
      here = next;
    }
    front_ = front;
    return x;
  }

  // Of a step of the shifts between neighbours, the share at `beyond` their first one's target.
  static std::int32_t moved_between(std::int32_t beyond, std::int32_t step) {
    if (step >= -kGentle && step <= kGentle) return (beyond * step) >> kSubpixelBits;
    return beyond * step / (kSubpixel - step);
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

  // A hole opens right of x. Soft edges open it over several pixels, which would stand alone.
  int tear(int x, std::int32_t from) {
    int behind = x + 1;
    while (behind < last_ && target(behind + 1) - target(behind) > kSubpixel + kTear) ++behind;
    const int begin = (from >> kSubpixelBits) + 1;
    if (begin * kSubpixel - from <= kHalfPixel && begin >= 0 && begin <= last_) {
      look(begin, x * kSubpixel);
      front_ = std::max(front_, begin);
    }
    open_hole(std::max(begin, front_ + 1), behind, true);
    return behind;
  }

  // From `first` to the half pixel that belongs to the background's `edge`, or to the end.
  void open_hole(int first, int edge, bool background_after) {
    const int reached = (target(edge) + kHalfPixel - 1) >> kSubpixelBits;
    const int end = background_after ? std::min(reached, last_ + 1) : last_ + 1;
    first = std::max(first, 0);
    for (int i = first; i < end; ++i) sources_[mirror(i)] = -1;
    if (first < end) {
      const int offset = (shift(edge) + kHalfPixel) >> kSubpixelBits;
      holes_.push_back({first, end, edge, offset, background_after});
    }
    front_ = std::max(front_, end - 1);
    if (!background_after) return;
    const int own = std::min(target(edge) >> kSubpixelBits, last_);
    for (int i = std::max(first, end); i <= own; ++i) look(i, edge * kSubpixel);
    front_ = std::max(front_, own);
  }

  // Keeps what is still uncovered of the holes, in the row's own direction.
  void finish() {
    opened_.swap(holes_);
    holes_.clear();
    for (const HoleRun& hole : opened_) {
      for (int i = hole.begin; i < hole.end;) {
        const int begin = i;
        while (i < hole.end && sources_[mirror(i)] < 0) ++i;
        if (i > begin) keep(hole, begin, i);
        if (i == begin) ++i;
      }
    }
    if (Mirrored) std::reverse(holes_.begin(), holes_.end());
  }

  void keep(HoleRun hole, int begin, int end) {
    hole.begin = Mirrored ? last_ + 1 - end : begin;
    hole.end = Mirrored ? last_ + 1 - begin : end;
    hole.edge = mirror(hole.edge);
    if (Mirrored) hole.offset = -hole.offset;
    hole.background_right = hole.background_right != Mirrored;
    std::fill(sources_ + hole.begin, sources_ + hole.end, hole.edge * kSubpixel);
    holes_.push_back(hole);
  }

  const std::int32_t* shifts_;
  const int last_;
  std::int32_t* sources_;
  std::vector<HoleRun>& holes_;
  std::vector<HoleRun> opened_;
  // The last position that is covered or a hole.
  int front_ = -1;
};

}  // namespace

void invert_shifts(std::span<const std::int32_t> shifts, Eye eye, WarpedRow& row) {
  row.sources.resize(shifts.size());
  row.holes.clear();
  if (eye == Eye::Right) {
    Inversion<false>(shifts, row).run();
  } else {
    Inversion<true>(shifts, row).run();
  }
}

}  // namespace streamkit::stereo
