#pragma once

#include <optional>
#include <span>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace streamkit {

/// Selects the eye that sees a synthesized view; the other one sees the source unchanged.
enum class SyntheticView {
  Both,  ///< Each eye gets half of the disparity: the smallest synthesized areas on either side.
  Left,  ///< The left eye gets all of the disparity: the right view is flawless.
  Right  ///< The right eye gets all of the disparity.
};

/// Treatment of the left and right edge of the frame, beyond which nothing is known.
enum class ScreenEdge {
  Fill,           ///< The frame is continued like any background.
  Preserve,       ///< Disparity fades out towards the edge, so that nothing has to be synthesized.
  FloatingWindow  ///< Black bars move the edge before the nearest object, which they may cut.
};

/// Where depth comes from.
enum class DepthSource {
  Auto,     ///< The built-in network, fused with cues and motion.
  Network,  ///< The built-in network alone.
  Cues,     ///< Cues and motion alone.
  Onnx,     ///< The worker's own network. A worker without one uses Auto.
  Flat      ///< None: both eyes see the source.
};

/// The depth at the screen: a number from 0 (the whole frame is before it) to 1 (all is behind
/// it), or the depth of the middle of the frame.
struct STREAMKIT_API Convergence {
  double depth = 0.5;
  bool automatic = false;
  friend bool operator==(const Convergence&, const Convergence&) = default;
};

/// The choices of a session for its 3D view, beside its mode. A member without a value is left to
/// the worker: to its flags, and without those to the defaults of stereo_fields(). Meaning and
/// units are those of stereo::StereoOptions. It is set when a session is created and does not
/// change, because depth and views continue from chunk to chunk.
struct STREAMKIT_API StereoChoice {
  std::optional<double> divergence = {};
  std::optional<Convergence> convergence = {};
  std::optional<DepthSource> depth = {};
  std::optional<SyntheticView> synthetic_view = {};
  std::optional<ScreenEdge> screen_edge = {};
  std::optional<int> edge_dilation_x_px = {};
  std::optional<int> edge_dilation_y_px = {};
  std::optional<double> ipd_offset = {};
  std::optional<double> foreground_scale = {};
  friend bool operator==(const StereoChoice&, const StereoChoice&) = default;
};

/// One row of the table that API, capture, worker and documentation share.
struct STREAMKIT_API StereoFieldInfo {
  /// Name in JSON, as in "edge_dilation_x". The name of the flag has '-' for '_'.
  std::string_view name;
  std::string_view summary;
  /// The default of a worker without flags, as text.
  std::string_view default_value;
  /// The words that the field can be; none if it is a number only.
  std::span<const std::string_view> words = {};
  /// Whether it can be a number, from `least` to `most`.
  bool is_number = false;
  double least = 0;
  double most = 0;
  /// Whether the number must be whole.
  bool is_whole = false;
};

/// The value of one field: a number or a word.
using StereoValue = std::variant<double, std::string>;

/// Returns every field of StereoChoice, in the order in which help texts list them.
STREAMKIT_API [[nodiscard]] std::span<const StereoFieldInfo> stereo_fields() noexcept;
/// Returns what the field can be, for messages: "a number from 0 to 1, or auto".
STREAMKIT_API [[nodiscard]] std::string stereo_field_rule(const StereoFieldInfo& field);

/// Sets a field by its name in JSON. Errors: InvalidArgument, as in "stereo.divergence must be a
/// number from 0 to 10"; unknown names are listed with the known ones.
STREAMKIT_API Result<void> set_stereo_field(StereoChoice& choice, std::string_view name,
                                            const StereoValue& value);
/// As set_stereo_field(), from text such as "2.5" or "auto".
STREAMKIT_API Result<void> set_stereo_field_text(StereoChoice& choice, std::string_view name,
                                                 std::string_view text);
/// Returns the fields that have a value, in the order of the table.
STREAMKIT_API [[nodiscard]] std::vector<std::pair<std::string_view, StereoValue>> stereo_values(
    const StereoChoice& choice);
/// Checks a choice that was not set by name. Errors: those of set_stereo_field().
STREAMKIT_API Result<void> check_stereo_choice(const StereoChoice& choice);

/// Returns the session's `stereo` object: `{"mode":"sbs","divergence":2.5,"convergence":"auto"}`,
/// of the fields that have a value.
STREAMKIT_API [[nodiscard]] std::string stereo_json(StereoMode mode, const StereoChoice& choice);

/// Returns the choice as one line of text, for stores and messages: "divergence=2.5 depth=cues".
/// Empty if nothing is chosen.
STREAMKIT_API [[nodiscard]] std::string to_string(const StereoChoice& choice);
/// Reads the text of to_string(). Errors: InvalidArgument.
STREAMKIT_API Result<StereoChoice> parse_stereo_choice(std::string_view text);

}  // namespace streamkit
