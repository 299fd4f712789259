#include "capture/scene_stage.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace streamkit::capture {
namespace {

// A flat face of a thing, with everything that is needed to paint it.
struct Face {
  Silhouette shape;
  Surface surface;
};

// Returns the sum of two scaled planes.
Plane combine(const Plane& a, double scale_a, const Plane& b, double scale_b) {
  return {a.at_zero * scale_a + b.at_zero * scale_b, a.per_x * scale_a + b.per_x * scale_b,
          a.per_y * scale_a + b.per_y * scale_b};
}

// The following functions return X/Z, and height/Z where 1/Z is `w`, of what is visible at a point
// of the frame.
Plane x_over_z(const View& view) { return {-view.center_px / view.focal_px, 1 / view.focal_px, 0}; }
Plane height_over_z(const View& view, const Plane& w) {
  const Plane below = {-view.horizon_px / view.focal_px, 0, 1 / view.focal_px};
  return combine(w, kEyeHeightM, below, -1);
}

// Returns, divided by Z, a coordinate that increases from 0 at `from_m` to `texels` at `to_m`.
Plane texels_between(const Plane& meters_over_z, const Plane& w, double from_m, double to_m,
                     int texels) {
  const double scale = texels / (to_m - from_m);
  return combine(meters_over_z, scale, w, -from_m * scale);
}

bool in_sight(const View& view, double left_m, double right_m, double z_m) {
  return view.x_of(right_m, z_m) > 0 && view.x_of(left_m, z_m) < view.width_px;
}

// Adds the faces of a prop. The tones rotate with the thing about its middle; the shading does not.
void add_prop(const Thing& thing, const PropRoom& props, const View& view,
              std::vector<Face>& faces) {
  const Prop& prop = props.of(thing.kind);
  const double px_per_m = view.focal_px / thing.z_m;
  const double half_m = prop.tones_width * thing.height_m * thing.stretch / 2;
  if (!in_sight(view, thing.x_m - half_m, thing.x_m + half_m, thing.z_m)) return;

  const double middle = view.x_of(thing.x_m, thing.z_m);
  const double foot = view.y_of(thing.foot_m, thing.z_m);
  const double height = thing.height_m * px_per_m;
  const double width = height * thing.stretch;
  const Plane w = {1 / thing.z_m, 0, 0};
  for (const Part& part : prop.parts) {
    Face face;
    face.shape = make_silhouette(foot - height, foot, view.height_px, [&](double y) {
      const Span reach = part.outline.at((foot - y) / height);
      return Span{static_cast<float>(middle + reach.left * width),
                  static_cast<float>(middle + reach.right * width)};
    });
    const double per_px_u = part.tones.width() / (width * prop.tones_width) / thing.z_m;
    const double per_px_v = part.tones.height() / height / thing.z_m;
    const double cosine = std::cos(thing.turned_radians);
    const double sine = std::sin(thing.turned_radians);
    const double middle_y = foot - height / 2;
    Plane u = {0, cosine * per_px_u, sine * per_px_u};
    Plane v = {0, -sine * per_px_v, cosine * per_px_v};
    u.at_zero = part.tones.width() / 2.0 / thing.z_m - u.at(middle, middle_y);
    v.at_zero = part.tones.height() / 2.0 / thing.z_m - v.at(middle, middle_y);
    face.surface = {w, {&part.tones, u, v}, {}, {}};
    face.surface.palette = make_palette(part.material, 1, kHaze, haze_share(thing.z_m));
    if (thing.kind == ThingKind::Ball) {
      const ToneMap& shading = props.ball_shading;
      const double scale = shading.width() / width / thing.z_m;
      face.surface.shading = {&shading,
                              {(width / 2 - middle) * scale, scale, 0},
                              {(height / 2 - middle_y) * scale, 0, scale}};
    }
    faces.push_back(std::move(face));
  }
}

struct Corner {
  double x;
  double y;
};

Silhouette make_quad(const std::array<Corner, 4>& corners, int picture_height) {
  const auto [top, bottom] = std::minmax_element(
      corners.begin(), corners.end(), [](const Corner& a, const Corner& b) { return a.y < b.y; });
  return make_silhouette(top->y, bottom->y, picture_height, [&](double y) {
    Span span{1e9F, -1e9F};
    for (std::size_t i = 0; i < corners.size(); ++i) {
      const Corner& a = corners[i];
      const Corner& b = corners[(i + 1) % corners.size()];
      if ((a.y <= y) == (b.y <= y)) continue;
      const auto x = static_cast<float>(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y));
      span = {std::min(span.left, x), std::max(span.right, x)};
    }
    return span;
  });
}

// The side, top and front of a crate, in this order. Where two faces meet, the earlier one extends
// a little under the later one, so that the smoothed edge between them does not show the
// background.
class CrateFaces {
 public:
  CrateFaces(const Thing& crate, const PropRoom& props, const View& view)
      : props_(props),
        view_(view),
        material_(props.crate_materials[crate.mark % props.crate_materials.size()]),
        left_m_(crate.x_m - crate.height_m * crate.stretch / 2),
        right_m_(crate.x_m + crate.height_m * crate.stretch / 2),
        height_m_(crate.height_m),
        front_m_(crate.z_m),
        back_m_(crate.z_m + crate.height_m) {}

  void add_to(std::vector<Face>& faces) const {
    if (!in_sight(view_, left_m_, right_m_, front_m_) &&
        !in_sight(view_, left_m_, right_m_, back_m_)) {
      return;
    }
    if (left_m_ > 0.02) faces.push_back(side(left_m_, kUnder, 1.12));
    if (right_m_ < -0.02) faces.push_back(side(right_m_, -kUnder, 0.42));
    if (height_m_ < kEyeHeightM - 0.02) faces.push_back(top());
    faces.push_back(front());
  }

 private:
  static constexpr double kUnder = 0.8;

  [[nodiscard]] Corner corner(double x_m, double height_m, double z_m, double dx = 0,
                              double dy = 0) const {
    return {view_.x_of(x_m, z_m) + dx, view_.y_of(height_m, z_m) + dy};
  }

  [[nodiscard]] Face make_face(const std::array<Corner, 4>& corners, const Plane& w, const Plane& u,
                               const Plane& v, double light) const {
    return {make_quad(corners, view_.height_px),
            {w,
             {&props_.crate_face, u, v},
             {},
             make_palette(material_, light, kHaze, haze_share(front_m_))}};
  }

  [[nodiscard]] Plane across(const Plane& w) const {
    return texels_between(x_over_z(view_), w, left_m_, right_m_, props_.crate_face.width());
  }
  [[nodiscard]] Plane upwards(const Plane& w) const {
    return texels_between(height_over_z(view_, w), w, height_m_, 0, props_.crate_face.height());
  }
  [[nodiscard]] Plane away(const Plane& w) const {
    // Z divided by Z is 1 everywhere.
    return texels_between({1, 0, 0}, w, front_m_, back_m_, props_.crate_face.width());
  }

  [[nodiscard]] Face front() const {
    const Plane w = {1 / front_m_, 0, 0};
    return make_face({corner(left_m_, 0, front_m_), corner(left_m_, height_m_, front_m_),
                      corner(right_m_, height_m_, front_m_), corner(right_m_, 0, front_m_)},
                     w, across(w), upwards(w), 0.74);
  }

  [[nodiscard]] Face side(double x_m, double under, double light) const {
    const Plane w = combine(x_over_z(view_), 1 / x_m, {}, 0);
    return make_face({corner(x_m, 0, front_m_, under), corner(x_m, height_m_, front_m_, under),
                      corner(x_m, height_m_, back_m_, under), corner(x_m, 0, back_m_)},
                     w, away(w), upwards(w), light);
  }

  [[nodiscard]] Face top() const {
    const double below_eye_m = kEyeHeightM - height_m_;
    const Plane w = {-view_.horizon_px / (view_.focal_px * below_eye_m), 0,
                     1 / (view_.focal_px * below_eye_m)};
    return make_face(
        {corner(left_m_, height_m_, front_m_, 0, kUnder), corner(left_m_, height_m_, back_m_),
         corner(right_m_, height_m_, back_m_), corner(right_m_, height_m_, front_m_, 0, kUnder)},
        w, across(w), away(w), 1.0);
  }

  const PropRoom& props_;
  const View& view_;
  const Material& material_;
  double left_m_;
  double right_m_;
  double height_m_;
  double front_m_;
  double back_m_;
};

// Calls `use(face)` for every visible face, the farthest one first.
template <typename Use>
void for_each_face(const std::vector<Thing>& things, const PropRoom& props, const View& view,
                   Use use) {
  std::vector<Face> faces;
  for (const Thing& thing : things) {
    faces.clear();
    if (thing.kind == ThingKind::Crate) {
      CrateFaces(thing, props, view).add_to(faces);
    } else {
      add_prop(thing, props, view, faces);
    }
    std::for_each(faces.begin(), faces.end(), use);
  }
}

const Hills::Look kFarHills = {900, 64,   52,
                               14,  0.45, {{168, 144, 168}, {186, 158, 170}, {204, 172, 168}}};
const Hills::Look kNearHills = {190, 6.6,  5.0,
                                1.6, 0.55, {{124, 114, 120}, {164, 142, 130}, {214, 178, 144}}};

}  // namespace

Stage::Stage(int width_px, int height_px, std::uint64_t seed)
    : view_(width_px, height_px),
      seed_(seed),
      props_(seed),
      far_hills_(view_, kFarHills, seed + 1),
      near_hills_(view_, kNearHills, seed + 2),
      sky_(view_, (near_hills_.end_row() + 1) & ~1, seed + 3),
      ground_(view_, near_hills_.end_row() & ~1, seed + 4) {}

void Stage::paint(double seconds, const WritableFrame& frame) const {
  const CameraPosition camera = camera_at(seconds);
  const std::vector<Thing> things = things_at(seconds, seed_);
  sky_.paint(frame);
  far_hills_.paint(camera, frame);
  near_hills_.paint(camera, frame);
  ground_.paint(camera, things, props_, frame);
  for_each_face(things, props_, view_,
                [&](const Face& face) { fill(face.shape, face.surface, frame); });
}

DepthMap Stage::depth(double seconds) const {
  DepthMap depth{view_.width_px, view_.height_px, {}};
  depth.values.resize(static_cast<std::size_t>(depth.width_px) *
                      static_cast<std::size_t>(depth.height_px));
  const CameraPosition camera = camera_at(seconds);
  far_hills_.paint_depth(camera, depth);
  near_hills_.paint_depth(camera, depth);
  ground_.paint_depth(depth);
  for_each_face(things_at(seconds, seed_), props_, view_,
                [&](const Face& face) { fill_depth(face.shape, face.surface.w, depth); });
  return depth;
}

}  // namespace streamkit::capture
