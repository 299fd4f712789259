#include "http_status.hpp"

#include <array>
#include <utility>

namespace streamkit::client {

ErrorCode map_http_status(int status) noexcept {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::PermissionDenied;
    case 404:
    case 410:
      return ErrorCode::NotFound;
    case 408:
    case 504:
      return ErrorCode::Timeout;
    case 429:
      return ErrorCode::RateLimited;
    case 501:
    case 505:
      return ErrorCode::Unsupported;
    case 507:
      return ErrorCode::ResourceExhausted;
    default:
      return status >= 500 ? ErrorCode::Unavailable : ErrorCode::InvalidArgument;
  }
}

ErrorCode map_s3_status(int status, std::string_view code) noexcept {
  constexpr std::array<std::pair<std::string_view, ErrorCode>, 8> kCodes{{
      {"ExpiredToken", ErrorCode::CredentialsExpired},
      {"TokenRefreshRequired", ErrorCode::CredentialsExpired},
      {"RequestTimeout", ErrorCode::Timeout},
      {"SlowDown", ErrorCode::RateLimited},
      {"RequestLimitExceeded", ErrorCode::RateLimited},
      {"InsufficientStorage", ErrorCode::ResourceExhausted},
      {"QuotaExceeded", ErrorCode::ResourceExhausted},
      {"NoSuchBucket", ErrorCode::NotFound},
  }};
  for (const auto& [name, mapped] : kCodes) {
    if (code == name) return mapped;
  }
  return map_http_status(status);
}

std::string_view xml_element(std::string_view xml, std::string_view name) noexcept {
  for (std::string_view rest = xml;;) {
    const auto open = rest.find('<');
    if (open == std::string_view::npos) return {};
    rest.remove_prefix(open + 1);
    if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with('>')) continue;
    rest.remove_prefix(name.size() + 1);
    const auto end = rest.find('<');
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
  }
}

}  // namespace streamkit::client
