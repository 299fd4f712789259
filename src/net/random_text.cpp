#include <streamkit/net/random_text.hpp>

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace streamkit::net {

Result<std::string> random_text(std::size_t length) {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text(length, '\0');
  for (std::size_t filled = 0; filled < length;) {
    const auto size = ::getrandom(text.data() + filled, length - filled, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      return Error{ErrorCode::Unavailable,
                   "read random bytes: " + std::generic_category().message(errno), "errno", errno};
    }
    filled += static_cast<std::size_t>(size);
  }
  // 256 is a multiple of 32: every character is as likely as any other.
  for (char& character : text) character = kAlphabet[static_cast<unsigned char>(character) % 32];
  return text;
}

}  // namespace streamkit::net
