#include <gtest/gtest.h>

#include <streamkit/net/aws_chunked.hpp>
#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>

#include "chunk_signer.hpp"

namespace streamkit::net {
namespace {

using testing::ChunkSigner;
using testing::signed_body;
using testing::unsigned_body;

constexpr std::string_view kSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

const Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const SigningScope kScope{"us-east-1"};
const std::string kDate = "20130524T000000Z";
const WallTime kNow = *parse_iso8601_basic(kDate);
const std::string kData = "The quick brown fox jumps over the lazy dog";
const HttpHeaders kTrailers{{"x-amz-checksum-crc32c", "sOO8/Q=="}};

Result<Credentials> lookup(std::string_view) { return kCredentials; }

VerifiedRequest verified_put(std::string_view payload_hash) {
  SignableRequest request{"PUT", "localhost:8000", "/bucket/key"};
  const auto added = sign_headers(request, kCredentials, kScope, payload_hash, kNow);
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  return *verify(request, kScope, lookup, kNow);
}

const VerifiedRequest kSignedPut = verified_put(kSigned);
const VerifiedRequest kSignedTrailerPut = verified_put(kSignedTrailer);
const VerifiedRequest kUnsignedTrailerPut = verified_put(kUnsignedTrailer);

ChunkSigner signer_of(const VerifiedRequest& request) {
  return {kCredentials, kScope, kDate, request.signature};
}

struct Decoded {
  std::string data;
  HttpHeaders trailers;
  std::optional<Error> error;
};

AwsChunkedOptions config_of(const VerifiedRequest& request, std::uint64_t length = kData.size()) {
  AwsChunkedOptions options{length};
  if (request.payload_hash != kSigned) options.trailers = {"x-amz-checksum-crc32c"};
  return options;
}

Decoded decode(const VerifiedRequest& request, const AwsChunkedOptions& options,
               std::string_view body, std::size_t step = std::string_view::npos) {
  const auto decoder = AwsChunkedDecoder::create(request, options);
  if (!decoder) return {{}, {}, decoder.error()};
  Decoded result;
  while (!body.empty()) {
    const auto pushed = (*decoder)->push(body.substr(0, step), result.data);
    if (!pushed) {
      result.error = pushed.error();
      EXPECT_EQ((*decoder)->push("x", result.data).error(), pushed.error());
      EXPECT_EQ((*decoder)->finish().error(), pushed.error());
      return result;
    }
    body.remove_prefix(std::min(step, body.size()));
  }
  if (const auto finished = (*decoder)->finish(); !finished) result.error = finished.error();
  result.trailers = (*decoder)->trailers();
  return result;
}

Decoded decode(const VerifiedRequest& request, std::string_view body) {
  return decode(request, config_of(request), body);
}

std::string message(const Decoded& decoded) { return decoded.error ? decoded.error->message : ""; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
// Transferring Payload in Multiple Chunks" and "Including Trailing Headers", their examples: 65 KiB
// of 'a' in pieces of 64 KiB.
SignableRequest s3_example(std::string_view payload_hash) {
  SignableRequest request{"PUT",
                          "s3.amazonaws.com",
                          "/examplebucket/chunkObject.txt",
                          "",
                          {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                           {"Content-Encoding", "aws-chunked"},
                           {"x-amz-decoded-content-length", "66560"}}};
  const bool has_trailer = payload_hash == kSignedTrailer;
  if (has_trailer) {
    request.headers.push_back({"x-amz-trailer", "x-amz-checksum-crc32c"});
  } else {
    request.headers.push_back({"Content-Length", "66824"});
  }
  const auto added = sign_headers(request, kCredentials, kScope, payload_hash, kNow);
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  return request;
}

TEST(AwsChunked, ReadsTheS3Example) {
  const auto request = verify(s3_example(kSigned), kScope, lookup, kNow);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->signature, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  const std::string data(66'560, 'a');
  const std::string body =
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
      "\r\n" +
      data.substr(0, 65'536) +
      "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
      "\r\n" +
      data.substr(65'536) +
      "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
      "\r\n\r\n";
  EXPECT_EQ(body.size(), 66'824u);
  const auto decoded = decode(*request, {data.size()}, body);
  EXPECT_EQ(message(decoded), "");
  EXPECT_EQ(decoded.data, data);
  EXPECT_EQ(signed_body(signer_of(*request), data, 65'536), body);
}

TEST(AwsChunked, ReadsTheS3ExampleWithATrailer) {
  const auto request = verify(s3_example(kSignedTrailer), kScope, lookup, kNow);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->signature, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  const std::string data(66'560, 'a');
  const std::string body =
      "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"
      "\r\n" +
      data.substr(0, 65'536) +
      "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"
      "\r\n" +
      data.substr(65'536) +
      "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"
      "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
      "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  const auto decoded = decode(*request, config_of(*request, data.size()), body);
  EXPECT_EQ(message(decoded), "");
  EXPECT_EQ(decoded.data, data);
  EXPECT_EQ(decoded.trailers, kTrailers);
  EXPECT_EQ(signed_body(signer_of(*request), data, 65'536, kTrailers), body);
}

TEST(AwsChunked, KnowsWhichPayloadsAreStreaming) {
  for (const auto payload : {kSigned, kSignedTrailer, kUnsignedTrailer}) {
    EXPECT_TRUE(is_streaming(payload)) << payload;
  }
  for (const auto* payload :
       {"", "UNSIGNED-PAYLOAD", "STREAMING-", "STREAMING-UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "streaming-unsigned-payload-trailer"}) {
    EXPECT_FALSE(is_streaming(payload)) << payload;
  }
}

TEST(AwsChunked, GivesTheSameHoweverTheBytesCome) {
  for (std::size_t step = 1; step < 40; ++step) {
    for (const auto* request : {&kSignedPut, &kSignedTrailerPut, &kUnsignedTrailerPut}) {
      const HttpHeaders trailers = request == &kSignedPut ? HttpHeaders{} : kTrailers;
      const auto body = request == &kUnsignedTrailerPut
                            ? unsigned_body(kData, 10, trailers)
                            : signed_body(signer_of(*request), kData, 10, trailers);
      const auto decoded = decode(*request, config_of(*request), body, step);
      EXPECT_EQ(message(decoded), "") << step;
      EXPECT_EQ(decoded.data, kData) << step;
      EXPECT_EQ(decoded.trailers, trailers) << step;
    }
  }
}

TEST(AwsChunked, ReadsABodyOfNothing) {
  EXPECT_FALSE(decode(kSignedPut, {0}, signed_body(signer_of(kSignedPut), "", 1)).error);
  EXPECT_FALSE(decode(kUnsignedTrailerPut, config_of(kUnsignedTrailerPut, 0),
                      unsigned_body("", 1, kTrailers))
                   .error);
}

TEST(AwsChunked, HandsSignedBytesOnOnlyWhenTheyAreVerified) {
  const std::string body = signed_body(signer_of(kSignedPut), kData, 20);
  const auto decoder = AwsChunkedDecoder::create(kSignedPut, {kData.size()}).value();
  const std::size_t first_piece = std::string_view("14;chunk-signature=\r\n").size() + 64 + 20;
  std::string decoded;
  ASSERT_TRUE(decoder->push(body.substr(0, first_piece - 1), decoded));
  EXPECT_EQ(decoded, "");
  ASSERT_TRUE(decoder->push(body.substr(first_piece - 1, 1), decoded));
  EXPECT_EQ(decoded, kData.substr(0, 20));
}

TEST(AwsChunked, HandsUnsignedBytesOnAsTheyCome) {
  const auto decoder =
      AwsChunkedDecoder::create(kUnsignedTrailerPut, config_of(kUnsignedTrailerPut)).value();
  std::string decoded;
  ASSERT_TRUE(decoder->push("2b\r\nThe", decoded));
  EXPECT_EQ(decoded, "The");
  ASSERT_TRUE(decoder->push(" quick", decoded));
  EXPECT_EQ(decoded, "The quick");
}

TEST(AwsChunked, KeepsTheRoomThatTheCallerMade) {
  const std::string body = signed_body(signer_of(kSignedPut), kData, 20);
  const auto decoder = AwsChunkedDecoder::create(kSignedPut, {kData.size()}).value();
  std::string decoded;
  decoded.reserve(4096);
  const char* const room = decoded.data();
  for (const char byte : body) ASSERT_TRUE(decoder->push({&byte, 1}, decoded));
  EXPECT_EQ(decoded, kData);
  EXPECT_EQ(decoded.data(), room);
}

TEST(AwsChunked, NoticesEveryFlippedBit) {
  const std::string body = signed_body(signer_of(kSignedTrailerPut), kData, 20, kTrailers);
  for (std::size_t i = 0; i < body.size() - 2; ++i) {  // but for the last line break
    std::string other = body;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto decoded = decode(kSignedTrailerPut, other);
    EXPECT_TRUE(decoded.error) << i;
    EXPECT_TRUE(kData.starts_with(decoded.data)) << i;
  }
}

TEST(AwsChunked, NoticesEveryCut) {
  for (const auto* request : {&kSignedTrailerPut, &kUnsignedTrailerPut}) {
    const std::string body = request == &kUnsignedTrailerPut
                                 ? unsigned_body(kData, 20, kTrailers)
                                 : signed_body(signer_of(*request), kData, 20, kTrailers);
    for (std::size_t length = 0; length < body.size() - 2; ++length) {
      EXPECT_TRUE(decode(*request, body.substr(0, length)).error) << length;
    }
  }
}

TEST(AwsChunked, NoticesMovedAndLackingPieces) {
  auto signer = signer_of(kSignedPut);
  const std::string one = signer.piece("aaaa");
  const std::string two = signer.piece("bbbb");
  const std::string last = signer.piece("") + "\r\n";
  EXPECT_EQ(decode(kSignedPut, {8}, one + two + last).data, "aaaabbbb");
  for (const std::string& body : {two + one + last, one + one + last, one + last, two + last}) {
    const auto decoded = decode(kSignedPut, {8}, body);
    ASSERT_TRUE(decoded.error);
    EXPECT_EQ(sigv4_failure(*decoded.error), SigV4Failure::SignatureMismatch);
    EXPECT_EQ(decoded.error->code, ErrorCode::PermissionDenied);
  }
}

TEST(AwsChunked, NoticesPiecesOfAnotherRequest) {
  SignableRequest other{"PUT", "localhost:8000", "/bucket/other"};
  const auto added = sign_headers(other, kCredentials, kScope, kSigned, kNow);
  other.headers = *added;
  const auto request = verify(other, kScope, lookup, kNow);
  ASSERT_TRUE(request);
  EXPECT_TRUE(decode(*request, signed_body(signer_of(kSignedPut), kData, 20)).error);
  EXPECT_FALSE(decode(*request, signed_body(signer_of(*request), kData, 20)).error);
}

TEST(AwsChunked, WantsTheDecodedLength) {
  const std::string body = signed_body(signer_of(kSignedPut), kData, 20);
  EXPECT_EQ(message(decode(kSignedPut, {kData.size() + 1}, body)),
            "aws-chunked body: fewer bytes than x-amz-decoded-content-length");
  const auto longer = decode(kSignedPut, {kData.size() - 1}, body);
  EXPECT_EQ(message(longer), "aws-chunked body: more bytes than x-amz-decoded-content-length");
  EXPECT_LT(longer.data.size(), kData.size());
}

TEST(AwsChunked, SaysWhatIsWrongWithTheFraming) {
  const std::string end = "0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n";
  const std::string signature(64, 'a');
  const std::pair<std::string, const char*> cases[] = {
      {"\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"g\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"0x2\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"-2\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"+2\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"1 2\r\n" + end, "a chunk's length must be a hexadecimal number"},
      {"10000000000000000\r\n" + end, "a chunk's length is too large"},
      {"ffffffffffffffff\r\n" + end, "more bytes than x-amz-decoded-content-length"},
      {"2\nab\r\n" + end, "a line ends without CR"},
      {"2\r\nabc\r\n" + end, "a chunk is longer than its declared length"},
      {"2\r\nab\n" + end, "a line ends without CR"},
      {"2\r\nab\rx\n" + end, "a chunk is longer than its declared length"},
      {"2;\r\nab\r\n" + end, "a chunk extension without a name"},
      {"2;=x\r\nab\r\n" + end, "a chunk extension without a name"},
      {"2;a=\"x;y\"\r\nab\r\n" + end, "a quoted chunk extension, which is not supported"},
      {"2;a\rb\r\nab\r\n" + end, "a control character in a chunk's first line"},
      {"2;chunk-signature\r\nab\r\n" + end, "chunk-signature has no value"},
      {"2;chunk-signature=ab\r\nab\r\n" + end, "a signature must be 64 hexadecimal digits"},
      {"2;chunk-signature=" + signature + "\r\nab\r\n" + end,
       "a signed chunk although none is declared"},
      {"2;chunk-signature=" + signature + ";chunk-signature=" + signature + "\r\nab\r\n" + end,
       "chunk-signature is repeated"},
      {"2;" + std::string(2000, 'x') + "\r\nab\r\n" + end, "a line is too long"},
      {"2\r\nab\r\n", "cut short"},
      {"2\r\nab\r\n0\r\n\r\n", "a trailer is missing"},
      {"2\r\nab\r\n0\r\nx-amz-checksum-crc32c\r\n\r\n",
       "a trailer must be a name, a colon and a value"},
      {"2\r\nab\r\n0\r\nx-amz-checksum-crc32c : x\r\n\r\n",
       "a trailer must be a name, a colon and a value"},
      {"2\r\nab\r\n0\r\nx-amz-checksum-crc32c:\x01\r\n\r\n", "a control character in a trailer"},
      {"2\r\nab\r\n0\r\nx-amz-checksum-sha256:x\r\n\r\n",
       "a trailer that x-amz-trailer does not name"},
      {"2\r\nab\r\n0\r\nx-amz-trailer-signature:" + signature + "\r\n\r\n",
       "a trailer that x-amz-trailer does not name"},
      {"2\r\nab\r\n0\r\nx-amz-checksum-crc32c:a\r\nX-Amz-Checksum-Crc32c:a\r\n\r\n",
       "a trailer is repeated"},
      {"2\r\nab\r\n0\r\n" + std::string(9000, '\n'), "the trailer is too long"},
  };
  for (const auto& [body, expected] : cases) {
    const auto decoded = decode(kUnsignedTrailerPut, config_of(kUnsignedTrailerPut, 2), body);
    ASSERT_TRUE(decoded.error) << body;
    EXPECT_EQ(decoded.error->message, "aws-chunked body: " + std::string(expected)) << body;
    EXPECT_EQ(decoded.error->code, ErrorCode::CorruptData);
  }
}

TEST(AwsChunked, SaysWhatIsWrongWithSignedBodies) {
  const std::string body = signed_body(signer_of(kSignedPut), "ab", 2);
  const auto fails_with = [](const VerifiedRequest& request, const std::string& bytes) {
    const auto text = message(decode(request, config_of(request, 2), bytes));
    return text.substr(std::min(text.size(), std::string_view("aws-chunked body: ").size()));
  };
  EXPECT_EQ(fails_with(kSignedPut, replaced(body, ";chunk-signature=", ";x=")),
            "a chunk lacks chunk-signature");
  EXPECT_EQ(fails_with(kSignedPut, body + "\r\n"), "bytes after its end");
  EXPECT_EQ(fails_with(kSignedPut, body.substr(0, body.size() - 2) + "x:y\r\n"),
            "bytes after its end");
  const std::string trailed = signed_body(signer_of(kSignedTrailerPut), "ab", 2, kTrailers);
  const auto at = trailed.find("x-amz-trailer-signature");
  EXPECT_EQ(fails_with(kSignedTrailerPut, trailed.substr(0, at) + "\r\n"),
            "x-amz-trailer-signature is missing");
  EXPECT_EQ(fails_with(kSignedTrailerPut, trailed + "x-amz-checksum-crc32c:x\r\n"),
            "a trailer after the trailer's signature");
  EXPECT_EQ(fails_with(kSignedTrailerPut, replaced(trailed, "trailer-signature:", "$&:x")),
            "a trailer that x-amz-trailer does not name");
}

TEST(AwsChunked, BoundsSignedPiecesOnly) {
  AwsChunkedOptions options{kData.size()};
  options.max_chunk_bytes = 20;
  EXPECT_FALSE(decode(kSignedPut, options, signed_body(signer_of(kSignedPut), kData, 20)).error);
  EXPECT_EQ(message(decode(kSignedPut, options, signed_body(signer_of(kSignedPut), kData, 21))),
            "aws-chunked body: a signed chunk of more than 20 bytes");
  options.trailers = {"x-amz-checksum-crc32c"};
  EXPECT_FALSE(decode(kUnsignedTrailerPut, options, unsigned_body(kData, 43, kTrailers)).error);
}

TEST(AwsChunked, ToleratesWhatClientsDo) {
  // Capitals, leading zeros, other extensions, blanks around them.
  const auto decodes = [](const VerifiedRequest& request, const std::string& body) {
    const auto decoded = decode(request, body);
    return message(decoded) + decoded.data;
  };
  const std::string body = signed_body(signer_of(kSignedPut), kData, 43);
  EXPECT_EQ(decodes(kSignedPut, replaced(body, "2b;", "002B;")), kData);
  EXPECT_EQ(decodes(kSignedPut, replaced(body, "2b;", "2b ; a ; b=c;\t")), kData);
  EXPECT_EQ(decodes(kSignedPut, replaced(body, "chunk-signature", "Chunk-Signature")), kData);
  EXPECT_EQ(decodes(kSignedPut, body.substr(0, body.size() - 2)), kData);
  // Line breaks of the trailer as minio-go sends them: "name:value\n\r\n", then the signature.
  const std::string trailed = signed_body(signer_of(kSignedTrailerPut), kData, 43, kTrailers);
  EXPECT_EQ(decodes(kSignedTrailerPut, replaced(trailed, "/Q==\r\n", "/Q==\n\r\n")), kData);
  EXPECT_EQ(decodes(kSignedTrailerPut, replaced(trailed, "crc32c:sOO8", "crc32c: sOO8")), kData);
  const std::string plain = unsigned_body(kData, 43, kTrailers);
  EXPECT_EQ(decodes(kUnsignedTrailerPut, replaced(plain, "/Q==\r\n", "/Q==\n\r\n")), kData);
  EXPECT_EQ(decodes(kUnsignedTrailerPut, replaced(plain, "\r\n0\r\n", "\r\n0\r\n\r\n")), kData);
  EXPECT_EQ(decodes(kUnsignedTrailerPut, replaced(plain, "x-amz-c", "X-Amz-C")), kData);
}

TEST(AwsChunked, TakesSeveralTrailers) {
  const HttpHeaders trailers{{"x-amz-checksum-sha256", "a"}, {"x-amz-checksum-crc32", "b"}};
  AwsChunkedOptions options{kData.size()};
  options.trailers = {"x-amz-checksum-crc32", "X-Amz-Checksum-SHA256"};
  const auto decoded = decode(kSignedTrailerPut, options,
                              signed_body(signer_of(kSignedTrailerPut), kData, 20, trailers));
  EXPECT_EQ(message(decoded), "");
  EXPECT_EQ(decoded.trailers, trailers);
}

TEST(AwsChunked, RefusesContradictions) {
  const auto creates = [](const VerifiedRequest& request, std::vector<std::string> trailers) {
    const auto decoder = AwsChunkedDecoder::create(request, {1, std::move(trailers)});
    EXPECT_TRUE(decoder || decoder.error().code == ErrorCode::InvalidArgument);
    return decoder.has_value();
  };
  EXPECT_TRUE(creates(kSignedPut, {}));
  EXPECT_FALSE(creates(kSignedPut, {"x-amz-checksum-crc32"}));
  EXPECT_TRUE(creates(kSignedTrailerPut, {"x-amz-checksum-crc32"}));
  EXPECT_FALSE(creates(kSignedTrailerPut, {}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {"a", "A"}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {"a b"}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {""}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {"a:b"}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, {"x-amz-trailer-signature"}));
  EXPECT_FALSE(creates(kUnsignedTrailerPut, std::vector<std::string>(17, "a")));
  VerifiedRequest other = kSignedPut;
  other.payload_hash = kUnsignedPayload;
  EXPECT_FALSE(creates(other, {}));
}

TEST(AwsChunked, TakesNothingAfterItsEnd) {
  const auto decoder = AwsChunkedDecoder::create(kSignedPut, {0}).value();
  std::string decoded;
  ASSERT_TRUE(decoder->push(signed_body(signer_of(kSignedPut), "", 1), decoded));
  ASSERT_TRUE(decoder->finish());
  EXPECT_TRUE(decoder->finish());
  EXPECT_FALSE(decoder->push("x", decoded));
  EXPECT_FALSE(decoder->finish());
}

TEST(AwsChunked, KeepsSecretsOutOfItsErrors) {
  const std::string body = signed_body(signer_of(kSignedPut), kData, 20);
  const auto decoded = decode(kSignedPut, replaced(body, "quick", "quicK"));
  ASSERT_TRUE(decoded.error);
  EXPECT_EQ(message(decoded), "the signature does not match a chunk of the body");
}

}  // namespace
}  // namespace streamkit::net
