#include <streamkit/live/manifest_snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

#include <streamkit/http/gzip.hpp>

namespace streamkit::live {
namespace {

// A playlist only grows, so its length and its end name it; the end tells apart what was written
// with other settings, such as another key for signed URLs.
std::string tag_of(std::string_view text, std::string_view suffix) {
  constexpr std::size_t kEndBytes = 4096;
  const auto end = text.substr(text.size() - std::min(text.size(), kEndBytes));
  std::array<char, 64> tag = {};
  std::snprintf(tag.data(), tag.size(), "\"%zx-%zx%.*s\"", text.size(),
                std::hash<std::string_view>()(end), static_cast<int>(suffix.size()), suffix.data());
  return tag.data();
}

}  // namespace

PlaylistSnapshot::PlaylistSnapshot(Session session, StreamProgress progress, http::SharedText text)
    : session_(std::move(session)),
      progress_(progress),
      text_(std::move(text)),
      etag_(tag_of(*text_, "")),
      gzip_etag_(tag_of(*text_, "-gz")) {}

PlaylistSnapshot::PlaylistSnapshot(Session session, StreamProgress progress,
                                   const PlaylistSnapshot& same_text)
    : session_(std::move(session)),
      progress_(progress),
      text_(same_text.text_),
      etag_(same_text.etag_),
      gzip_etag_(same_text.gzip_etag_),
      gzip_wanted_(same_text.gzip_wanted()) {
  std::lock_guard lock(same_text.mutex_);
  compressed_ = same_text.compressed_;
  gzip_text_ = same_text.gzip_text_;
}

http::SharedText PlaylistSnapshot::gzip_text() const {
  gzip_wanted_.store(true, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  if (!compressed_) {
    compressed_ = true;
    auto compressed = http::gzip(*text_);
    if (compressed) gzip_text_ = std::make_shared<const std::string>(*std::move(compressed));
  }
  return gzip_text_;
}

}  // namespace streamkit::live
