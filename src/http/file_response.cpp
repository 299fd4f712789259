#include <streamkit/http/file_response.hpp>

#include <array>
#include <cstdio>
#include <streamkit/net/http_date.hpp>

#include <streamkit/http/conditional_request.hpp>

namespace streamkit::http {
namespace {

// The tag changes whenever the file is replaced. Stores replace files and never write in place.
std::string entity_tag(const ByteReader& file, WallTime modified) {
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "\"%llx-%llx\"",
                static_cast<unsigned long long>(file.size_bytes()),
                static_cast<unsigned long long>(modified.time_since_epoch().count()));
  return text.data();
}

}  // namespace

Response file_response(const RequestHead& request, std::shared_ptr<const ByteReader> file,
                       WallTime modified, std::string content_type) {
  const std::string tag = entity_tag(*file, modified);
  const auto size = file->size_bytes();
  const auto selection = select_response(request.headers, {tag, modified, size});
  if (selection.status == 412) return {412};
  if (selection.status == 416) {
    return {416, {{"Content-Range", content_range(selection, size)}}};
  }
  Response response{selection.status,
                    {{"Content-Type", std::move(content_type)},
                     {"ETag", tag},
                     {"Last-Modified", net::format_http_date(modified)},
                     {"Accept-Ranges", "bytes"}}};
  if (selection.status == 304) return response;
  if (selection.status == 206) {
    response.headers.push_back({"Content-Range", content_range(selection, size)});
  }
  response.body = FileSlice{std::move(file), selection.offset, selection.length};
  return response;
}

}  // namespace streamkit::http
