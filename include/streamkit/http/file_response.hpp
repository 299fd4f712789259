#pragma once

#include <memory>
#include <string>

#include <streamkit/core/api.hpp>
#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// The answer to GET or HEAD of an open file: 200, 206, 304 or 416, with ETag, Last-Modified and
/// Accept-Ranges. Source: RFC 9110 13.1, 14.
STREAMKIT_API [[nodiscard]] Response file_response(const Request& request,
                                                   std::shared_ptr<const OpenFile> file,
                                                   std::string content_type);

}  // namespace streamkit::http
