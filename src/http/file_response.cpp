#include <streamkit/http/file_response.hpp>

#include <array>
#include <cstdio>
#include <streamkit/net/http_date.hpp>

#include <streamkit/http/byte_range.hpp>
#include <streamkit/http/conditional_request.hpp>

namespace streamkit::http {
namespace {

// Changes whenever the file is replaced: stores replace, they never write in place.
std::string entity_tag(const OpenFile& file) {
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "\"%llx-%llx\"",
                static_cast<unsigned long long>(file.size_bytes()),
                static_cast<unsigned long long>(file.modified().time_since_epoch().count()));
  return text.data();
}

}  // namespace

Response file_response(const RequestHead& request, std::shared_ptr<const OpenFile> file,
                       std::string content_type) {
  const std::string tag = entity_tag(*file);
  Response response{200,
                    {{"Content-Type", std::move(content_type)},
                     {"ETag", tag},
                     {"Last-Modified", net::format_http_date(file->modified())},
                     {"Accept-Ranges", "bytes"}},
                    FileSlice{file, 0, file->size_bytes()}};
  if (matches_etag(request.header("If-None-Match"), tag)) {
    response.status = 304;
    response.body = SharedText{};
    return response;
  }
  const auto condition = request.header("If-Range");
  if (!condition.empty() && condition != tag) return response;

  const auto range = parse_range(request.header("Range"), file->size_bytes());
  const std::string size = std::to_string(file->size_bytes());
  if (range.kind == RangeRequest::Kind::Unsatisfiable) {
    return {416, {{"Content-Range", "bytes */" + size}}};
  }
  if (range.kind == RangeRequest::Kind::Part) {
    response.status = 206;
    response.headers.push_back(
        {"Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                              std::to_string(range.offset + range.length - 1) + "/" + size});
    response.body = FileSlice{std::move(file), range.offset, range.length};
  }
  return response;
}

}  // namespace streamkit::http
