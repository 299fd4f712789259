#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace streamkit::capture {

/// A texture of tones, from 0 (dark) to 255 (lit), that continues across its edges. It is stored at
/// every combination of halved widths and heights, so that surfaces seen at a slant do not flicker.
class ToneMap {
 public:
  struct Level {
    const std::uint8_t* tones;
    int width_log2;
    int height_log2;
  };

  ToneMap() = default;
  /// `tones` contains rows of 2^width_log2 values, which are limited to 0 to 255.
  ToneMap(int width_log2, int height_log2, const std::vector<float>& tones);

  [[nodiscard]] int width() const { return 1 << width_log2_; }
  [[nodiscard]] int height() const { return 1 << height_log2_; }
  /// Returns the level that is halved `x` times across and `y` times down, limited to the smallest
  /// level.
  [[nodiscard]] Level level(int x, int y) const;

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(x * (height_log2_ + 1) + y);
  }

  int width_log2_ = 0;
  int height_log2_ = 0;
  std::vector<std::uint8_t> tones_;
  std::vector<std::size_t> offsets_;
};

/// Returns the number of halvings that reduces a step of `texels` to about one.
[[nodiscard]] int halvings(double texels);

/// Interpolates `count` tones from (u, v) on in steps of (du, dv), in texels of the level, whose
/// centres are at halves.
void sample_tones(const ToneMap::Level& level, double u, double v, double du, double dv, int count,
                  std::uint8_t* out);

/// Interpolates the row of tones at `v` between two rows of the level: a line for sample_line().
void mix_rows(const ToneMap::Level& level, double v, std::vector<std::uint8_t>& line);

/// Does the same as sample_tones() along a line whose length is a power of two.
void sample_line(const std::vector<std::uint8_t>& line, double u, double du, int count,
                 std::uint8_t* out);

}  // namespace streamkit::capture
