#pragma once

#include <memory>
#include <string>

#include <streamkit/core/api.hpp>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/http/message.hpp>

namespace streamkit::http {

/// Returns the response to GET or HEAD of an open file or object: 200, 206, 304, 412 or 416 as
/// select_response() decides, with ETag, Last-Modified and Accept-Ranges. 412 and 416 have no body.
STREAMKIT_API [[nodiscard]] Response file_response(const RequestHead& request,
                                                   std::shared_ptr<const ByteReader> file,
                                                   WallTime modified, std::string content_type);

}  // namespace streamkit::http
