#include <nlohmann/json.hpp>
#include <streamkit/net/stereo_json.hpp>

namespace streamkit::net {
namespace {

using Json = nlohmann::json;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

// Other types become an empty word, which no field accepts.
StereoValue value_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

Result<StereoRequest> parse_stereo_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return invalid("stereo must be a JSON object");
  StereoRequest request;
  for (const auto& [name, value] : json.items()) {
    if (name == "mode") {
      request.mode =
          value.is_string() ? parse_stereo_mode(value.get_ref<const std::string&>()) : std::nullopt;
      if (request.mode) continue;
      return invalid("stereo.mode must be one of " + std::string(stereo_mode_names()));
    }
    if (auto set = set_stereo_field(request.choice, name, value_of(value)); !set) {
      return set.error();
    }
  }
  return request;
}

}  // namespace streamkit::net
