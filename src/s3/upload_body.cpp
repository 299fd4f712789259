#include "s3/upload_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <streamkit/core/text.hpp>
#include <streamkit/net/sha256.hpp>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
constexpr std::size_t kEtagBytes = 16;
constexpr std::size_t kMaxScratchBytes = 1024 * 1024;

// Returns the number of base64 characters of a checksum.
std::size_t text_length(ChecksumKind kind) noexcept {
  constexpr std::array<std::size_t, kChecksumKinds> kLengths = {8, 8, 12, 28, 44, 24};
  return kLengths[static_cast<std::size_t>(kind)];
}

std::string hex(std::string_view bytes) { return net::to_hex(bytes_of(bytes)); }

Result<std::optional<std::uint64_t>> length_of(const http::RequestHead& head,
                                               std::string_view name) {
  const auto text = head.header(name);
  if (text.empty()) return std::optional<std::uint64_t>();
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return rejection(Code::InvalidArgument, std::string(name) + " must be a number");
  }
  return std::optional(value);
}

bool stores_body(Operation operation) noexcept {
  return operation == Operation::PutObject || operation == Operation::UploadPart;
}

// These headers describe a checksum and do not contain one.
bool is_description(std::string_view name) noexcept {
  return name.ends_with("-algorithm") || name.ends_with("-type") || name.ends_with("-mode");
}

}  // namespace

Result<std::shared_ptr<UploadBody>> UploadBody::create(const http::RequestHead& head,
                                                       AdmittedRequest admitted,
                                                       const net::VerifiedRequest& verified,
                                                       const UploadBodyOptions& config) {
  const bool stores = stores_body(admitted.address.operation);
  const std::uint64_t limit = stores ? config.max_object_bytes : XmlLimits().bytes;
  const std::shared_ptr<UploadBody> call(
      new UploadBody(std::move(admitted), verified, limit, config));
  call->head_.path = head.path;
  call->content_type_ = head.header("Content-Type");
  if (auto read = call->read_length(head); !read) return read.error();
  if (auto read = call->read_digests(head); !read) return read.error();
  if (auto made = call->make_decoder(head, verified); !made) return made.error();
  return call;
}

UploadBody::UploadBody(AdmittedRequest admitted, const net::VerifiedRequest& verified,
                       std::uint64_t limit_bytes, const UploadBodyOptions& config)
    : objects_(config.objects),
      context_(config.context),
      admitted_(std::move(admitted)),
      payload_hash_(verified.payload_hash),
      limit_bytes_(limit_bytes),
      is_streaming_(net::is_streaming(payload_hash_)),
      // A body that must not replace an object is collected in memory, to be compared with the
      // object.
      goes_to_store_(address().operation == Operation::PutObject && grant().replace_existing) {}

std::uint64_t UploadBody::wire_limit_bytes() const noexcept {
  // The framing takes up to 100 bytes for every chunk, of at least 8 KiB except for the last one,
  // and a trailer.
  constexpr std::uint64_t kTrailerBytes = 64 * 1024;
  return is_streaming_ ? limit_bytes_ + limit_bytes_ / 16 + kTrailerBytes : limit_bytes_;
}

Result<void> UploadBody::read_length(const http::RequestHead& head) {
  const auto length =
      length_of(head, is_streaming_ ? "x-amz-decoded-content-length" : "Content-Length");
  if (!length) return length.error();
  announced_bytes_ = *length;
  const bool needed = is_streaming_ || stores_body(address().operation);
  if (!announced_bytes_ && needed) {
    return rejection(Code::MissingContentLength,
                     is_streaming_ ? "send x-amz-decoded-content-length" : "send Content-Length");
  }
  if (announced_bytes_.value_or(0) > limit_bytes_) {
    return rejection(Code::EntityTooLarge,
                     "at most " + std::to_string(limit_bytes_) + " bytes are taken");
  }
  return {};
}

Result<void> UploadBody::read_digests(const http::RequestHead& head) {
  content_md5_ = head.header("Content-MD5");
  if (!content_md5_.empty()) {
    if (content_md5_.size() != text_length(ChecksumKind::Md5)) {
      return rejection(Code::InvalidDigest, "Content-MD5 is not the base64 of an MD5");
    }
    digests_.want(ChecksumKind::Md5);
  }
  // In CompleteMultipartUpload, the checksum is that of the object and not of the body.
  if (address().operation != Operation::CompleteMultipartUpload) {
    for (const auto* values : {&head.headers, &address().query}) {
      for (const auto& [name, value] : *values) {
        if (auto declared = declare(lower_ascii(name), value); !declared) return declared;
      }
    }
  }
  const auto operation = address().operation;
  const bool hash_declared = !is_streaming_ && payload_hash_ != net::kUnsignedPayload;
  if (hash_declared || operation == Operation::UploadPart) digests_.want(ChecksumKind::Sha256);
  const bool has_sha256 = hash_declared || (checksum_ && checksum_->kind == ChecksumKind::Sha256);
  // A caller that may read objects receives the ETag that later reads return, which is computed
  // from the stored object.
  const bool needs_etag = operation == Operation::PutObject && !grant().reads_objects;
  // SHA-256 is twice as fast, but clients that check nothing else compare the ETag with an MD5.
  const bool unchecked = payload_hash_ == net::kUnsignedPayload && !checksum_;
  if (needs_etag && !has_sha256) {
    digests_.want(unchecked ? ChecksumKind::Md5 : ChecksumKind::Sha256);
  }
  return {};
}

// `value` is empty for a header that is announced for the trailer.
Result<void> UploadBody::declare(std::string_view header, std::string_view value) {
  if (!header.starts_with(kChecksumPrefix) || is_description(header)) return {};
  const auto kind = parse_checksum_kind(header.substr(kChecksumPrefix.size()));
  if (!kind) {
    return rejection(Code::NotImplemented, std::string(header) + " is not supported");
  }
  if (checksum_) return rejection(Code::InvalidRequest, "send one x-amz-checksum- header only");
  checksum_ = DeclaredChecksum{*kind, std::string(value)};
  if (!value.empty() && value.size() != text_length(*kind)) {
    return rejection(Code::InvalidRequest,
                     "the value of " + std::string(header) + " is not the base64 of its kind");
  }
  digests_.want(*kind);
  return {};
}

Result<void> UploadBody::make_decoder(const http::RequestHead& head,
                                      const net::VerifiedRequest& verified) {
  const auto trailer = lower_ascii(head.header("x-amz-trailer"));
  if (!is_streaming_) {
    if (trailer.empty() && (!checksum_ || !checksum_->base64.empty())) return {};
    return rejection(Code::InvalidRequest, "a trailer needs an aws-chunked body");
  }
  net::AwsChunkedOptions config{.decoded_length_bytes = announced_bytes_.value_or(0)};
  if (!trailer.empty()) {
    if (!trailer.starts_with(kChecksumPrefix) || trailer.find(',') != std::string::npos) {
      return rejection(Code::InvalidRequest, "x-amz-trailer must name one x-amz-checksum-");
    }
    if (auto declared = declare(trailer, ""); !declared) return declared;
    config.trailers.push_back(trailer);
  }
  auto decoder = net::AwsChunkedDecoder::create(verified, std::move(config));
  if (!decoder) return rejection(Code::InvalidRequest, decoder.error().message);
  decoder_ = *std::move(decoder);
  return {};
}

std::optional<http::Response> UploadBody::take(std::string_view bytes) {
  const auto added = add(bytes);
  if (added) return {};
  discard();
  if (!is_for_client(added.error())) {
    context_.count("streamkit_chunks_failed_total");
    log_failed_call(context_, grant(), added.error());
  }
  return error_response(head_, added.error());
}

Result<void> UploadBody::add(std::string_view bytes) {
  if (!decoder_) {
    if (bytes.size() <= limit_bytes_ - taken_bytes_) return keep(bytes);
    return rejection(Code::EntityTooLarge, "the body is longer than announced");
  }
  // Of the thread, because bodies are many more than the threads that receive them.
  thread_local std::string decoded;
  decoded.clear();
  if (auto pushed = decoder_->push(bytes, decoded); !pushed) {
    return is_for_client(pushed.error()) ? pushed
                                         : rejection(Code::InvalidRequest, pushed.error().message);
  }
  auto kept = keep(decoded);
  if (decoded.capacity() > kMaxScratchBytes) std::string().swap(decoded);
  return kept;
}

// Grows as bytes arrive, and to at most the announced length: a body that announces much takes no
// memory for it.
void UploadBody::reserve(std::uint64_t bytes) {
  if (bytes <= body_.capacity()) return;
  const std::uint64_t doubled = 2 * body_.capacity();
  body_.reserve(std::max(bytes, std::min(doubled, announced_bytes_.value_or(doubled))));
}

std::uint64_t UploadBody::held_bytes() const noexcept {
  return body_.capacity() + (decoder_ ? decoder_->held_bytes() : 0);
}

Result<void> UploadBody::keep(std::string_view decoded) {
  if (decoded.empty()) return {};
  taken_bytes_ += decoded.size();
  digests_.update(decoded);
  if (!goes_to_store_) {
    reserve(body_.size() + decoded.size());
    body_ += decoded;
    return {};
  }
  const auto begun = upload();
  if (!begun) return begun.error();
  auto stored = (*begun)->append(bytes_of(decoded), {});
  return stored ? stored : put_error(stored.error());
}

Result<ObjectUpload*> UploadBody::upload() {
  if (!upload_) {
    PutOptions options;
    if (!content_type_.empty()) options.content_type = content_type_;
    auto begun = objects_.begin_put(address().key, options, {});
    if (!begun) return put_error(begun.error());
    upload_ = *std::move(begun);
  }
  return upload_.get();
}

Result<void> UploadBody::finish() {
  if (decoder_) {
    if (auto done = decoder_->finish(); !done) {
      return is_for_client(done.error()) ? done
                                         : rejection(Code::IncompleteBody, done.error().message);
    }
    if (auto taken = take_trailer(); !taken) return taken;
  }
  if (announced_bytes_ && taken_bytes_ != *announced_bytes_) {
    return rejection(Code::IncompleteBody, "the body is not as long as announced");
  }
  digests_.finish();
  if (!is_streaming_ && payload_hash_ != net::kUnsignedPayload) {
    const auto& digest = digests_.value(ChecksumKind::Sha256);
    // A call without a body also declares a hash.
    if (hex(digest) != payload_hash_) {
      return rejection(Code::XAmzContentSha256Mismatch,
                       "x-amz-content-sha256 does not match the body");
    }
  }
  if (!content_md5_.empty() && base64(digests_.value(ChecksumKind::Md5)) != content_md5_) {
    return rejection(Code::BadDigest, "Content-MD5 does not match the body");
  }
  if (checksum_ && base64(digests_.value(checksum_->kind)) != checksum_->base64) {
    return rejection(Code::BadDigest, "x-amz-checksum-" + std::string(to_string(checksum_->kind)) +
                                          " does not match the body");
  }
  return {};
}

Result<void> UploadBody::take_trailer() {
  if (!checksum_ || !checksum_->base64.empty()) return {};
  const std::string name = std::string(kChecksumPrefix) + std::string(to_string(checksum_->kind));
  const auto value = net::find_header(decoder_->trailers(), name);
  if (!value || value->size() != text_length(checksum_->kind)) {
    return rejection(Code::InvalidRequest, "the trailer's checksum is not the base64 of its kind");
  }
  checksum_->base64 = *value;
  return {};
}

std::string UploadBody::etag() const {
  const auto& md5 = digests_.value(ChecksumKind::Md5);
  if (!md5.empty() && address().operation != Operation::UploadPart) return hex(md5);
  return etag_of_sha256(digests_.value(ChecksumKind::Sha256));
}

void log_failed_call(const Context& context, const Grant& grant, const Error& error) {
  Context with_fields = context;
  for (const auto& field : grant.log_fields) with_fields = with_fields.with(field);
  with_fields.log(LogLevel::Error, "S3 call failed", {{"reason", to_string(error)}});
}

std::string etag_of_sha256(std::string_view digest, std::size_t parts) {
  return hex(digest.substr(0, kEtagBytes)) + "-" + std::to_string(parts);
}

}  // namespace streamkit::s3
