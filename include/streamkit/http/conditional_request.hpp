#pragma once

#include <cstdint>
#include <streamkit/core/api.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/net/http_headers.hpp>
#include <string>
#include <string_view>

namespace streamkit::http {

/// The stored state of a resource, for evaluating the conditions of a GET or HEAD request.
struct STREAMKIT_API Representation {
  /// A strong tag, with its quotes.
  std::string_view etag;
  WallTime modified;
  std::uint64_t size_bytes = 0;
  /// Conditions may name tags without quotes, as some S3 clients do.
  bool accepts_bare_tags = false;
};

/// The response to a conditional or ranged request.
struct STREAMKIT_API Selection {
  /// 200 (everything), 206 (a range), 304 (not modified), 412 (a precondition failed) or
  /// 416 (a range outside the resource).
  int status = 200;
  /// The bytes to send for 200 and 206.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Evaluates If-Match, If-None-Match, If-Unmodified-Since, If-Modified-Since, If-Range and Range,
/// in the order of the specification. An unreadable date is ignored, a list of ranges selects
/// everything, and an If-Range header matches by a tag only, never by a date.
/// Source: RFC 9110 13.1, 13.2.2, 14.2.
STREAMKIT_API [[nodiscard]] Selection select_response(const net::HttpHeaders& headers,
                                                      const Representation& representation);

/// Returns the Content-Range header of a 206 or 416 response. Source: RFC 9110 14.4.
STREAMKIT_API [[nodiscard]] std::string content_range(const Selection& selection,
                                                      std::uint64_t size_bytes);

/// Returns whether an If-None-Match header, `*` or a list of tags, names `tag`, which includes its
/// quotes. A tag that is marked as weak matches too.
/// Source: RFC 9110 13.1.2, 8.8.3.2 (weak comparison).
STREAMKIT_API [[nodiscard]] bool matches_etag(std::string_view header,
                                              std::string_view tag) noexcept;

}  // namespace streamkit::http
