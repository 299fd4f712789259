#pragma once

#include <memory>
#include <string>

#include <streamkit/core/api.hpp>
#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// The response to GET or HEAD of an open file: 200, 206 or 304, with ETag, Last-Modified and
/// Accept-Ranges; or 416, without a body. Source: RFC 9110 13.1, 14.
STREAMKIT_API [[nodiscard]] Response file_response(const RequestHead& request,
                                                   std::shared_ptr<const OpenFile> file,
                                                   std::string content_type);

}  // namespace streamkit::http
