#include "stereo/row_warp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "stereo/simd.hpp"

namespace streamkit::stereo {
namespace {

constexpr std::int32_t kHalfPixel = kSubpixel / 2;
// Neighbouring pixels whose targets are farther apart than a pixel and this belong to different
// objects.
constexpr std::int32_t kTear = kSubpixel;
// If the shifts of neighbours differ by no more than this, the division in moved_between() changes
// the result by at most one unit and is omitted.
constexpr std::int32_t kGentle = kSubpixel / 16;

// Loops of this length are vectorized; a shorter one would be unrolled before it could be.
constexpr int kBlock = 32;
// The number of pixels that are covered one by one before blocks are tried again.
constexpr int kFew = 4;

// Interpolates between the shifts of two neighbours, which differ by `step`, at the distance
// `beyond` from the target of the first one.
STREAMKIT_INLINE std::int32_t gently_moved(std::int32_t beyond, std::int32_t step) {
  return (beyond * step) >> kSubpixelBits;
}
STREAMKIT_INLINE bool is_gentle(std::int32_t step) {
  return static_cast<int>(step >= -kGentle) & static_cast<int>(step <= kGentle);
}
STREAMKIT_INLINE std::int32_t moved_between(std::int32_t beyond, std::int32_t step) {
  // Vectors have no integer division. Below 2^24 the division of floats gives the same result.
  const float steep = static_cast<float>(beyond * step) / static_cast<float>(kSubpixel - step);
  return is_gentle(step) ? gently_moved(beyond, step) : static_cast<std::int32_t>(steep);
}

// Consecutive pixels, the first at `first`, of which the leading `regular` ones cover one position
// each. If Mirrored, positions count from the right.
struct Block {
  // The shifts of the block's pixels and of the next pixel, in the order of memory.
  const std::int32_t* shifts;
  int first;
  int last;
  // The distance from the first pixel to the position that it covers.
  std::int32_t ahead;
  int regular;
};

template <bool Mirrored, bool Steep>
STREAMKIT_INLINE void cover_block(const Block& block, std::int32_t* sources) {
  const Block b = block;
  const std::int32_t* __restrict here = b.shifts + (Mirrored ? 1 : 0);
  const std::int32_t* __restrict next = b.shifts + (Mirrored ? 0 : 1);
  std::int32_t* __restrict to = sources + (Mirrored ? b.last - b.first - kBlock + 1 : b.first);
  for (int i = 0; i < kBlock; ++i) {
    const int order = Mirrored ? kBlock - 1 - i : i;
    // The bounds only change values that are discarded, and which must not overflow.
    const std::int32_t beyond = std::min(std::max(b.ahead + here[i], 0), kSubpixel);
    const std::int32_t step = std::min(std::max(next[i] - here[i], -kTear), kSubpixel - 1);
    const std::int32_t moved = Steep ? moved_between(beyond, step) : gently_moved(beyond, step);
    const int position = Mirrored ? b.last - b.first - order : b.first + order;
    const std::int32_t looks = Mirrored ? -here[i] - moved : here[i] + moved;
    const std::int32_t source = position * kSubpixel + looks;
    const std::int32_t inside = std::min(std::max(source, 0), b.last * kSubpixel);
    to[i] = order < b.regular ? inside : to[i];
  }
}

// Does the same as Inversion::cover_pixels() in blocks, from `x` until pixels no longer cover one
// position each. Returns the next x.
template <bool Mirrored>
STREAMKIT_INLINE int cover_blocks_from(const std::int32_t* shifts, int last, int x,
                                       std::int32_t* sources) {
  while (x + kBlock <= last) {
    const std::int32_t* from = shifts + (Mirrored ? last - x - kBlock : x);
    const std::int32_t* __restrict here = from + (Mirrored ? 1 : 0);
    const std::int32_t* __restrict next = from + (Mirrored ? 0 : 1);
    const std::int32_t pixels = -here[Mirrored ? kBlock - 1 : 0] >> kSubpixelBits;
    const int first = x + 1 + pixels;
    if (first < 0 || first + kBlock - 1 > last) break;
    std::int32_t regular = kBlock;
    std::int32_t steep = 0;
    for (int i = 0; i < kBlock; ++i) {
      const std::int32_t step = next[i] - here[i];
      const bool leaps = (step >= kSubpixel) | (step < -kTear);
      const bool shifted = (-next[i] >> kSubpixelBits) != pixels;
      const std::int32_t order = Mirrored ? kBlock - 1 - i : i;
      regular = std::min(regular, (leaps | shifted) ? order : kBlock);
      steep |= is_gentle(step) ? 0 : 1;
    }
    const Block block{from, first, last, (pixels + 1) * kSubpixel, regular};
    if (steep != 0) {
      cover_block<Mirrored, true>(block, sources);
    } else {
      cover_block<Mirrored, false>(block, sources);
    }
    x += regular;
    if (regular < kBlock) break;
  }
  return x;
}

STREAMKIT_SIMD_CLONES int cover_straight(const std::int32_t* shifts, int last, int x,
                                         std::int32_t* sources) {
  return cover_blocks_from<false>(shifts, last, x, sources);
}
STREAMKIT_SIMD_CLONES int cover_mirrored(const std::int32_t* shifts, int last, int x,
                                         std::int32_t* sources) {
  return cover_blocks_from<true>(shifts, last, x, sources);
}

// Processes the row of the right eye from left to right. A nearer pixel comes from further right
// than the one it hides (x1 - s1 = x2 - s2 with x1 < x2 means s1 < s2), so that the later one wins
// and no depth buffer is needed. Source: L. McMillan, G. Bishop, "Plenoptic Modeling", SIGGRAPH
// 1995, section 3.3. The left eye is processed as a mirror image. Until finish(), a hole is marked
// by negative sources, because later pixels may cover part of it.
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

  // Covers the positions in (target(x), target(x + 1)], then those of the following neighbours as
  // far as the surface reaches. Most of the time is spent here.
  int cover_surface(int x) {
    for (;;) {
      x = cover_blocks(x);
      const int stop = std::min(x + kFew, last_);
      x = cover_pixels(x, stop);
      if (x < stop || x == last_) return x;
    }
  }

  int cover_blocks(int x) {
    const int begin = x;
    x = Mirrored ? cover_mirrored(shifts_, last_, x, sources_)
                 : cover_straight(shifts_, last_, x, sources_);
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

  // Passes the edge of a surface between x and x + 1. Returns the next x.
  int pass_edge(int x) {
    const std::int32_t from = target(x);
    const std::int32_t to = target(x + 1);
    if (to > from) return tear(x, from);
    hide(x, to);
    return x + 1;
  }

  // x + 1 is in front of x: the left half of its pixel is drawn.
  void hide(int x, std::int32_t to) {
    const int i = to >> kSubpixelBits;
    if (to - i * kSubpixel >= kHalfPixel || i < 0 || i > last_) return;
    look(i, (x + 1) * kSubpixel);
  }

  // A hole opens right of x. At a soft edge it opens over several pixels, each of which would
  // otherwise be drawn as an isolated column.
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

  // Opens a hole from `first` to the half pixel that belongs to the background at `edge`, or to the
  // end.
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

  // Keeps the parts of the holes that are still uncovered, in the direction of the row.
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
  // The last position that is covered or belongs to a hole.
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
