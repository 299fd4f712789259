#include "chunk_signer.hpp"

#include <array>
#include <cstdio>
#include <streamkit/net/sha256.hpp>

namespace streamkit::net::testing {
namespace {

std::string hmac(std::string_view key, std::string_view text) {
  const auto digest =
      hmac_sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, text);
  return {digest.begin(), digest.end()};
}

std::string hex(std::size_t number) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%zx", number);
  return text.data();
}

}  // namespace

ChunkSigner::ChunkSigner(const Credentials& credentials, const SigningScope& scope,
                         std::string amz_date, std::string seed)
    : amz_date_(std::move(amz_date)), previous_(std::move(seed)) {
  const std::string day = amz_date_.substr(0, 8);
  scope_ = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  key_ = hmac("AWS4" + credentials.secret_access_key, day);
  for (const std::string& part : {scope.region, scope.service, std::string("aws4_request")}) {
    key_ = hmac(key_, part);
  }
}

std::string ChunkSigner::sign(std::string_view algorithm, std::string_view hashes) {
  std::string text;
  for (const std::string_view line : {algorithm, std::string_view(amz_date_),
                                      std::string_view(scope_), std::string_view(previous_)}) {
    text.append(line).append("\n");
  }
  const std::string digest = hmac(key_, text.append(hashes));
  previous_ = to_hex({reinterpret_cast<const std::uint8_t*>(digest.data()), digest.size()});
  return previous_;
}

std::string ChunkSigner::piece(std::string_view data) {
  const std::string hashes = sha256_hex("") + "\n" + sha256_hex(data);
  std::string text =
      hex(data.size()) + ";chunk-signature=" + sign("AWS4-HMAC-SHA256-PAYLOAD", hashes) + "\r\n";
  if (!data.empty()) text.append(data).append("\r\n");
  return text;
}

std::string ChunkSigner::trailer(const HttpHeaders& headers) {
  std::string sent;
  std::string canonical;
  for (const HttpHeader& header : headers) {
    sent += header.name + ":" + header.value + "\r\n";
    canonical += header.name + ":" + header.value + "\n";
  }
  return sent +
         "x-amz-trailer-signature:" + sign("AWS4-HMAC-SHA256-TRAILER", sha256_hex(canonical)) +
         "\r\n";
}

std::string signed_body(ChunkSigner signer, std::string_view data, std::size_t piece_bytes,
                        const HttpHeaders& trailers) {
  std::string body;
  for (; !data.empty(); data.remove_prefix(std::min(piece_bytes, data.size()))) {
    body += signer.piece(data.substr(0, piece_bytes));
  }
  body += signer.piece("");
  if (!trailers.empty()) body += signer.trailer(trailers);
  return body + "\r\n";
}

std::string unsigned_body(std::string_view data, std::size_t piece_bytes,
                          const HttpHeaders& trailers) {
  std::string body;
  for (; !data.empty(); data.remove_prefix(std::min(piece_bytes, data.size()))) {
    const std::string_view piece = data.substr(0, piece_bytes);
    body.append(hex(piece.size())).append("\r\n").append(piece).append("\r\n");
  }
  body += "0\r\n";
  for (const HttpHeader& header : trailers) body += header.name + ":" + header.value + "\r\n";
  return body + "\r\n";
}

}  // namespace streamkit::net::testing
