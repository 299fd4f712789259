#include "quality/flat_scenes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <streamkit/core/frame_pool.hpp>

namespace streamkit::quality {
namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 360;

Canvas draw(int width, int height, const std::function<double(int, int)>& luma) {
  Canvas canvas{width, height, {}};
  canvas.luma.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      canvas.luma.push_back(static_cast<std::uint8_t>(std::clamp(luma(x, y), 16.0, 235.0)));
    }
  }
  return canvas;
}

// Smooth between the corners of cells of `cell_px`, -1 to 1.
double soft_grain(int x, int y, int cell_px, int seed) {
  const int column = x / cell_px;
  const int row = y / cell_px;
  const double across = static_cast<double>(x % cell_px) / cell_px;
  const double down = static_cast<double>(y % cell_px) / cell_px;
  const auto corner = [&](int i, int j) {
    return grain(column + i + 131 * seed, row + j, 2001) / 1000.0 - 1;
  };
  const double upper = corner(0, 0) + across * (corner(1, 0) - corner(0, 0));
  const double lower = corner(0, 1) + across * (corner(1, 1) - corner(0, 1));
  return upper + down * (lower - upper);
}

FlatScene still(const std::string& name, Canvas canvas) {
  const auto frame = std::make_shared<VideoFrame>(seen(canvas, [](int x, int y) {
    return Place{x + 0.0, y + 0.0};
  }));
  return {name, [frame](int) { return *frame; }};
}

FlatScene moved(const std::string& name, const Canvas& canvas,
                std::function<Place(int, double, double)> place) {
  const auto shared = std::make_shared<Canvas>(canvas);
  return {name, [shared, place = std::move(place)](int i) {
            return seen(*shared, [&](int x, int y) { return place(i, x, y); });
          }};
}

}  // namespace

int grain(int x, int y, int below) {
  auto value =
      static_cast<std::uint32_t>(x) * 73'856'093U ^ static_cast<std::uint32_t>(y) * 19'349'663U;
  value ^= value >> 13;
  value *= 0x5BD1E995U;
  value ^= value >> 15;
  return static_cast<int>(value % static_cast<std::uint32_t>(below));
}

double Canvas::at(double x, double y) const {
  const double in_x = std::clamp(x, 0.0, width - 1.0);
  const double in_y = std::clamp(y, 0.0, height - 1.0);
  const int left = static_cast<int>(in_x);
  const int top = static_cast<int>(in_y);
  const auto pixel = [&](int i, int j) {
    const int row = std::min(top + j, height - 1);
    return static_cast<double>(
        luma[static_cast<std::size_t>(row * width + std::min(left + i, width - 1))]);
  };
  const double upper = pixel(0, 0) + (in_x - left) * (pixel(1, 0) - pixel(0, 0));
  const double lower = pixel(0, 1) + (in_x - left) * (pixel(1, 1) - pixel(0, 1));
  return upper + (in_y - top) * (lower - upper);
}

VideoFrame seen(const Canvas& canvas, const std::function<Place(int, int)>& place) {
  FramePool pool;
  WritableFrame frame = pool.acquire({.width_px = kWidth, .height_px = kHeight});
  for (int p = 0; p < 3; ++p) {
    const WritablePlane& plane = frame.plane(p);
    for (int y = 0; y < plane.height_px; ++y) {
      for (int x = 0; x < plane.width_px; ++x) {
        const Place at = p == 0 ? place(x, y) : Place{};
        plane.row(y)[x] = p == 0 ? static_cast<std::uint8_t>(canvas.at(at.x, at.y) + 0.5) : 128;
      }
    }
  }
  return std::move(frame).publish(MediaTime{0}, MediaTime{1});
}

Canvas painted_poster(int width, int height) {
  constexpr int kShapes = 60;
  std::vector<double> luma(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const auto at = [&](int x, int y) -> double& {
    return luma[static_cast<std::size_t>(y * width + x)];
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) at(x, y) = 190 - 120.0 * y / height;
  }
  for (int i = 0; i < kShapes; ++i) {
    const int middle_x = grain(i, 1, width);
    const int middle_y = grain(i, 2, height);
    const int half_width = 15 + grain(i, 3, 70);
    const int half_height = 15 + grain(i, 4, 70);
    const bool round = grain(i, 5, 2) == 0;
    const double level = 30 + grain(i, 6, 180);
    for (int y = std::max(middle_y - half_height, 0); y < std::min(middle_y + half_height, height);
         ++y) {
      for (int x = std::max(middle_x - half_width, 0); x < std::min(middle_x + half_width, width);
           ++x) {
        const double off_x = static_cast<double>(x - middle_x) / half_width;
        const double off_y = static_cast<double>(y - middle_y) / half_height;
        if (round && off_x * off_x + off_y * off_y > 1) continue;
        at(x, y) = level + 20 * off_x - 15 * off_y + 12 * soft_grain(x, y, 6, i);
      }
    }
  }
  return draw(width, height, [&](int x, int y) {
    return at(x, y) + 14 * soft_grain(x, y, 40, 1) + 8 * soft_grain(x, y, 11, 2) + grain(x, y, 9) -
           4;
  });
}

Canvas brick_wall(int width, int height) {
  return draw(width, height, [](int x, int y) {
    const int row = y / 24;
    const int along = x + row % 2 * 32;
    const bool joint = y % 24 < 3 || along % 64 < 3;
    const double level = joint ? 170 : 80 + grain(along / 64, row, 50);
    return level + 6 * soft_grain(x, y, 5, 3) + grain(x, y, 7);
  });
}

Canvas page_of_text(int width, int height, int letter_px, double share) {
  // Letters of seven bars, of which each has its own.
  return draw(width, height, [=](int x, int y) {
    const int line = y / (2 * letter_px);
    const int in_y = y % (2 * letter_px);
    const int column = x * 10 / (letter_px * 7);
    const double in_x = x * 10.0 / letter_px - column * 7;
    const double margin = (1 - share * (0.6 + 0.1 * grain(line, 77, 5))) / 2;
    const bool written = x > margin * width && x < (1 - margin) * width &&
                         grain(column, line + 500, 6) != 0 && in_y < letter_px;
    if (!written) return 16.0;
    const int bars = grain(column, line, 128) | 1 << grain(line, column, 3);
    const double down = static_cast<double>(in_y) / letter_px;
    constexpr double kThick = 0.16;
    const bool across = (bars & 1 && down < kThick) ||
                        (bars & 2 && std::abs(down - 0.5) < kThick / 2) ||
                        (bars & 4 && down > 1 - kThick);
    const bool left = in_x < 1.4 && (down < 0.5 ? bars & 8 : bars & 16);
    const bool right = in_x > 3.6 && in_x < 5 && (down < 0.5 ? bars & 32 : bars & 64);
    return (across && in_x < 5) || left || right ? 230.0 : 16.0;
  });
}

std::vector<FlatScene> poster_scenes(const std::string& name, const Canvas& canvas) {
  const double middle_x = canvas.width / 2.0;
  const double middle_y = canvas.height / 2.0;
  // So that no border is seen.
  const double scale = std::min({1.0, canvas.width / 770.0, canvas.height / 400.0});
  const auto around = [=](double zoom, double off_x, double off_y) {
    return [=](double x, double y) {
      return Place{middle_x + scale * (off_x + (x - kWidth / 2.0) * zoom),
                   middle_y + scale * (off_y + (y - kHeight / 2.0) * zoom)};
    };
  };
  return {
      moved(name + ", panned", canvas,
            [=](int i, double x, double y) { return around(1, 2.7 * i - 60, 0.4 * i - 9)(x, y); }),
      moved(name + ", zoomed", canvas,
            [=](int i, double x, double y) { return around(0.8 + 0.006 * i, 0, 0)(x, y); }),
      moved(name + ", in a hand", canvas,
            [=](int i, double x, double y) {
              return around(1, 14 * std::sin(0.31 * i), 9 * std::sin(0.43 * i))(x, y);
            }),
  };
}

std::vector<FlatScene> flat_scenes() {
  std::vector<FlatScene> scenes = {
      still("a plain wall", draw(kWidth, kHeight, [](int, int) { return 120; })),
      {"a wall with noise",
       [](int i) {
         return seen(
             draw(kWidth, kHeight, [i](int x, int y) { return 118 + grain(x + 977 * i, y, 5); }),
             [](int x, int y) {
               return Place{x + 0.0, y + 0.0};
             });
       }},
      still("a shaded wall", draw(kWidth, kHeight, [](int x, int) { return 90 + x / 10; })),
      still("a title card, few words", draw(kWidth, kHeight,
                                            [](int x, int y) {
                                              const bool line = y / 24 == 5 || y / 24 == 7;
                                              const bool letter = line && y % 24 < 16 && x > 120 &&
                                                                  x < 520 &&
                                                                  grain(x / 6, y / 24, 5) > 1;
                                              return letter ? 235 : 16;
                                            })),
      still("a title card, large", page_of_text(kWidth, kHeight, 60, 1)),
      still("a page of text", page_of_text(kWidth, kHeight, 14, 1)),
      moved("scrolling credits", page_of_text(kWidth, 1000, 18, 0.8),
            [](int i, double x, double y) {
              return Place{x, y + 2.3 * i};
            }),
      still("a brick wall", brick_wall(kWidth, kHeight)),
      moved("a brick wall, passed", brick_wall(2 * kWidth, kHeight),
            [](int i, double x, double y) {
              return Place{x + 3.2 * i, y};
            }),
      moved("patches, panned",
            draw(2 * kWidth, kHeight,
                 [](int x, int y) { return 60 + grain(x >> 3, y >> 3, 60) + grain(x, y, 30); }),
            [](int i, double x, double y) {
              return Place{x + 3.0 * i, y};
            }),
  };
  for (FlatScene& scene : poster_scenes("a poster", painted_poster(960, 560))) {
    scenes.push_back(std::move(scene));
  }
  return scenes;
}

}  // namespace streamkit::quality
