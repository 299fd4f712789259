#include "s3/upload_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <streamkit/net/sha256.hpp>

#include "s3/error.hpp"
#include "s3/xml.hpp"

namespace streamkit::s3 {
namespace {

constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
constexpr std::size_t kEtagBytes = 16;

// How many characters a kind's base64 has.
std::size_t text_length(ChecksumKind kind) noexcept {
  constexpr std::array<std::size_t, kChecksumKinds> kLengths = {8, 8, 12, 28, 44, 24};
  return kLengths[static_cast<std::size_t>(kind)];
}

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string hex(std::string_view bytes) { return net::to_hex(bytes_of(bytes)); }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Result<std::optional<std::uint64_t>> length_of(const http::Request& head, std::string_view name) {
  const auto text = head.header(name);
  if (text.empty()) return std::optional<std::uint64_t>();
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return s3_refusal(S3Code::InvalidArgument, std::string(name) + " must be a number");
  }
  return std::optional(value);
}

bool stores_body(S3Operation operation) noexcept {
  return operation == S3Operation::PutObject || operation == S3Operation::UploadPart;
}

// Describe, and are no checksums.
bool is_description(std::string_view name) noexcept {
  return name.ends_with("-algorithm") || name.ends_with("-type") || name.ends_with("-mode");
}

}  // namespace

Result<std::shared_ptr<S3Call>> S3Call::create(const http::Request& head, S3Grant grant,
                                               const net::VerifiedRequest& verified,
                                               const S3CallConfig& config) {
  const bool stores = stores_body(grant.address.operation);
  const std::uint64_t limit = stores ? config.max_object_bytes : XmlLimits().bytes;
  const std::shared_ptr<S3Call> call(new S3Call(std::move(grant), verified, limit, config));
  call->answered_.path = head.path;
  call->content_type_ = head.header("Content-Type");
  if (auto read = call->read_length(head); !read) return read.error();
  if (auto read = call->read_digests(head); !read) return read.error();
  if (auto made = call->make_decoder(head, verified); !made) return made.error();
  if (stores && !call->goes_to_store_) call->body_.reserve(call->announced_bytes_.value_or(0));
  return call;
}

S3Call::S3Call(S3Grant grant, const net::VerifiedRequest& verified, std::uint64_t limit_bytes,
               const S3CallConfig& config)
    : objects_(config.objects),
      context_(config.context),
      grant_(std::move(grant)),
      payload_hash_(verified.payload_hash),
      limit_bytes_(limit_bytes),
      is_streaming_(net::is_streaming(payload_hash_)),
      // A late upload is compared with what is there.
      goes_to_store_(address().operation == S3Operation::PutObject && !grant_.late) {}

std::uint64_t S3Call::wire_limit_bytes() const noexcept {
  // Framing: 100 bytes for every piece, of 8 KiB at least but for the last, and a trailer.
  constexpr std::uint64_t kTrailerBytes = 64 * 1024;
  return is_streaming_ ? limit_bytes_ + limit_bytes_ / 16 + kTrailerBytes : limit_bytes_;
}

Result<void> S3Call::read_length(const http::Request& head) {
  const auto length =
      length_of(head, is_streaming_ ? "x-amz-decoded-content-length" : "Content-Length");
  if (!length) return length.error();
  announced_bytes_ = *length;
  const bool needed = is_streaming_ || stores_body(address().operation);
  if (!announced_bytes_ && needed) {
    return s3_refusal(S3Code::MissingContentLength,
                      is_streaming_ ? "send x-amz-decoded-content-length" : "send Content-Length");
  }
  if (announced_bytes_.value_or(0) > limit_bytes_) {
    return s3_refusal(S3Code::EntityTooLarge,
                      "at most " + std::to_string(limit_bytes_) + " bytes are taken");
  }
  return {};
}

Result<void> S3Call::read_digests(const http::Request& head) {
  content_md5_ = head.header("Content-MD5");
  if (!content_md5_.empty()) {
    if (content_md5_.size() != text_length(ChecksumKind::Md5)) {
      return s3_refusal(S3Code::InvalidDigest, "Content-MD5 is not the base64 of an MD5");
    }
    digests_.want(ChecksumKind::Md5);
  }
  // There the checksum is the object's, not the body's.
  if (address().operation != S3Operation::CompleteMultipartUpload) {
    for (const auto* values : {&head.headers, &address().query}) {
      for (const auto& [name, value] : *values) {
        if (auto declared = declare(lower(name), value); !declared) return declared;
      }
    }
  }
  const auto operation = address().operation;
  const bool hash_declared = !is_streaming_ && payload_hash_ != net::kUnsignedPayload;
  if (hash_declared || operation == S3Operation::UploadPart) digests_.want(ChecksumKind::Sha256);
  const bool has_sha256 = hash_declared || (checksum_ && checksum_->kind == ChecksumKind::Sha256);
  // An operator gets the ETag that later reads show, which the store tells.
  const bool needs_etag = operation == S3Operation::PutObject && !grant_.by_operator;
  // SHA-256 is twice as fast; an MD5 serves clients that check nothing else.
  const bool unchecked = payload_hash_ == net::kUnsignedPayload && !checksum_;
  if (needs_etag && !has_sha256) {
    digests_.want(unchecked ? ChecksumKind::Md5 : ChecksumKind::Sha256);
  }
  return {};
}

// `value` is empty for what comes in the trailer.
Result<void> S3Call::declare(std::string_view header, std::string_view value) {
  if (!header.starts_with(kChecksumPrefix) || is_description(header)) return {};
  const auto kind = parse_checksum_kind(header.substr(kChecksumPrefix.size()));
  if (!kind) {
    return s3_refusal(S3Code::NotImplemented, std::string(header) + " is not known here");
  }
  if (checksum_) return s3_refusal(S3Code::InvalidRequest, "send one x-amz-checksum- header only");
  checksum_ = DeclaredChecksum{*kind, std::string(value)};
  if (!value.empty() && value.size() != text_length(*kind)) {
    return s3_refusal(S3Code::InvalidRequest,
                      "the value of " + std::string(header) + " is not the base64 of its kind");
  }
  digests_.want(*kind);
  return {};
}

Result<void> S3Call::make_decoder(const http::Request& head, const net::VerifiedRequest& verified) {
  const auto trailer = lower(head.header("x-amz-trailer"));
  if (!is_streaming_) {
    if (trailer.empty() && (!checksum_ || !checksum_->base64.empty())) return {};
    return s3_refusal(S3Code::InvalidRequest, "a trailer needs an aws-chunked body");
  }
  net::AwsChunkedOptions config{.decoded_length_bytes = announced_bytes_.value_or(0)};
  if (!trailer.empty()) {
    if (!trailer.starts_with(kChecksumPrefix) || trailer.find(',') != std::string::npos) {
      return s3_refusal(S3Code::InvalidRequest, "x-amz-trailer must name one x-amz-checksum-");
    }
    if (auto declared = declare(trailer, ""); !declared) return declared;
    config.trailers.push_back(trailer);
  }
  auto decoder = net::AwsChunkedDecoder::create(verified, std::move(config));
  if (!decoder) return s3_refusal(S3Code::InvalidRequest, decoder.error().message);
  decoder_ = *std::move(decoder);
  return {};
}

std::optional<http::Response> S3Call::take(std::string_view piece) {
  const auto added = add(piece);
  if (added) return {};
  discard();
  if (!is_for_client(added.error())) {
    context_.count("streamkit_chunks_failed_total");
    log_failed_call(context_, grant_, added.error());
  }
  return s3_error(answered_, added.error());
}

Result<void> S3Call::add(std::string_view piece) {
  if (!decoder_) {
    if (piece.size() <= limit_bytes_ - taken_bytes_) return keep(piece);
    return s3_refusal(S3Code::EntityTooLarge, "the body is longer than announced");
  }
  decoded_.clear();
  if (auto pushed = decoder_->push(piece, decoded_); !pushed) {
    return is_for_client(pushed.error())
               ? pushed
               : s3_refusal(S3Code::InvalidRequest, pushed.error().message);
  }
  return keep(decoded_);
}

Result<void> S3Call::keep(std::string_view decoded) {
  if (decoded.empty()) return {};
  taken_bytes_ += decoded.size();
  digests_.update(decoded);
  if (!goes_to_store_) {
    body_ += decoded;
    return {};
  }
  const auto begun = upload();
  if (!begun) return begun.error();
  auto stored = (*begun)->append(bytes_of(decoded), {});
  return stored ? stored : of_put(stored.error());
}

Result<ObjectUpload*> S3Call::upload() {
  if (!upload_) {
    PutOptions options;
    if (!content_type_.empty()) options.content_type = content_type_;
    auto begun = objects_.begin_put(address().key, options, {});
    if (!begun) return of_put(begun.error());
    upload_ = *std::move(begun);
  }
  return upload_.get();
}

Result<void> S3Call::finish() {
  if (decoder_) {
    if (auto done = decoder_->finish(); !done) {
      return is_for_client(done.error()) ? done
                                         : s3_refusal(S3Code::IncompleteBody, done.error().message);
    }
    if (auto taken = take_trailer(); !taken) return taken;
  }
  if (announced_bytes_ && taken_bytes_ != *announced_bytes_) {
    return s3_refusal(S3Code::IncompleteBody, "the body is not as long as announced");
  }
  digests_.finish();
  if (!is_streaming_ && payload_hash_ != net::kUnsignedPayload) {
    const auto& digest = digests_.value(ChecksumKind::Sha256);
    // The hash of a call without a body is declared too.
    if (hex(digest) != payload_hash_) {
      return s3_refusal(S3Code::XAmzContentSha256Mismatch,
                        "x-amz-content-sha256 does not match the body");
    }
  }
  if (!content_md5_.empty() && base64(digests_.value(ChecksumKind::Md5)) != content_md5_) {
    return s3_refusal(S3Code::BadDigest, "Content-MD5 does not match the body");
  }
  if (checksum_ && base64(digests_.value(checksum_->kind)) != checksum_->base64) {
    return s3_refusal(
        S3Code::BadDigest,
        "x-amz-checksum-" + std::string(to_string(checksum_->kind)) + " does not match the body");
  }
  return {};
}

Result<void> S3Call::take_trailer() {
  if (!checksum_ || !checksum_->base64.empty()) return {};
  const std::string name = std::string(kChecksumPrefix) + std::string(to_string(checksum_->kind));
  const auto value = net::find_header(decoder_->trailers(), name);
  if (!value || value->size() != text_length(checksum_->kind)) {
    return s3_refusal(S3Code::InvalidRequest,
                      "the trailer's checksum is not the base64 of its kind");
  }
  checksum_->base64 = *value;
  return {};
}

std::string S3Call::etag() const {
  const auto& md5 = digests_.value(ChecksumKind::Md5);
  if (!md5.empty() && address().operation != S3Operation::UploadPart) return hex(md5);
  return etag_of_sha256(digests_.value(ChecksumKind::Sha256));
}

void log_failed_call(const Context& context, const S3Grant& grant, const Error& error) {
  const auto* chunk = grant.chunk ? std::get_if<StreamInputKey>(&*grant.chunk) : nullptr;
  context.log(LogLevel::Error, "S3 call failed",
              {{"session_id", chunk ? chunk->session_id : ""},
               {"index", chunk ? std::to_string(chunk->index) : ""},
               {"reason", to_string(error)}});
}

std::string etag_of_sha256(std::string_view digest, std::size_t parts) {
  return hex(digest.substr(0, kEtagBytes)) + "-" + std::to_string(parts);
}

}  // namespace streamkit::s3
