#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <streamkit/net/aws_chunked.hpp>

#include "chunk_signer.hpp"

using namespace streamkit;
using namespace streamkit::net;

namespace {

const Credentials kCredentials{"FUZZKEY", "fuzz-secret", ""};
const SigningScope kScope{.region = "us-east-1"};
const std::string kDate = "20260101T000000Z";
const WallTime kNow{std::chrono::seconds(1767225600)};
const std::string kTrailer = "x-amz-checksum-crc32";

VerifiedRequest verified_put(std::string_view payload_hash) {
  SignableRequest request{.method = "PUT", .host = "localhost", .path = "/bucket/key"};
  request.headers = sign_headers(request, kCredentials, kScope, payload_hash, kNow).value();
  const auto lookup = [](std::string_view) -> Result<Credentials> { return kCredentials; };
  return verify(request, kScope, lookup, kNow).value();
}

const VerifiedRequest kRequests[] = {
    verified_put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    verified_put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
    verified_put("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
};
constexpr std::size_t kSignedOnly = 0;
constexpr std::size_t kUnsigned = 2;

struct Outcome {
  std::string data;
  HttpHeaders trailers;
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(std::size_t kind, std::uint64_t length, std::string_view body, std::size_t step) {
  AwsChunkedOptions config{.decoded_length_bytes = length, .max_chunk_bytes = 1 << 20};
  if (kind != kSignedOnly) config.trailers = {kTrailer};
  const auto decoder = AwsChunkedDecoder::create(kRequests[kind], config).value();
  Outcome outcome;
  while (!body.empty()) {
    const auto pushed = decoder->push(body.substr(0, step), outcome.data);
    if (!pushed) {
      outcome.error = to_string(pushed.error());
      return outcome;
    }
    body.remove_prefix(std::min(step, body.size()));
  }
  if (const auto end = decoder->finish(); !end) outcome.error = to_string(end.error());
  outcome.trailers = decoder->trailers();
  return outcome;
}

void require(bool holds) {
  if (!holds) std::abort();
}

std::string encode(std::size_t kind, std::string_view data, std::size_t piece_bytes) {
  const HttpHeaders trailers{{kTrailer, "AAAAAA=="}};
  if (kind == kUnsigned) return testing::unsigned_body(data, piece_bytes, trailers);
  testing::ChunkSigner signer(kCredentials, kScope, kDate, kRequests[kind].signature);
  return testing::signed_body(signer, data, piece_bytes,
                              kind == kSignedOnly ? HttpHeaders{} : trailers);
}

}  // namespace

// The first three bytes choose the kind, how the bytes are cut, and which bit is changed. The rest
// is once a body, and once the data of one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t kind = data[0] % 3;
  const std::size_t step = 1 + data[1] % 97;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);

  // However the bytes come, the outcome is one.
  for (const std::uint64_t length : {std::uint64_t{data[2]}, std::uint64_t{1} << 62}) {
    require(decode(kind, length, rest, rest.size() + 1) == decode(kind, length, rest, step));
  }

  // What is written is read.
  // At most 8 pieces: their signatures are what takes the time.
  const std::size_t piece_bytes = 1 + rest.size() / 8 + data[1] % 61;
  std::string body = encode(kind, rest, piece_bytes);
  const Outcome good = decode(kind, rest.size(), body, step);
  require(good.error.empty() && good.data == rest);
  require(good.trailers.size() == (kind == kSignedOnly ? 0 : 1));

  // A changed bit is noticed, or it changes nothing that is handed on. Of unsigned bytes nobody
  // could tell.
  if (kind == kUnsigned) return 0;
  const std::size_t bit = (data[1] * 256 + data[2]) % (body.size() * 8);
  body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << (bit % 8)));
  const Outcome changed = decode(kind, rest.size(), body, step);
  require(rest.starts_with(changed.data));
  require(!changed.error.empty() || changed == good);
  return 0;
}
