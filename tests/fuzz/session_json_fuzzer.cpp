#include "session_json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/store/chunk_key.hpp>

using namespace streamkit;
using namespace streamkit::client;

namespace {

nlohmann::json to_json(const UploadTarget& upload) {
  nlohmann::json json{{"access_key_id", upload.credentials.access_key_id},
                      {"secret_access_key", upload.credentials.secret_access_key},
                      {"session_token", upload.credentials.session_token},
                      {"bucket", upload.bucket},
                      {"region", upload.region},
                      {"expires_at", net::format_iso8601(upload.expires_at)}};
  if (!upload.endpoint.empty()) json["endpoint"] = upload.endpoint;
  return json;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check_created(std::string_view text) {
  const auto created = session_json::parse_created(text);
  if (!created) {
    require(created.error().code == ErrorCode::CorruptData);
    return;
  }
  require(is_valid_session_id(created->session_id) && !created->playlist_url.empty());
  const nlohmann::json json{{"session_id", created->session_id},
                            {"playlist_url", created->playlist_url},
                            {"control_token", created->control_token},
                            {"upload", to_json(created->upload)}};
  const auto again = session_json::parse_created(json.dump());
  require(again && again->session_id == created->session_id &&
          again->playlist_url == created->playlist_url &&
          again->control_token == created->control_token &&
          to_json(again->upload) == to_json(created->upload));
}

}  // namespace

// Whatever a server answers is read or refused; what was read says the same when it is written and
// read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_created(text);
  const auto renewed = session_json::parse_renewed(text);
  require(renewed || renewed.error().code == ErrorCode::CorruptData);
  if (renewed) {
    const nlohmann::json json{{"upload", to_json(*renewed)}};
    const auto again = session_json::parse_renewed(json.dump());
    require(again && to_json(*again) == to_json(*renewed));
  }
  (void)session_json::error_message(text);
  return 0;
}
