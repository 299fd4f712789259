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

  /// Matches what follows the first part of a path: empty, or with its leading slash. Adds the
  /// values of the parameters, also when it does not match.
  [[nodiscard]] bool match(std::string_view rest, PathParameters& parameters) const noexcept;
  /// As in "/stream": literal.
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

/// "/stream" of "/stream/s1/playlist.m3u8"; all of a path with one part only.
[[nodiscard]] constexpr std::string_view first_part_of(std::string_view path) noexcept {
  return path.substr(0, path.find('/', 1));
}

}  // namespace streamkit::http
