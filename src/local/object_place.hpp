#pragma once

#include <chrono>
#include <ctime>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <vector>

// Where objects are in the folder of a store.
namespace streamkit::local {

/// Uploads are below it until they are complete.
inline constexpr char kTemporary[] = ".tmp";

/// Splits a path at its slashes.
[[nodiscard]] std::vector<std::string> parts_of(std::string_view path);

/// The key "a/b/c" names object "c" in folder "a/b".
struct Place {
  std::string folder;
  std::string name;
};
[[nodiscard]] Place place_of(std::string_view key);

/// Errors: InvalidArgument (not a key of a store on disk).
Result<void> check_key(std::string_view key);

[[nodiscard]] std::chrono::system_clock::time_point time_of(const timespec& time);

}  // namespace streamkit::local
