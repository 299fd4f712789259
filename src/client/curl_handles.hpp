#pragma once

#include <curl/curl.h>

#include <memory>

namespace streamkit::client {

template <auto Free>
struct CurlDeleter {
  template <typename T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

using CurlEasyHandle = std::unique_ptr<CURL, CurlDeleter<curl_easy_cleanup>>;
using CurlMultiHandle = std::unique_ptr<CURLM, CurlDeleter<curl_multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter<curl_slist_free_all>>;

}  // namespace streamkit::client
