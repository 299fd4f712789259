#include <curl/curl.h>

#include <streamkit/client/curl_global.hpp>

#include "curl_error.hpp"

namespace streamkit::client {

Result<CurlGlobal> CurlGlobal::create() {
  const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) return curl_error(code, "curl_global_init");
  return CurlGlobal{};
}

CurlGlobal::~CurlGlobal() {
  if (owned_) curl_global_cleanup();
}

}  // namespace streamkit::client
