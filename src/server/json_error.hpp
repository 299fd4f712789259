#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string_view>

#include <streamkit/http/message.hpp>
#include <streamkit/http/router.hpp>

namespace streamkit::server {

/// Returns `{"error":{"code":"...","message":"..."}}`. `code` is snake_case; the message is for
/// people and must not contain a path, query or secret.
[[nodiscard]] http::Response error_response(int status, std::string_view code,
                                            std::string_view message);
/// Returns the same with the code of the status. For use as Router::ErrorWording.
[[nodiscard]] http::Response word_error(int status, std::string_view message);

/// Checks the `{session}` of a path, for use as Route::check: 400 unless it is a session id.
[[nodiscard]] std::optional<http::Response> check_session_id(const http::PathParameters& path);
[[nodiscard]] http::Response invalid_session_id();

/// Returns the response of http::file_response() with JSON errors.
[[nodiscard]] http::Response worded_file_response(const http::RequestHead& request,
                                                  std::shared_ptr<const ByteReader> file,
                                                  WallTime modified, std::string content_type);

}  // namespace streamkit::server
