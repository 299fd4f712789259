#include "local/object_place.hpp"

#include <algorithm>
#include <streamkit/store/object_store.hpp>

namespace streamkit::local {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

Place place_of(std::string_view key) {
  const auto slash = key.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(key)};
  return {std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

Result<void> check_key(std::string_view key) {
  constexpr std::size_t kMaxPartBytes = 255;
  if (auto valid = check_object_key(key); !valid) return valid;
  const auto parts = parts_of(key);
  if (parts.front() == kTemporary) {
    return Error{ErrorCode::InvalidArgument, "object keys below '.tmp' are reserved"};
  }
  if (std::any_of(parts.begin(), parts.end(),
                  [](const std::string& part) { return part.size() > kMaxPartBytes; })) {
    return Error{ErrorCode::InvalidArgument, "object key has a part longer than 255 bytes"};
  }
  return {};
}

std::chrono::system_clock::time_point time_of(const timespec& time) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

}  // namespace streamkit::local
