#include "sigv4_requests.hpp"

namespace streamkit::net {
namespace {

TEST(SigV4Verify, AcceptsASignedRequest) {
  const auto verified = verify(signed_request(), kScope, lookup, kNow, sha256_hex("body"));
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->access_key_id, kCredentials.access_key_id);
  EXPECT_EQ(verified->payload_hash, sha256_hex("body"));
  EXPECT_FALSE(verified->presigned);
}

TEST(SigV4Verify, AcceptsAnUnsignedPayload) {
  const auto verified = verify(signed_request(kCredentials, kScope, kNow, kUnsignedPayload), kScope,
                               lookup, kNow, sha256_hex("anything"));
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->payload_hash, kUnsignedPayload);
}

TEST(SigV4Verify, AcceptsAPresignedRequest) {
  const auto verified = verify(presigned_request(), kScope, lookup, kNow);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_TRUE(verified->presigned);
  EXPECT_EQ(verified->payload_hash, kUnsignedPayload);
}

TEST(SigV4Verify, AcceptsCredentialsWithoutAToken) {
  Credentials lasting = kCredentials;
  lasting.session_token.clear();
  const auto find = [&](std::string_view) -> Result<Credentials> { return lasting; };
  EXPECT_TRUE(verify(signed_request(lasting), kScope, find, kNow));
  EXPECT_TRUE(verify(presigned_request(lasting), kScope, find, kNow));
}

TEST(SigV4Verify, IgnoresHeadersThatNeedNoSignature) {
  SignableRequest request = signed_request();
  request.headers.push_back({"User-Agent", "x"});
  request.headers.push_back({"Host", "ignored"});
  EXPECT_EQ(failure_of(request), std::nullopt);
}

TEST(SigV4Verify, NoticesEveryChange) {
  const std::function<void(SignableRequest&)> changes[] = {
      [](SignableRequest& r) { r.method = "POST"; },
      [](SignableRequest& r) { r.host = "localhost:8001"; },
      [](SignableRequest& r) { r.path = "/bucket/stream_input/t/chunk_00000.mp4"; },
      [](SignableRequest& r) { r.path += "/"; },
      [](SignableRequest& r) { r.query += "&y=2"; },
      [](SignableRequest& r) { header_of(r, "Content-Type") = "text/html"; },
  };
  for (const auto& change : changes) {
    SignableRequest by_header = signed_request();
    change(by_header);
    EXPECT_EQ(failure_of(by_header), SigV4Failure::SignatureMismatch);
    SignableRequest by_query = presigned_request();
    change(by_query);
    EXPECT_EQ(failure_of(by_query), SigV4Failure::SignatureMismatch);
  }
  SignableRequest other_hash = signed_request();
  header_of(other_hash, "x-amz-content-sha256") = sha256_hex("other");
  EXPECT_EQ(failure_of(other_hash), SigV4Failure::SignatureMismatch);
  SignableRequest other_time = signed_request();
  header_of(other_time, "x-amz-date") = "20130524T000001Z";
  EXPECT_EQ(failure_of(other_time), SigV4Failure::SignatureMismatch);
  SignableRequest longer = presigned_request();
  replace(longer.query, "X-Amz-Expires=600", "X-Amz-Expires=601");
  EXPECT_EQ(failure_of(longer), SigV4Failure::SignatureMismatch);
}

TEST(SigV4Verify, NoticesAnotherBody) {
  EXPECT_EQ(failure_of(signed_request(), kNow, sha256_hex("other")), SigV4Failure::PayloadMismatch);
}

TEST(SigV4Verify, WantsAuthentication) {
  EXPECT_EQ(failure_of(put_request()), SigV4Failure::MissingAuthentication);
}

TEST(SigV4Verify, RefusesTwoSignatures) {
  SignableRequest both = presigned_request();
  header_of(both, "Authorization") = "AWS4-HMAC-SHA256 Credential=x";
  EXPECT_EQ(failure_of(both), SigV4Failure::MalformedAuthorization);
  SignableRequest twice = signed_request();
  twice.headers.push_back({"authorization", header_of(twice, "Authorization")});
  EXPECT_EQ(failure_of(twice), SigV4Failure::MalformedAuthorization);
}

TEST(SigV4Verify, RefusesMalformedAuthorization) {
  const std::string good =
      header_of(*std::make_unique<SignableRequest>(signed_request()), "Authorization");
  const std::pair<const char*, const char*> changes[] = {
      {"Credential=", "Credentials="},
      {", Signature=", ", Signature"},
      {"/aws4_request", ""},
      {"AKIAIOSFODNN7EXAMPLE/", ""},
      {"AKIAIOSFODNN7EXAMPLE/", "/"},
      {"Credential=", "Credential=,Credential="},
      {"Signature=", "Signature=,Signature="},
      {"content-type;host", "content-type;host;host"},
      {"x-amz-security-token,", "x-amz-security-token;,"},
      {"content-type;host", "host;content-type"},
      {"content-type;host", "Content-Type;host"},
      {"content-type;host", "host;host"},
      {"content-type;host", ";host"},
      {"content-type;host", "absent;content-type;host"},
      {", SignedHeaders=", ", Signature=x, SignedHeaders="},
      {", SignedHeaders=", ",, SignedHeaders="},
  };
  for (const auto& [from, to] : changes) {
    SignableRequest request = signed_request();
    std::string& text = header_of(request, "Authorization");
    ASSERT_EQ(text, good);
    replace(text, from, to);
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << text;
  }
  for (const char* text : {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 =",
                           "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature="}) {
    SignableRequest request = signed_request();
    header_of(request, "Authorization") = text;
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << text;
  }
}

TEST(SigV4Verify, RefusesMalformedQueries) {
  const std::pair<const char*, const char*> changes[] = {
      {"&X-Amz-Signature=", "&Y="},
      {"X-Amz-Credential=", "X="},
      {"X-Amz-SignedHeaders=content-type%3Bhost", "X-Amz-SignedHeaders="},
      {"X-Amz-Date=20130524T000000Z", "X-Amz-Date=today"},
      {"x=1", "x=%4"},
      {"x=1", "X-Amz-Date=20130524T000000Z"},
  };
  for (const auto& [from, to] : changes) {
    SignableRequest request = presigned_request();
    replace(request.query, from, to);
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << request.query;
  }
  SignableRequest bad_path = presigned_request();
  bad_path.path = "/%zz";
  EXPECT_EQ(failure_of(bad_path), SigV4Failure::MalformedAuthorization);
}

TEST(SigV4Verify, RefusesOtherAlgorithms) {
  SignableRequest request = signed_request();
  for (const char* text : {"", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
                           "AWS4-ECDSA-P256-SHA256 Credential=x", "AWS4-HMAC-SHA256-X Signature=x",
                           "AWS4-HMAC-SHA256Credential=x", "aws4-hmac-sha256 Credential=x"}) {
    header_of(request, "Authorization") = text;
    EXPECT_EQ(failure_of(request), SigV4Failure::UnsupportedAlgorithm) << text;
  }
  SignableRequest presigned = presigned_request();
  replace(presigned.query, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
  EXPECT_EQ(failure_of(presigned), SigV4Failure::UnsupportedAlgorithm);
}

TEST(SigV4Verify, AcceptsBodiesInPieces) {
  for (const char* payload :
       {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}) {
    const auto verified = verify(signed_request(kCredentials, kScope, kNow, payload), kScope,
                                 lookup, kNow, sha256_hex("the body as it is on the wire"));
    ASSERT_TRUE(verified) << payload << ": " << verified.error().message;
    EXPECT_EQ(verified->payload_hash, payload);
  }
}

TEST(SigV4Verify, ReportsOtherPayloadsAsUnsupported) {
  const auto is_unsupported = [](const SignableRequest& request, const SigningScope& scope) {
    const auto verified = verify(request, scope, lookup, kNow);
    return !verified && sigv4_failure(verified.error()) == SigV4Failure::UnsupportedPayload &&
           verified.error().code == ErrorCode::Unsupported;
  };
  for (const char* payload :
       {"STREAMING-", "STREAMING-UNSIGNED-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-EVENTS"}) {
    EXPECT_TRUE(is_unsupported(signed_request(kCredentials, kScope, kNow, payload), kScope))
        << payload;
  }
  // Bodies in pieces are a matter of S3, and of its Authorization header.
  const std::string pieces = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  for (const auto rules : {SigningRules::S3, SigningRules::General}) {
    const SigningScope scope{"us-east-1", "s3", rules};
    SignableRequest presigned = put_request();
    presigned.query = "X-Amz-Content-Sha256=" + pieces;
    presigned.query =
        presign(presigned, kCredentials, scope, kNow, std::chrono::minutes(1), pieces).value();
    EXPECT_TRUE(is_unsupported(presigned, scope));
  }
}

TEST(SigV4Verify, HandsOnWhatFurtherSignaturesNeed) {
  const SignableRequest request = signed_request();
  const auto verified = verify(request, kScope, lookup, kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->amz_date, "20130524T000000Z");
  EXPECT_EQ(verified->credential_scope, "20130524/us-east-1/s3/aws4_request");
  const std::string_view authorization = *find_header(request.headers, "Authorization");
  EXPECT_TRUE(authorization.ends_with("Signature=" + verified->signature));
  // Source: Amazon S3 API Reference, "Examples: Signature Calculations", the signing key of these
  // credentials, day, region and service.
  const auto& key = verified->signing_key;
  EXPECT_EQ(to_hex({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}),
            "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
  const auto presigned = verify(presigned_request(), kScope, lookup, kNow);
  ASSERT_TRUE(presigned);
  EXPECT_TRUE(presigned_request().query.ends_with("&X-Amz-Signature=" + presigned->signature));
}

TEST(SigV4Verify, WantsAPayloadHash) {
  EXPECT_EQ(failure_of(signed_request(kCredentials, kScope, kNow, "")),
            SigV4Failure::InvalidPayloadHash);
  EXPECT_EQ(failure_of(signed_request(kCredentials, kScope, kNow, "0123")),
            SigV4Failure::InvalidPayloadHash);
  const SigningScope general{"us-east-1", "s3", SigningRules::General};
  EXPECT_EQ(failure_of(signed_request(kCredentials, general)), SigV4Failure::InvalidPayloadHash);
}

TEST(SigV4Verify, WantsItsOwnScope) {
  EXPECT_EQ(failure_of(signed_request(kCredentials, {"eu-west-1"})), SigV4Failure::ScopeMismatch);
  EXPECT_EQ(failure_of(signed_request(kCredentials, {"us-east-1", "sqs", SigningRules::S3})),
            SigV4Failure::ScopeMismatch);
  SignableRequest other_day = signed_request();
  replace(header_of(other_day, "Authorization"), "/20130524/", "/20130523/");
  EXPECT_EQ(failure_of(other_day), SigV4Failure::ScopeMismatch);
  SignableRequest other_end = presigned_request();
  replace(other_end.query, "aws4_request", "aws5_request");
  EXPECT_EQ(failure_of(other_end), SigV4Failure::ScopeMismatch);
}

TEST(SigV4Verify, WantsHostAndAmzHeadersSigned) {
  SignableRequest extra = signed_request();
  extra.headers.push_back({"X-Amz-Acl", "public-read"});
  EXPECT_EQ(failure_of(extra), SigV4Failure::UnsignedHeader);
  SignableRequest presigned = presigned_request();
  presigned.headers.push_back({"x-amz-meta-a", "b"});
  EXPECT_EQ(failure_of(presigned), SigV4Failure::UnsignedHeader);
  SignableRequest no_host = signed_request();
  replace(header_of(no_host, "Authorization"), "content-type;host;", "content-type;");
  EXPECT_EQ(failure_of(no_host), SigV4Failure::UnsignedHeader);
}

TEST(SigV4Verify, WantsTheKeyAndItsToken) {
  Credentials other = kCredentials;
  other.access_key_id = "AKIAOTHER";
  EXPECT_EQ(failure_of(signed_request(other)), SigV4Failure::UnknownAccessKey);
  other = kCredentials;
  other.secret_access_key += "x";
  EXPECT_EQ(failure_of(signed_request(other)), SigV4Failure::SignatureMismatch);
  for (const char* token : {"", "another token", "the session tokeN"}) {
    other = kCredentials;
    other.session_token = token;
    EXPECT_EQ(failure_of(signed_request(other)), SigV4Failure::InvalidToken) << token;
    EXPECT_EQ(failure_of(presigned_request(other)), SigV4Failure::InvalidToken) << token;
  }
}

TEST(SigV4Verify, BoundsTheClockSkew) {
  const auto second = std::chrono::seconds(1);
  EXPECT_EQ(failure_of(signed_request(), kNow + kMaxClockSkew), std::nullopt);
  EXPECT_EQ(failure_of(signed_request(), kNow - kMaxClockSkew), std::nullopt);
  EXPECT_EQ(failure_of(signed_request(), kNow + kMaxClockSkew + second),
            SigV4Failure::RequestTimeTooSkewed);
  EXPECT_EQ(failure_of(signed_request(), kNow - kMaxClockSkew - second),
            SigV4Failure::RequestTimeTooSkewed);
}

TEST(SigV4Verify, BoundsTheLifeOfAPresignedUrl) {
  const auto second = std::chrono::seconds(1);
  const auto life = std::chrono::minutes(10);
  EXPECT_EQ(failure_of(presigned_request(), kNow + life), std::nullopt);
  EXPECT_EQ(failure_of(presigned_request(), kNow + life + second), SigV4Failure::Expired);
  EXPECT_EQ(failure_of(presigned_request(), kNow - kMaxClockSkew), std::nullopt);
  EXPECT_EQ(failure_of(presigned_request(), kNow - kMaxClockSkew - second),
            SigV4Failure::NotYetValid);
  for (const char* expires : {"", "0", "-1", "604801", "1x", "99999999999999999999", "+600", "0600",
                              "%20600", "600.0", "6e2"}) {
    SignableRequest request = presigned_request();
    replace(request.query, "X-Amz-Expires=600", std::string("X-Amz-Expires=") + expires);
    EXPECT_EQ(failure_of(request), SigV4Failure::InvalidExpires) << expires;
  }
}

TEST(SigV4Verify, HandsOnAFailureOfTheStore) {
  const auto broken = [](std::string_view) -> Result<Credentials> {
    return Error{ErrorCode::Unavailable, "database is locked", "sqlite", 5};
  };
  const auto verified = verify(signed_request(), kScope, broken, kNow);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().domain, "sqlite");
  EXPECT_EQ(sigv4_failure(verified.error()), std::nullopt);
}

TEST(SigV4Verify, KeepsSecretsOutOfItsErrors) {
  Credentials other = kCredentials;
  other.session_token = "another token";
  for (const SignableRequest& request : {signed_request(other), presigned_request(other)}) {
    const std::string text = to_string(verify(request, kScope, lookup, kNow).error());
    EXPECT_EQ(text.find("token "), text.find("token does not belong"));
    EXPECT_EQ(text.find(kCredentials.secret_access_key), std::string::npos);
  }
}

}  // namespace
}  // namespace streamkit::net
