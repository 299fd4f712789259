#include "http/tls_client.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

namespace streamkit::http {

void write_certificate(const std::string& common_name,
                       const std::filesystem::path& certificate_file,
                       const std::filesystem::path& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());

  std::FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

struct TlsClient::Session {
  int socket = -1;
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
};

TlsClient::TlsClient(std::uint16_t port, const TlsClientOptions& options)
    : session_(std::make_unique<Session>()) {
  session_->socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval timeout{20, 0};
  ::setsockopt(session_->socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  session_->context = ::SSL_CTX_new(::TLS_client_method());
  // Old versions need this to be offered at all.
  ::SSL_CTX_set_security_level(session_->context, 0);
  ::SSL_CTX_set_min_proto_version(session_->context, 0);
  ::SSL_CTX_set_max_proto_version(session_->context, options.newest_version);
  if (!options.ciphers.empty()) {
    ::SSL_CTX_set_cipher_list(session_->context, options.ciphers.c_str());
  }
  session_->ssl = ::SSL_new(session_->context);
  if (!options.protocol.empty()) {
    const std::string offered = static_cast<char>(options.protocol.size()) + options.protocol;
    ::SSL_set_alpn_protos(session_->ssl, reinterpret_cast<const unsigned char*>(offered.data()),
                          static_cast<unsigned int>(offered.size()));
  }
  ::SSL_set_fd(session_->ssl, session_->socket);
  connected_ =
      ::connect(session_->socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      ::SSL_connect(session_->ssl) == 1;
}

TlsClient::~TlsClient() {
  ::SSL_free(session_->ssl);
  ::SSL_CTX_free(session_->context);
  ::close(session_->socket);
}

std::string TlsClient::certificate_name() const {
  X509* certificate = ::SSL_get1_peer_certificate(session_->ssl);
  if (certificate == nullptr) return {};
  std::array<char, 256> name = {};
  ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
  ::X509_free(certificate);
  return name.data();
}

std::string TlsClient::version() const { return ::SSL_get_version(session_->ssl); }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  ::SSL_get0_alpn_selected(session_->ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void TlsClient::send(std::string_view bytes) {
  ::SSL_write(session_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::receive_until(std::string_view marker) {
  std::size_t found = 0;
  while ((found = buffer_.find(marker)) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  return receive_bytes(found + marker.size());
}

std::string TlsClient::receive_bytes(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return bytes;
}

bool TlsClient::closed_by_server() {
  return buffer_.empty() && !fill() &&
         (::SSL_get_shutdown(session_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool TlsClient::fill() {
  std::array<char, 65536> bytes;
  const int size = ::SSL_read(session_->ssl, bytes.data(), static_cast<int>(bytes.size()));
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace streamkit::http
