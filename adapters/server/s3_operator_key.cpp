#include "server/s3_operator_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace streamkit::server {
namespace {

constexpr std::size_t kMaxFileBytes = 512;

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

bool is_in_key_id(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

Result<std::string> read_private(const std::filesystem::path& file) {
  const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (opened.number < 0) {
    const int code = errno;
    const auto kind = code == ENOENT   ? ErrorCode::NotFound
                      : code == EACCES ? ErrorCode::PermissionDenied
                                       : ErrorCode::Unavailable;
    return Error{kind, std::generic_category().message(code), "errno", code};
  }
  struct stat status = {};
  if (::fstat(opened.number, &status) != 0 || !S_ISREG(status.st_mode)) {
    return invalid("it is not a regular file");
  }
  constexpr mode_t kAllowed = S_IRUSR | S_IWUSR | S_IRGRP;
  if ((status.st_mode & 0777 & ~kAllowed) != 0) {
    return Error{ErrorCode::PermissionDenied,
                 "it holds a secret, others may read it: set its mode to 0600"};
  }
  std::array<char, kMaxFileBytes + 1> buffer = {};
  const auto size = ::read(opened.number, buffer.data(), buffer.size());
  if (size < 0) {
    return Error{ErrorCode::Unavailable, std::generic_category().message(errno), "errno", errno};
  }
  if (static_cast<std::size_t>(size) > kMaxFileBytes) return invalid("it is too long");
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

Result<net::Credentials> parse_operator_key(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return invalid("it must hold ACCESS_KEY_ID:SECRET");
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
  const auto text = read_private(file);
  if (!text) return text.error().with_context(context);
  auto key = parse_operator_key(*text);
  if (!key) return key.error().with_context(context);
  return key;
}

}  // namespace streamkit::server
