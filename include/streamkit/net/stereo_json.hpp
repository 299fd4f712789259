#pragma once

#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <string_view>

namespace streamkit::net {

/// A session's `stereo` object, as clients send it.
struct STREAMKIT_API StereoRequest {
  /// Empty: it was not given.
  std::optional<StereoMode> mode = {};
  StereoChoice choice = {};
};

/// Parses `{"mode":"sbs","divergence":2.5,"convergence":"auto","depth":"cues"}`. All fields are
/// optional. The text that streamkit::stereo_json() returns is the reverse.
/// Errors: InvalidArgument, naming the field: a value out of its range, an unknown field; or text
/// that is not a JSON object.
STREAMKIT_API Result<StereoRequest> parse_stereo_json(std::string_view json);

}  // namespace streamkit::net
