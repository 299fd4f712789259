#pragma once

#include <memory>
#include <optional>
#include <streamkit/core/byte_reader.hpp>
#include <streamkit/core/wall_time.hpp>
#include <string_view>

#include <streamkit/http/message.hpp>
#include <streamkit/http/router.hpp>

namespace streamkit::server {

/// `{"error":{"code":"...","message":"..."}}`. `code` is snake_case; the message is for people and
/// holds no path, query or secret.
[[nodiscard]] http::Response error_response(int status, std::string_view code,
                                            std::string_view message);
/// The same with the code that belongs to the status. As Router::ErrorWording.
[[nodiscard]] http::Response word_error(int status, std::string_view message);

/// Route::check for paths with a `{session}`: 400 unless it is a session id.
[[nodiscard]] std::optional<http::Response> check_session_id(const http::PathParameters& path);
[[nodiscard]] http::Response invalid_session_id();

/// The file as http::file_response() sends it, with worded errors.
[[nodiscard]] http::Response worded_file_response(const http::RequestHead& request,
                                                  std::shared_ptr<const ByteReader> file,
                                                  WallTime modified, std::string content_type);

}  // namespace streamkit::server
