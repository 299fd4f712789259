#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <streamkit/http/router.hpp>

namespace streamkit::http {

/// A parsed Route::pattern.
class RoutePattern {
 public:
  explicit RoutePattern(std::string_view text);

  /// Matches the rest of a path after its first part; the rest is empty or begins with a slash.
  /// Adds the values of the parameters, also when it does not match.
  [[nodiscard]] bool match(std::string_view rest, PathParameters& parameters) const noexcept;
  /// Returns the literal first part, as in "/stream".
  [[nodiscard]] const std::string& first_part() const noexcept { return first_part_; }

 private:
  struct Part {
    enum class Kind { Literal, Parameter, Rest };
    Kind kind = Kind::Literal;
    /// The literal, or the parameter's name.
    std::string text;
  };

  std::string first_part_;
  std::vector<Part> parts_;
};

/// Returns the first part of a path: "/stream" of "/stream/s1/playlist.m3u8", or a whole path of
/// one part.
[[nodiscard]] constexpr std::string_view first_part_of(std::string_view path) noexcept {
  return path.substr(0, path.find('/', 1));
}

}  // namespace streamkit::http
