#include <streamkit/live/segment_urls.hpp>

#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/chunk_key.hpp>

namespace streamkit::live {

Result<std::unique_ptr<PresignedSegmentUrls>> PresignedSegmentUrls::create(PresignOptions config) {
  while (config.endpoint.ends_with('/')) config.endpoint.pop_back();
  const auto endpoint = net::parse_url(config.endpoint);
  if (!endpoint) return endpoint.error().with_context("endpoint of segment URLs");
  if (config.bucket.empty()) {
    return Error{ErrorCode::InvalidArgument, "segment URLs need the name of a bucket"};
  }
  std::string base_path = endpoint->path == "/" ? "" : endpoint->path;
  base_path += "/" + config.bucket + "/";
  std::unique_ptr<PresignedSegmentUrls> urls(new PresignedSegmentUrls(
      std::move(config), net::host_header(*endpoint), std::move(base_path)));
  // If one URL cannot be signed, no URL can.
  Session some;
  some.id = "some";
  some.created_at = WallTime(std::chrono::hours(24));
  if (const auto tried = urls->url_of(some, 0); !tried) {
    return tried.error().with_context("segment URLs");
  }
  return urls;
}

SegmentUris PresignedSegmentUrls::uris_of(const Session& session) const {
  return [this, session](std::uint64_t index) {
    return url_of(session, index).value_or(segment_file_name(index));
  };
}

Result<std::string> PresignedSegmentUrls::url_of(const Session& session,
                                                 std::uint64_t index) const {
  net::SignableRequest request;
  request.method = "GET";
  request.host = host_;
  request.path = base_path_ + to_string(StreamOutputKey{session.id, index});
  const auto query = net::presign(request, config_.credentials, {.region = config_.region},
                                  session.created_at, net::kMaxPresignExpiry);
  if (!query) return query.error();
  return config_.endpoint + request.path.substr(base_path_.size() - config_.bucket.size() - 2) +
         "?" + *query;
}

}  // namespace streamkit::live
