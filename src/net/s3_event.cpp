#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/net/url.hpp>

namespace streamkit::net {
namespace {

using Json = nlohmann::ordered_json;

Error corrupt(std::string_view reason) {
  return {ErrorCode::CorruptData, "S3 event: " + std::string(reason)};
}

// URL-encodes as in a form: '+' is a space.
std::string encode_key(std::string_view key) {
  std::string result = percent_encode_path(key);
  for (auto at = result.find("%20"); at != std::string::npos; at = result.find("%20", at + 1)) {
    result.replace(at, 3, "+");
  }
  return result;
}

Result<std::string> decode_key(std::string text) {
  for (char& c : text) {
    if (c == '+') c = ' ';
  }
  return percent_decode(text);
}

const Json* member(const Json* object, std::string_view name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(std::string(name));
  return found == object->end() ? nullptr : &*found;
}

// Returns the text of a member; null if it is missing or not text.
const std::string* text_member(const Json* object, std::string_view name) {
  const Json* value = member(object, name);
  return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

bool tells_of_creation(std::string_view event_name) noexcept {
  // Names that configure a bucket have this prefix; some stores send those.
  constexpr std::string_view kPrefix = "s3:";
  if (event_name.starts_with(kPrefix)) event_name.remove_prefix(kPrefix.size());
  return event_name.starts_with("ObjectCreated:");
}

Result<ObjectCreated> read_record(const Json& record, const std::string& where) {
  const Json* s3 = member(&record, "s3");
  const Json* object = member(s3, "object");
  const std::string* bucket = text_member(member(s3, "bucket"), "name");
  const std::string* key = text_member(object, "key");
  if (bucket == nullptr) return corrupt(where + ".s3.bucket.name is missing");
  if (key == nullptr) return corrupt(where + ".s3.object.key is missing");
  auto decoded = decode_key(*key);
  if (!decoded) return corrupt(where + ".s3.object.key: " + decoded.error().message);
  const Json* size = member(object, "size");
  const bool has_size = size != nullptr && size->is_number_unsigned();
  return ObjectCreated{*bucket, *std::move(decoded), has_size ? size->get<std::uint64_t>() : 0};
}

}  // namespace

std::string make_object_created_event(std::string_view bucket, std::string_view key,
                                      std::uint64_t size_bytes, WallTime time) {
  std::string event_time = format_iso8601(time);
  event_time.insert(event_time.size() - 1, ".000");
  const Json record{
      {"eventVersion", "2.1"},
      {"eventSource", "aws:s3"},
      {"awsRegion", ""},
      {"eventTime", event_time},
      {"eventName", "ObjectCreated:Put"},
      {"s3",
       {{"s3SchemaVersion", "1.0"},
        {"bucket", {{"name", bucket}, {"arn", "arn:aws:s3:::" + std::string(bucket)}}},
        {"object", {{"key", encode_key(key)}, {"size", size_bytes}}}}}};
  const Json message{{"Records", Json::array({record})}};
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<ObjectCreated>> parse_s3_event(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return corrupt("is not a JSON object");
  std::vector<ObjectCreated> created;
  const std::string* event = text_member(&json, "Event");
  if (event != nullptr && *event == "s3:TestEvent") return created;

  const Json* records = member(&json, "Records");
  if (records == nullptr || !records->is_array()) return corrupt("Records is missing");
  for (std::size_t i = 0; i < records->size(); ++i) {
    const Json& record = (*records)[i];
    const std::string where = "Records[" + std::to_string(i) + "]";
    const std::string* name = text_member(&record, "eventName");
    if (name == nullptr) return corrupt(where + ".eventName is missing");
    if (!tells_of_creation(*name)) continue;
    auto object = read_record(record, where);
    if (!object) return object.error();
    created.push_back(*std::move(object));
  }
  return created;
}

}  // namespace streamkit::net
