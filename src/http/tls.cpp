#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

namespace streamkit::http {
namespace {

// One TLS record. A larger part would only arrive later as a whole.
constexpr std::size_t kRecordBytes = 16 * 1024;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using ContextHandle = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, Free<SSL_free>>;

// --- Errors ---

Error tls_error(ErrorCode code, std::string message) {
  const auto native = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(native);
  if (reason != nullptr) message += std::string(": ") + reason;
  ::ERR_clear_error();
  return {code, std::move(message), "openssl", static_cast<int>(ERR_GET_REASON(native))};
}

// OpenSSL would wait for the writer of a FIFO.
Result<void> check_readable(const std::filesystem::path& file, std::string_view what) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(file, ignored).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    return Error{ErrorCode::InvalidArgument,
                 std::string(what) + " '" + file.string() + "' is not a regular file"};
  }
  if (::access(file.c_str(), R_OK) == 0) return {};
  const int code = errno;
  return Error{
      code == ENOENT || code == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Unavailable,
      std::string(what) + " '" + file.string() + "': " + std::generic_category().message(code),
      "errno", code};
}

// --- Setup ---

// Without this callback, OpenSSL would ask for the password of a key on the terminal.
int refuse_password(char*, int, int, void*) { return 0; }

// If there is no common protocol, the handshake fails. Source: RFC 7301 3.2.
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8,   'h', 't', 't', 'p',
                                                           '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  const int found = ::SSL_select_next_proto(&selected, chosen_size, kHttp11.data(), kHttp11.size(),
                                            offered, offered_size);
  *chosen = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Of TLS 1.2 only what keeps past connections secret and detects changes. TLS 1.3 has nothing else.
// Source: RFC 9325 4.2.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

Result<ContextHandle> make_context() {
  ContextHandle context(::SSL_CTX_new(::TLS_server_method()));
  if (!context || ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers) != 1) {
    return tls_error(ErrorCode::Internal, "TLS cannot be set up");
  }
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA);
  // A write that would block may be repeated from another address, and idle connections keep no
  // buffers.
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
  ::SSL_CTX_set_default_passwd_cb(context.get(), refuse_password);
  return context;
}

Result<void> use_files(SSL_CTX* context, const TlsFiles& files) {
  const auto certificate = files.certificate_file.string();
  const auto key = files.key_file.string();
  if (auto readable = check_readable(certificate, "TLS certificate"); !readable) return readable;
  if (auto readable = check_readable(key, "TLS key"); !readable) return readable;
  ::ERR_clear_error();
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return tls_error(ErrorCode::InvalidArgument,
                     "TLS certificate '" + certificate + "': no certificate in PEM form");
  }
  if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    return tls_error(ErrorCode::InvalidArgument,
                     mismatch
                         ? "TLS key '" + key + "' does not match '" + certificate + "'"
                         : "TLS key '" + key + "': no private key in PEM form without password");
  }
  if (::SSL_CTX_check_private_key(context) != 1) {
    return tls_error(ErrorCode::InvalidArgument,
                     "TLS key '" + key + "' does not match '" + certificate + "'");
  }
  return {};
}

// --- A connection ---

class TlsTransport final : public Transport {
 public:
  explicit TlsTransport(SslHandle ssl) : ssl_(std::move(ssl)) {}

  IoResult handshake() override {
    auto result = outcome(::SSL_accept, ssl_.get());
    if (result.kind == IoResult::Kind::Done) result.bytes = 0;
    return result;
  }

  IoResult read(std::span<char> into) override {
    return outcome(::SSL_read, ssl_.get(), into.data(), clamp(into.size()));
  }

  IoResult write(std::string_view first, std::string_view second, bool) override {
    if (second.empty() || first.size() >= kRecordBytes) return write_bytes(first);
    // Both texts are sent in one record.
    std::array<char, kRecordBytes> record;
    const auto end = std::copy(first.begin(), first.end(), record.begin());
    const auto room = static_cast<std::size_t>(record.end() - end);
    const std::size_t size = first.size() + second.copy(&*end, room);
    return write_bytes({record.data(), size});
  }

  IoResult write_file(const FileSlice& slice, std::span<char> scratch) override {
    if (detached_) return {};
    const auto room = static_cast<std::size_t>(
        std::min<std::uint64_t>(slice.length, std::min(scratch.size(), kRecordBytes)));
    const auto size =
        ::pread(slice.file->descriptor(), scratch.data(), room, static_cast<off_t>(slice.offset));
    if (size <= 0) return {};
    return write_bytes({scratch.data(), static_cast<std::size_t>(size)});
  }

  bool has_pending() const noexcept override { return ::SSL_has_pending(ssl_.get()) == 1; }

  void finish_sending() noexcept override {
    if (detached_ || broken_ || ::SSL_is_init_finished(ssl_.get()) == 0) return;
    ::ERR_clear_error();
    ::SSL_shutdown(ssl_.get());
  }

  void detach() noexcept override { detached_ = true; }

 private:
  static int clamp(std::size_t size) noexcept {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
  }

  IoResult write_bytes(std::string_view bytes) {
    return outcome(::SSL_write, ssl_.get(), bytes.data(), clamp(bytes.size()));
  }

  template <typename Function, typename... Arguments>
  IoResult outcome(Function function, Arguments... arguments) {
    if (detached_ || broken_) return {};
    ::ERR_clear_error();
    const int result = function(arguments...);
    if (result > 0) return {IoResult::Kind::Done, static_cast<std::size_t>(result)};
    const int reason = ::SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ) return {IoResult::Kind::WantRead, 0};
    if (reason == SSL_ERROR_WANT_WRITE) return {IoResult::Kind::WantWrite, 0};
    broken_ = reason != SSL_ERROR_ZERO_RETURN;
    ::ERR_clear_error();
    return {};
  }

  const SslHandle ssl_;
  bool detached_ = false;
  // After such an error no function may be called on the connection, not even SSL_shutdown().
  bool broken_ = false;
};

class OpenSslIdentity final : public TlsIdentity {
 public:
  explicit OpenSslIdentity(ContextHandle context) : context_(std::move(context)) {}

  Result<std::unique_ptr<Transport>> accept(int socket) const override {
    SslHandle ssl(::SSL_new(context_.get()));
    if (!ssl || ::SSL_set_fd(ssl.get(), socket) != 1) {
      return tls_error(ErrorCode::Internal, "TLS connection");
    }
    return std::unique_ptr<Transport>(std::make_unique<TlsTransport>(std::move(ssl)));
  }

 private:
  const ContextHandle context_;
};

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::load(const TlsFiles& files) {
  auto context = make_context();
  if (!context) return context.error();
  if (auto used = use_files(context->get(), files); !used) return used.error();
  return std::shared_ptr<const TlsIdentity>(
      std::make_shared<const OpenSslIdentity>(*std::move(context)));
}

}  // namespace streamkit::http
