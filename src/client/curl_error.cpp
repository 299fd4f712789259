#include "curl_error.hpp"

#include <string>

namespace streamkit::client {
namespace {

ErrorCode map(CURLcode code) noexcept {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return ErrorCode::InvalidArgument;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_AGAIN:
    case CURLE_NO_CONNECTION_AVAILABLE:
    case CURLE_UNRECOVERABLE_POLL:
      return ErrorCode::Unavailable;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::Timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return ErrorCode::PermissionDenied;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FILESIZE_EXCEEDED:
      return ErrorCode::ResourceExhausted;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorCode::Cancelled;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorCode::CorruptData;
    default:
      return ErrorCode::Internal;
  }
}

}  // namespace

Error curl_error(CURLcode code, std::string_view what) {
  return {map(code), std::string(what) + ": " + curl_easy_strerror(code), "curl",
          static_cast<int>(code)};
}

}  // namespace streamkit::client
