#include "server/s3_api.hpp"

#include <span>
#include <streamkit/core/chunk_key.hpp>
#include <streamkit/net/aws_chunked.hpp>
#include <streamkit/net/s3_event.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4.hpp>
#include <streamkit/net/url.hpp>

#include "server/checksum.hpp"
#include "server/s3_error.hpp"

namespace streamkit::server {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

net::SignableRequest signable(const Request& request) {
  return {.method = request.method,
          .host = std::string(request.header("Host")),
          .path = request.path,
          .query = request.query,
          .headers = request.headers};
}

// Query parameters that choose no other operation than PutObject: the signature's own, and the
// operation's name, which some SDKs add.
bool is_plain_put(std::string_view query) noexcept {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    const auto name = parameter.substr(0, parameter.find('='));
    const bool harmless =
        name.empty() || name.starts_with("X-Amz-") || parameter == "x-id=PutObject";
    if (!harmless) return false;
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
  }
  return true;
}

// "/bucket/key": the key as the client meant it; empty when the path names no object of `bucket`.
std::string object_key(std::string_view path, std::string_view bucket) {
  const std::string prefix = "/" + std::string(bucket) + "/";
  if (!path.starts_with(prefix)) return {};
  return net::percent_decode(path.substr(prefix.size())).value_or("");
}

}  // namespace

bool S3Api::is_s3(const Request& request) const noexcept {
  const std::string_view path = request.path;
  const bool in_bucket =
      path.starts_with('/') && path.substr(1).starts_with(config_.bucket) &&
      (path.size() == config_.bucket.size() + 1 || path[config_.bucket.size() + 1] == '/');
  return in_bucket || request.header("Authorization").starts_with("AWS4-") ||
         request.has_query("X-Amz-Signature") || request.has_query("X-Amz-Algorithm");
}

Response S3Api::handle(const Request& request) {
  std::string payload_hash;
  const auto credentials = authenticate(request, payload_hash);
  if (!credentials) {
    const auto code = to_s3_error(credentials.error());
    const bool store_failed =
        code.status >= 500 && credentials.error().code != ErrorCode::Unsupported;
    if (store_failed) {
      context_.log(LogLevel::Error, "upload not verified",
                   {{"reason", to_string(credentials.error())}});
      return s3_error(request, code.status, code.code, "try again");
    }
    context_.count("streamkit_uploads_refused_total");
    return s3_error(request, code.status, code.code, credentials.error().message);
  }
  if (net::is_streaming(payload_hash)) {
    return s3_error(request, 501, "NotImplemented", "aws-chunked bodies are not supported");
  }
  if (payload_hash != net::kUnsignedPayload && payload_hash != net::sha256_hex(request.body)) {
    return s3_error(request, 400, "XAmzContentSHA256Mismatch",
                    "x-amz-content-sha256 does not match the body");
  }
  if (request.method != "PUT") {
    return s3_error(request, 403, "AccessDenied", "these credentials may only put chunks");
  }
  if (!is_plain_put(request.query) || !request.header("x-amz-copy-source").empty()) {
    return s3_error(request, 501, "NotImplemented", "only a plain PutObject is available here");
  }
  if (request.header("Content-Length").empty()) {
    return s3_error(request, 411, "MissingContentLength", "send Content-Length");
  }
  return put(request, *credentials);
}

Result<ScopedCredentials> S3Api::authenticate(const Request& request,
                                              std::string& payload_hash) const {
  ScopedCredentials found;
  const auto lookup = [&](std::string_view access_key_id) -> Result<net::Credentials> {
    auto credentials = sessions_.find_credentials(access_key_id);
    if (!credentials) return credentials.error();
    found = *std::move(credentials);
    return net::Credentials{found.access_key_id, found.secret_access_key, found.session_token};
  };
  const auto now = context_.clock_or_system().system_now();
  auto verified = net::verify(signable(request), {.region = config_.region}, lookup, now);
  if (!verified) return verified.error();
  if (found.expires_at <= now) {
    return Error{ErrorCode::CredentialsExpired, "the credentials have expired, renew them"};
  }
  payload_hash = std::move(verified->payload_hash);
  return found;
}

Response S3Api::put(const Request& request, const ScopedCredentials& credentials) {
  const std::string key = object_key(request.path, config_.bucket);
  const auto parsed = parse_chunk_key(key);
  const auto* chunk = parsed ? std::get_if<StreamInputKey>(&*parsed) : nullptr;
  if (chunk == nullptr || chunk->session_id != credentials.session_id) {
    return s3_error(request, 403, "AccessDenied",
                    "these credentials cover stream_input/{session_id}/chunk_{index}.mp4 in their "
                    "own session and bucket only");
  }
  if (const auto intact = verify_checksums(request.headers, request.body); !intact) {
    const auto& error = intact.error();
    const bool unknown = error.code == ErrorCode::Unsupported;
    const auto code = error.code == ErrorCode::CorruptData ? "BadDigest" : "InvalidDigest";
    return s3_error(request, unknown ? 501 : 400, unknown ? "NotImplemented" : code, error.message);
  }
  if (const auto stored = store(request, chunk->session_id, chunk->index, key); !stored) {
    context_.count("streamkit_chunks_failed_total");
    context_.log(LogLevel::Error, "chunk not stored",
                 {{"session_id", chunk->session_id},
                  {"index", std::to_string(chunk->index)},
                  {"reason", to_string(stored.error())}});
    const auto code = to_s3_error(stored.error());
    return s3_error(request, code.status, code.code, "the chunk was not stored");
  }
  context_.count("streamkit_chunks_stored_total");
  context_.count("streamkit_chunk_bytes_total", static_cast<double>(request.body.size()));
  context_.log(LogLevel::Info, "chunk stored",
               {{"session_id", chunk->session_id},
                {"index", std::to_string(chunk->index)},
                {"size_bytes", std::to_string(request.body.size())}});
  return {200, {{"ETag", '"' + md5_hex(request.body) + '"'}}};
}

Result<void> S3Api::store(const Request& request, std::string_view session_id, std::uint64_t index,
                          std::string_view key) {
  // Before anything is written: a session whose rows are gone takes no more chunks.
  const auto session = sessions_.find(session_id);
  if (!session) return session.error().with_context("find session");
  PutOptions options;
  if (const auto type = request.header("Content-Type"); !type.empty()) options.content_type = type;
  if (auto put = objects_.put(key, bytes_of(request.body), options, {}); !put) {
    return put.error().with_context("store object");
  }
  if (auto recorded =
          sessions_.record_chunk(session_id, index, context_.clock_or_system().system_now());
      !recorded) {
    return recorded.error().with_context("record chunk");
  }
  auto sent = jobs_.send(net::make_object_created_event(config_.bucket, key, request.body.size(),
                                                        context_.clock_or_system().system_now()));
  return sent ? sent : sent.error().with_context("raise event");
}

}  // namespace streamkit::server
