#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <streamkit/core/result.hpp>
#include <streamkit/net/url.hpp>
#include <string_view>
#include <utility>

namespace streamkit::load {

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int get() const noexcept { return value_; }
  explicit operator bool() const noexcept { return value_ >= 0; }

 private:
  int value_;
};

/// Errors: InvalidArgument for anything but http:// and an IPv4 address or "localhost": looking
/// names up is no part of a load.
Result<sockaddr_in> address_of(const net::Url& url);

/// What the kernel said last, as an Unavailable.
[[nodiscard]] Error socket_error(std::string_view action);

/// Begins to connect without blocking, from `source` (host byte order; 0: the kernel chooses).
/// Errors: Unavailable.
Result<Descriptor> begin_connect(const sockaddr_in& server, std::uint32_t source);
/// Connects, and blocks meanwhile. Errors: Unavailable.
Result<Descriptor> connect_to(const sockaddr_in& server);

/// As many descriptors as the system lets this process have; gives that number.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace streamkit::load
