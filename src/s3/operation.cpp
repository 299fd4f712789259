#include "s3/operation.hpp"

#include <algorithm>
#include <array>
#include <streamkit/core/text.hpp>
#include <streamkit/net/url.hpp>
#include <streamkit/store/object_store.hpp>

#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

// How an operation is requested. `selector` is a query parameter that must exist, with a value if
// one is given; it distinguishes the operation from others on the same resource. `parameters` may
// exist in addition.
struct Route {
  std::string_view method;
  bool on_object;
  std::string_view selector;
  std::string_view parameters;
  Operation operation;
};

// More specific routes come first.
constexpr std::array kRoutes = {
    Route{"PUT", true, "uploadId", " partNumber ", Operation::UploadPart},
    Route{"PUT", true, "", "", Operation::PutObject},
    Route{"POST", true, "uploads", "", Operation::CreateMultipartUpload},
    Route{"POST", true, "uploadId", "", Operation::CompleteMultipartUpload},
    Route{"DELETE", true, "uploadId", "", Operation::AbortMultipartUpload},
    Route{"DELETE", true, "", "", Operation::DeleteObject},
    Route{"GET", true, "uploadId", " max-parts part-number-marker ", Operation::ListParts},
    Route{"GET", true, "", "", Operation::GetObject},
    Route{"HEAD", true, "", "", Operation::HeadObject},
    Route{"GET", false, "location", "", Operation::GetBucketLocation},
    Route{"GET", false, "uploads",
          " prefix delimiter encoding-type max-uploads key-marker upload-id-marker ",
          Operation::ListMultipartUploads},
    Route{"GET", false, "list-type=2",
          " prefix delimiter encoding-type max-keys start-after continuation-token fetch-owner ",
          Operation::ListObjectsV2},
    Route{"GET", false, "", " prefix delimiter encoding-type max-keys marker ",
          Operation::ListObjects},
    Route{"POST", false, "delete", "", Operation::DeleteObjects},
    Route{"HEAD", false, "", "", Operation::HeadBucket},
    Route{"PUT", false, "", "", Operation::CreateBucket},
};

constexpr std::string_view kMethods = " GET HEAD PUT POST DELETE ";

bool is_listed(std::string_view list, std::string_view word) {
  return !word.empty() && list.find(" " + std::string(word) + " ") != std::string_view::npos;
}

const net::HttpHeader* find_parameter(const Query& query, std::string_view name) noexcept {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [&](const auto& parameter) { return parameter.name == name; });
  return found == query.end() ? nullptr : &*found;
}

bool selects(const Route& route, const Query& query) noexcept {
  if (route.selector.empty()) return true;
  const auto equals = route.selector.find('=');
  const auto* parameter = find_parameter(query, route.selector.substr(0, equals));
  return parameter != nullptr && (equals == std::string_view::npos ||
                                  parameter->value == route.selector.substr(equals + 1));
}

// Returns whether a parameter has no effect here: parameters of a signature, metadata in a
// presigned URL, and the name of the operation, which some SDKs add.
bool is_harmless(std::string_view name) noexcept {
  return starts_with_ignoring_case(name, "x-amz-") || name == "x-id";
}

bool takes(const Route& route, const Query& query) {
  const auto selector = route.selector.substr(0, route.selector.find('='));
  return std::all_of(query.begin(), query.end(), [&](const auto& parameter) {
    return is_harmless(parameter.name) || parameter.name == selector ||
           is_listed(route.parameters, parameter.name);
  });
}

Result<Query> read_query(std::string_view query) {
  Query parameters;
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto name = net::percent_decode(parameter.substr(0, equals));
    const auto value =
        net::percent_decode(parameter.substr(std::min(equals + 1, parameter.size())));
    if (!name || !value) return rejection(Code::InvalidUri, "the query cannot be decoded");
    if (find_parameter(parameters, *name) != nullptr) {
      return rejection(Code::InvalidArgument, "a query parameter is repeated");
    }
    parameters.push_back({*name, *value});
  }
  return parameters;
}

Result<void> read_place(const http::RequestHead& request, std::string_view bucket,
                        Address& address) {
  std::string_view rest = request.path;
  if (!rest.starts_with('/')) {
    return rejection(Code::InvalidUri, "the path must begin with '/'");
  }
  rest.remove_prefix(1);
  if (is_host_style(request, bucket)) {
    address.bucket = bucket;
  } else {
    address.bucket = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), address.bucket.size() + 1));
  }
  auto key = net::percent_decode(rest);
  if (!key) return rejection(Code::InvalidUri, "the path cannot be decoded");
  if (key->size() > kMaxObjectKeyBytes) {
    return rejection(Code::KeyTooLongError, "a key has at most 1024 bytes");
  }
  address.key = *std::move(key);
  return {};
}

}  // namespace

std::string_view Address::parameter(std::string_view name) const noexcept {
  const auto* found = find_parameter(query, name);
  return found == nullptr ? std::string_view{} : found->value;
}

bool is_path_style(std::string_view path, std::string_view bucket) noexcept {
  return path.starts_with('/') && path.substr(1).starts_with(bucket) &&
         (path.size() == bucket.size() + 1 || path[bucket.size() + 1] == '/');
}

bool is_host_style(const http::RequestHead& request, std::string_view bucket) noexcept {
  const auto host = request.header("Host");
  return starts_with_ignoring_case(host, bucket) && host.size() > bucket.size() + 1 &&
         host[bucket.size()] == '.' && !is_path_style(request.path, bucket);
}

Result<Address> read_address(const http::RequestHead& request, std::string_view bucket) {
  Address address;
  if (auto place = read_place(request, bucket, address); !place) return place.error();
  auto query = read_query(request.query);
  if (!query) return query.error();
  address.query = *std::move(query);
  if (!is_listed(kMethods, request.method)) {
    return rejection(Code::MethodNotAllowed, "use GET, HEAD, PUT, POST or DELETE");
  }
  if (address.bucket.empty()) {
    if (request.method == "GET") return address;
    return rejection(Code::MethodNotAllowed, "name a bucket");
  }
  for (const Route& route : kRoutes) {
    if (route.method != request.method || route.on_object == address.key.empty()) continue;
    if (!selects(route, address.query) || !takes(route, address.query)) continue;
    address.operation = route.operation;
    return address;
  }
  return rejection(Code::NotImplemented, "this call is not available here");
}

std::string_view amz_value(const http::RequestHead& request, const Address& address,
                           std::string_view name) noexcept {
  if (const auto header = net::find_header(request.headers, name)) return *header;
  for (const auto& parameter : address.query) {
    if (net::equal_ignoring_case(parameter.name, name)) return parameter.value;
  }
  return {};
}

}  // namespace streamkit::s3
