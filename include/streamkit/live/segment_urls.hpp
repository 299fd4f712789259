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

/// From a segment's index to its URI; the same index always gives the same one.
using SegmentUris = std::function<std::string(std::uint64_t index)>;

/// How a playlist names its segments. Thread-safety: every method from any thread at once.
class STREAMKIT_API SegmentUrls {
 public:
  virtual ~SegmentUrls() = default;
  /// Stands for one session, for as long as this does. Empty: names beside the playlist.
  [[nodiscard]] virtual SegmentUris uris_of(const Session& session) const = 0;
};

/// Names beside the playlist: this server serves the segments.
class STREAMKIT_API RelativeSegmentUrls final : public SegmentUrls {
 public:
  [[nodiscard]] SegmentUris uris_of(const Session&) const override { return {}; }
};

struct STREAMKIT_API PresignOptions {
  /// Where the store answers, path style, as in "https://video.example.org".
  std::string endpoint;
  std::string bucket;
  std::string region;
  /// Lasting ones that may read segments.
  net::Credentials credentials;
};

/// URLs into an S3 store, each signed with the moment of the session's creation: who asks later
/// gets the same text, as a playlist that only grows needs. They are good for seven days from then,
/// the most that Signature Version 4 allows.
class STREAMKIT_API PresignedSegmentUrls final : public SegmentUrls {
 public:
  /// Errors: InvalidArgument (endpoint, bucket, region or credentials that cannot sign).
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
