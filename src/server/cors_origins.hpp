#pragma once

#include <optional>
#include <streamkit/core/result.hpp>
#include <streamkit/net/url.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace streamkit::server {

/// The origins whose pages may upload.
/// Thread-safety: immutable.
class CorsOrigins {
 public:
  /// `origins` as in ServerOptions::cors_origins; pages of `public_url` may always upload.
  /// Errors: InvalidArgument, naming the origin.
  static Result<CorsOrigins> create(const std::vector<std::string>& origins,
                                    std::string_view public_url);

  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  std::vector<net::Url> allowed_;
  bool all_ = false;
  bool loopback_ = false;
};

}  // namespace streamkit::server
