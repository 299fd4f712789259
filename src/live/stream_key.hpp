#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace streamkit::live {

/// The length of the keys that LiveStreams creates, of [a-z2-7].
inline constexpr std::size_t kStreamKeyLength = 52;
/// Longer texts are not keys: they are not even hashed.
inline constexpr std::size_t kMaxStreamKeyBytes = 512;

/// Returns whether the text has the form of a key, also of one that was revoked. Such a text must
/// not become the public name of a stream.
[[nodiscard]] inline bool has_key_form(std::string_view text) noexcept {
  return text.size() == kStreamKeyLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

}  // namespace streamkit::live
