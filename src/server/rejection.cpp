#include "server/rejection.hpp"

#include "server/json_error.hpp"

namespace streamkit::server {

http::Response to_response(const Rejection& rejection) {
  auto response = error_response(rejection.status, rejection.code, rejection.message);
  if (rejection.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (rejection.retry_after.count() > 0) {
    response.headers.push_back({"Retry-After", std::to_string(rejection.retry_after.count())});
  }
  return response;
}

}  // namespace streamkit::server
