#include <streamkit/live/manifest_snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

namespace streamkit::live {
namespace {

// A manifest only grows, so its length and its end identify it. The end differs between manifests
// that were written with other settings, such as another key for signed URLs.
std::string tag_of(std::string_view text) {
  constexpr std::size_t kEndBytes = 4096;
  const auto end = text.substr(text.size() - std::min(text.size(), kEndBytes));
  std::array<char, 64> tag = {};
  std::snprintf(tag.data(), tag.size(), "\"%zx-%zx\"", text.size(),
                std::hash<std::string_view>()(end));
  return tag.data();
}

}  // namespace

ManifestSnapshot::ManifestSnapshot(Session session, StreamProgress progress, SharedText text,
                                   std::optional<TimePoint> grew_at)
    : session_(std::move(session)),
      progress_(progress),
      text_(std::move(text)),
      grew_at_(grew_at),
      etag_(tag_of(*text_)) {}

ManifestSnapshot::ManifestSnapshot(Session session, StreamProgress progress,
                                   const ManifestSnapshot& same_text)
    : session_(std::move(session)),
      progress_(progress),
      text_(same_text.text_),
      grew_at_(same_text.grew_at_),
      etag_(same_text.etag_) {}

}  // namespace streamkit::live
