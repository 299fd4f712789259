#include <streamkit/core/object_store.hpp>

namespace streamkit {

Result<void> check_object_key(std::string_view key) {
  const auto refuse = [](std::string_view reason) {
    return Error{ErrorCode::InvalidArgument, "object key " + std::string(reason)};
  };
  if (key.empty()) return refuse("is empty");
  if (key.size() > kMaxObjectKeyBytes) return refuse("is longer than 1024 bytes");
  for (const char c : key) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') {
      return refuse("holds a control character or a backslash");
    }
  }
  for (std::string_view rest = key;;) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return refuse("has an empty, '.' or '..' part");
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace streamkit
