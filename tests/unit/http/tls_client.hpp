#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace streamkit::http {

/// Writes a self-signed certificate for `common_name` and its key as PEM files.
void write_certificate(const std::string& common_name,
                       const std::filesystem::path& certificate_file,
                       const std::filesystem::path& key_file);

struct TlsClientOptions {
  /// As in OpenSSL, 0: any.
  int newest_version = 0;
  /// The ciphers of TLS 1.2 to offer, as OpenSSL writes them; empty: all.
  std::string ciphers = {};
  /// One protocol to offer; empty: none.
  std::string protocol = {};
};

/// A client that takes any certificate. Gives up after 20 seconds of silence.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {});
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  [[nodiscard]] std::string certificate_name() const;
  [[nodiscard]] std::string version() const;
  [[nodiscard]] std::string protocol() const;

  void send(std::string_view bytes);
  /// Up to the end of `marker`; what came when the connection ended before.
  std::string receive_until(std::string_view marker);
  std::string receive_bytes(std::size_t size);
  /// The server said goodbye as TLS wants it, and nothing else.
  bool closed_by_server();

 private:
  struct Session;
  bool fill();

  std::unique_ptr<Session> session_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace streamkit::http
