#pragma once

#include <chrono>
#include <functional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/net/credentials.hpp>
#include <streamkit/store/session_store.hpp>
#include <string>
#include <string_view>

namespace streamkit::live {

/// Maps a segment's index to its URI. The same index always gives the same URI.
using SegmentUris = std::function<std::string(std::uint64_t index)>;

/// Names the segments of playlists.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API SegmentUrls {
 public:
  virtual ~SegmentUrls() = default;
  /// Returns the URIs of one session. This object must outlive the returned function. Empty:
  /// relative names next to the playlist.
  [[nodiscard]] virtual SegmentUris uris_of(const Session& session) const = 0;
};

/// Relative names next to the playlist: this server serves the segments.
class STREAMKIT_API RelativeSegmentUrls final : public SegmentUrls {
 public:
  [[nodiscard]] SegmentUris uris_of(const Session&) const override { return {}; }
};

struct STREAMKIT_API PresignOptions {
  /// The URL of the store, path style, as in "https://video.example.org".
  std::string endpoint;
  std::string bucket;
  std::string region;
  /// Permanent credentials that may read segments.
  net::Credentials credentials;
};

/// Presigned URLs of an S3 store, signed for the time of the session's creation. Later calls return
/// the same text, as a playlist that only grows requires. The URLs are valid for seven days from
/// that time, the maximum of Signature Version 4.
class STREAMKIT_API PresignedSegmentUrls final : public SegmentUrls {
 public:
  /// Creates the object. Errors: InvalidArgument (endpoint, bucket, region or credentials that
  /// cannot sign).
  static Result<std::unique_ptr<PresignedSegmentUrls>> create(PresignOptions config);
  [[nodiscard]] SegmentUris uris_of(const Session& session) const override;

 private:
  explicit PresignedSegmentUrls(PresignOptions config, std::string host, std::string base_path)
      : config_(std::move(config)), host_(std::move(host)), base_path_(std::move(base_path)) {}
  Result<std::string> url_of(const Session& session, std::uint64_t index) const;

  const PresignOptions config_;
  const std::string host_;
  const std::string base_path_;
};

}  // namespace streamkit::live
