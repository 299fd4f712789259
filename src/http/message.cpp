#include <streamkit/http/message.hpp>

#include <algorithm>

namespace streamkit::http {

std::string_view RequestHead::header(std::string_view name) const noexcept {
  return net::find_header(headers, name).value_or(std::string_view{});
}

bool RequestHead::has_query(std::string_view name) const noexcept {
  return query_value(name).has_value();
}

std::optional<std::string_view> RequestHead::query_value(std::string_view name) const noexcept {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto parameter = rest.substr(0, rest.find('&'));
    const auto name_end = std::min(parameter.find('='), parameter.size());
    if (parameter.substr(0, name_end) == name) {
      return parameter.substr(std::min(name_end + 1, parameter.size()));
    }
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
  }
  return {};
}

std::uint64_t Response::body_bytes() const noexcept {
  if (const auto* slice = std::get_if<FileSlice>(&body)) return slice->length;
  if (const auto* texts = std::get_if<SharedTexts>(&body)) {
    std::uint64_t bytes = 0;
    for (const SharedText& text : *texts) bytes += text ? text->size() : 0;
    return bytes;
  }
  const auto* text = std::get_if<SharedText>(&body);
  return text != nullptr && *text ? (*text)->size() : 0;
}

Response text_response(int status, std::string content_type, std::string body) {
  return {status,
          {{"Content-Type", std::move(content_type)}},
          std::make_shared<const std::string>(std::move(body))};
}

}  // namespace streamkit::http
