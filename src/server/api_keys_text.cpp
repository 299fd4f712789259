#include <algorithm>
#include <set>
#include <streamkit/net/sha256.hpp>

#include <streamkit/net/random_text.hpp>
#include <streamkit/server/api_keys.hpp>

namespace streamkit::server {
namespace {

constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kMaxKeys = 10'000;
constexpr std::size_t kMaxNameLength = 64;
// 52 characters of 5 bits hold a secret of 256 bits.
constexpr std::size_t kSecretLength = 52;

bool is_name(std::string_view text) noexcept {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= kMaxNameLength &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Removes the next word from the front of `line` and returns it.
std::string_view take_word(std::string_view& line) noexcept {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBlanks)));
  const auto word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

// The error describes what is wrong with the line but does not repeat it, because it may contain a
// key by mistake.
Result<ApiKey> parse_line(std::string_view line) {
  const auto wrong = [](std::string_view what) {
    return Error{ErrorCode::InvalidArgument, std::string(what)};
  };
  const auto name = take_word(line);
  if (!is_name(name)) return wrong("the name must be 1 to 64 of A-Z a-z 0-9 . _ -");
  auto hash = take_word(line);
  if (!hash.starts_with(kHashPrefix)) return wrong("expected NAME sha256:HEX");
  hash.remove_prefix(kHashPrefix.size());
  if (!is_sha256(hash)) return wrong("the hash must be 64 lower-case hexadecimal digits");
  if (!take_word(line).empty()) return wrong("there is text after the hash");
  return ApiKey{std::string(name), std::string(hash)};
}

}  // namespace

Result<std::vector<ApiKey>> parse_api_keys(std::string_view text) {
  std::vector<ApiKey> keys;
  std::set<std::string, std::less<>> seen;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || line[begin] == '#') continue;
    const auto at = "line " + std::to_string(number);
    auto key = parse_line(line);
    if (!key) return key.error().with_context(at);
    // A name does not contain ':' and therefore cannot equal a hash with this prefix.
    const bool fresh = seen.insert(key->name).second && seen.insert(":" + key->sha256).second;
    if (!fresh) return Error{ErrorCode::InvalidArgument, at + ": repeated name or key"};
    if (keys.size() == kMaxKeys) return Error{ErrorCode::InvalidArgument, at + ": too many keys"};
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return Error{ErrorCode::InvalidArgument, "it has no keys"};
  return keys;
}

std::string to_line(const ApiKey& key) {
  return key.name + " " + std::string(kHashPrefix) + key.sha256;
}

Result<NewApiKey> make_api_key(std::string_view name) {
  if (!is_name(name)) {
    return Error{ErrorCode::InvalidArgument,
                 "the name of an API key must be 1 to 64 of A-Z a-z 0-9 . _ -"};
  }
  auto secret = net::random_text(kSecretLength);
  if (!secret) return secret.error();
  ApiKey key{std::string(name), net::sha256_hex(*secret)};
  return NewApiKey{*std::move(secret), std::move(key)};
}

}  // namespace streamkit::server
