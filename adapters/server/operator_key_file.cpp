#include "server/operator_key_file.hpp"

#include <algorithm>

#include <streamkit/server/private_file.hpp>

namespace streamkit::server_tool {
namespace {

constexpr std::size_t kMaxFileBytes = 512;
constexpr unsigned kAllowedMode = 0640;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

bool is_in_key_id(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

Result<net::Credentials> parse_operator_key(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return invalid("it must contain ACCESS_KEY_ID:SECRET");
  const auto id = text.substr(0, colon);
  const auto secret = text.substr(colon + 1);
  if (id.size() < 4 || id.size() > 128 || !std::all_of(id.begin(), id.end(), is_in_key_id)) {
    return invalid("the access key id must be 4 to 128 of A-Z a-z 0-9 _ -");
  }
  const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
  if (secret.size() < 16 || secret.size() > 128 ||
      !std::all_of(secret.begin(), secret.end(), is_printable)) {
    return invalid("the secret must be 16 to 128 printable characters on one line");
  }
  return net::Credentials{std::string(id), std::string(secret)};
}

Result<net::Credentials> read_operator_key(const std::filesystem::path& file) {
  const std::string context = "operator key file '" + file.string() + "'";
  const auto text = server::read_private_file(file, kMaxFileBytes, kAllowedMode);
  if (!text) return text.error().with_context(context);
  auto key = parse_operator_key(*text);
  if (!key) return key.error().with_context(context);
  return key;
}

}  // namespace streamkit::server_tool
