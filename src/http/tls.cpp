#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <streamkit/core/file_access.hpp>

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
using BioHandle = std::unique_ptr<BIO, Free<BIO_free>>;
using CertificateHandle = std::unique_ptr<X509, Free<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// Enough for a chain of many certificates.
constexpr std::size_t kMaxPemBytes = 1024 * 1024;

// --- Errors ---

Error tls_error(ErrorCode code, std::string message) {
  const auto native = ::ERR_peek_last_error();
  const char* reason = ::ERR_reason_error_string(native);
  if (reason != nullptr) message += std::string(": ") + reason;
  ::ERR_clear_error();
  return {code, std::move(message), "openssl", static_cast<int>(ERR_GET_REASON(native))};
}

// `kind` says what the file is for. Never waits: a FIFO of that name cannot stop the server.
Result<BioHandle> read_pem(const std::filesystem::path& file, const std::string& kind) {
  const auto opened = files::open_file(file);
  if (!opened) return opened.error().with_context(kind);
  const std::string what = kind + " '" + file.string() + "'";
  const auto bytes = files::read_begin(*opened, kMaxPemBytes + 1);
  if (!bytes) return bytes.error().with_context(what);
  if (bytes->size() > kMaxPemBytes) {
    return Error{ErrorCode::InvalidArgument, what + " is too long"};
  }
  BioHandle memory(::BIO_new(::BIO_s_mem()));
  const auto size = static_cast<int>(bytes->size());
  if (memory && ::BIO_write(memory.get(), bytes->data(), size) == size) return memory;
  return tls_error(ErrorCode::ResourceExhausted, what + " cannot be read");
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

// The first certificate is the server's; the others lead to an authority.
Result<void> use_certificates(SSL_CTX* context, BIO* pem, const std::string& what) {
  ::ERR_clear_error();
  const CertificateHandle own(::PEM_read_bio_X509_AUX(pem, nullptr, refuse_password, nullptr));
  if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1) {
    return tls_error(ErrorCode::InvalidArgument, what + ": no certificate in PEM form");
  }
  for (;;) {
    CertificateHandle next(::PEM_read_bio_X509(pem, nullptr, refuse_password, nullptr));
    if (!next) break;
    if (::SSL_CTX_add0_chain_cert(context, next.get()) != 1) {
      return tls_error(ErrorCode::InvalidArgument, what);
    }
    (void)next.release();
  }
  const auto reason = ::ERR_peek_last_error();
  if (ERR_GET_LIB(reason) == ERR_LIB_PEM && ERR_GET_REASON(reason) == PEM_R_NO_START_LINE) {
    ::ERR_clear_error();
    return {};
  }
  return tls_error(ErrorCode::InvalidArgument, what + ": a certificate of the chain is damaged");
}

Result<void> use_files(SSL_CTX* context, const TlsFiles& files) {
  const std::string certificate = "TLS certificate '" + files.certificate_file.string() + "'";
  const std::string key = "TLS key '" + files.key_file.string() + "'";
  auto certificate_pem = read_pem(files.certificate_file, "TLS certificate");
  if (!certificate_pem) return certificate_pem.error();
  auto key_pem = read_pem(files.key_file, "TLS key");
  if (!key_pem) return key_pem.error();
  auto used = use_certificates(context, certificate_pem->get(), certificate);
  if (!used) return used;
  ::ERR_clear_error();
  const KeyHandle private_key(
      ::PEM_read_bio_PrivateKey(key_pem->get(), nullptr, refuse_password, nullptr));
  if (!private_key) {
    return tls_error(ErrorCode::InvalidArgument,
                     key + ": no private key in PEM form without password");
  }
  if (::SSL_CTX_use_PrivateKey(context, private_key.get()) != 1 ||
      ::SSL_CTX_check_private_key(context) != 1) {
    return tls_error(ErrorCode::InvalidArgument,
                     key + " does not match '" + files.certificate_file.string() + "'");
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
