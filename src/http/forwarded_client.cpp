#include <streamkit/http/forwarded_client.hpp>

namespace streamkit::http {
namespace {

// Returns the address alone, without the brackets and the port of "[2001:db8::1]:443" and
// "192.0.2.1:443".
std::string_view bare(std::string_view entry) noexcept {
  while (entry.starts_with(' ') || entry.starts_with('\t')) entry.remove_prefix(1);
  while (entry.ends_with(' ') || entry.ends_with('\t')) entry.remove_suffix(1);
  if (entry.starts_with('[')) return entry.substr(1, entry.find(']') - 1);
  const auto colon = entry.find(':');
  const bool one_colon = colon != std::string_view::npos && colon == entry.rfind(':');
  return one_colon ? entry.substr(0, colon) : entry;
}

}  // namespace

ClientAddress client_address(const RequestHead& request, bool trust_proxy) {
  bool behind_proxy = false;
  if (trust_proxy) {
    std::string_view last;
    for (const auto& header : request.headers) {
      if (!net::equal_ignoring_case(header.name, "X-Forwarded-For")) continue;
      last = header.value;
      behind_proxy = true;
    }
    const auto comma = last.rfind(',');
    if (comma != std::string_view::npos) last.remove_prefix(comma + 1);
    // A client in X-Forwarded-For came through the proxy, so it is never this machine itself.
    if (auto forwarded = parse_client_address(bare(last)))
      return {std::move(forwarded->key), false};
  }
  auto direct = parse_client_address(request.remote_address);
  if (!direct) return {request.remote_address, false};
  return {std::move(direct->key), direct->loopback && !behind_proxy};
}

}  // namespace streamkit::http
