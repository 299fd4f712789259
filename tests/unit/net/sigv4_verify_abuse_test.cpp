#include <cctype>

#include "sigv4_requests.hpp"

namespace streamkit::net {
namespace {

// Signs `request` in its header with Date in place of x-amz-date, as `signed_headers` say.
SignableRequest signed_with_date(const std::string& date) {
  SignableRequest request = put_request();
  request.headers = {{"Date", date}};
  const std::string hash = sha256_hex("PUT\n" + request.path + "\nx=1\ndate:" + date +
                                      "\nhost:localhost:8000\n"
                                      "x-amz-content-sha256:UNSIGNED-PAYLOAD\n"
                                      "x-amz-security-token:the session token\n\n"
                                      "date;host;x-amz-content-sha256;x-amz-security-token\n"
                                      "UNSIGNED-PAYLOAD");
  const std::string scope = "20130524/us-east-1/s3/aws4_request";
  const std::string key = verify(signed_request(), kScope, lookup, kNow).value().signing_key;
  const auto signature =
      hmac_sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()},
                  "AWS4-HMAC-SHA256\n20130524T000000Z\n" + scope + "\n" + hash);
  request.headers.push_back({"x-amz-content-sha256", std::string(kUnsignedPayload)});
  request.headers.push_back({"x-amz-security-token", kCredentials.session_token});
  request.headers.push_back(
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=" + kCredentials.access_key_id + "/" + scope +
           ",SignedHeaders=date;host;x-amz-content-sha256;x-amz-security-token,Signature=" +
           to_hex(signature)});
  return request;
}

TEST(SigV4VerifyAbuse, TakesDateInPlaceOfAmzDate) {
  for (const char* date : {"Fri, 24 May 2013 00:00:00 GMT", "20130524T000000Z"}) {
    const auto verified = verify(signed_with_date(date), kScope, lookup, kNow);
    ASSERT_TRUE(verified) << date << ": " << verified.error().message;
    EXPECT_EQ(verified->amz_date, "20130524T000000Z");
  }
  EXPECT_EQ(failure_of(signed_with_date("Fri, 24 May 2013 00:00:00 GMT"), kNow + kMaxClockSkew),
            std::nullopt);
  EXPECT_EQ(failure_of(signed_with_date("Fri, 24 May 2013 00:00:00 GMT"),
                       kNow + kMaxClockSkew + std::chrono::seconds(1)),
            SigV4Failure::RequestTimeTooSkewed);
  EXPECT_EQ(failure_of(signed_with_date("Fri, 24 May 2013 00:00:01 GMT")),
            SigV4Failure::SignatureMismatch);
}

TEST(SigV4VerifyAbuse, WantsDateSignedWhereItCounts) {
  SignableRequest request = signed_with_date("Fri, 24 May 2013 00:00:00 GMT");
  replace(header_of(request, "Authorization"), "date;", "");
  EXPECT_EQ(failure_of(request), SigV4Failure::UnsignedHeader);
  // With x-amz-date it may be left out, and is not looked at.
  request = signed_request();
  request.headers.push_back({"Date", "Sat, 01 Jan 2000 00:00:00 GMT"});
  EXPECT_EQ(failure_of(request), std::nullopt);
}

TEST(SigV4VerifyAbuse, RefusesDatesThatAreNone) {
  for (const char* date : {"", "Fri, 24 May 2013 00:00:00 UTC", "Fri, 24 May 2013 00:00:00 +0000",
                           "Thu, 24 May 2013 00:00:00 GMT", "Fri, 24 may 2013 00:00:00 GMT",
                           "Fri, 24 ayJ 2013 00:00:00 GMT", "Fri, 24 May 13 00:00:00 GMT",
                           "Friday, 24-May-13 00:00:00 GMT", "Fri May 24 00:00:00 2013",
                           "Fri, 24 May 2013 24:00:00 GMT", "Sat, 31 Feb 2013 00:00:00 GMT",
                           "Fri, 24 May 2013 00:00:00 GMT, Fri, 24 May 2013 00:00:00 GMT"}) {
    EXPECT_EQ(failure_of(signed_with_date(date)), SigV4Failure::MalformedAuthorization) << date;
  }
  for (const char* date :
       {"", "20130230T000000Z", "20130524T250000Z", "20130524T006000Z", "20130524T000060Z",
        "20130524T000000", "20130524T000000z", "20130524 000000Z", "2013-05-24T00:00:00Z",
        "+0130524T000000Z", "20130524T000000Z ", "00000524T000000Z", "99990524T000000Z",
        "20130524T000000Z,20130524T000000Z"}) {
    SignableRequest request = signed_request();
    header_of(request, "x-amz-date") = date;
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << date;
    SignableRequest presigned = presigned_request();
    replace(presigned.query, "X-Amz-Date=20130524T000000Z",
            "X-Amz-Date=" + std::string(date == std::string_view("20130524 000000Z") ? "" : date));
    EXPECT_EQ(failure_of(presigned), SigV4Failure::MalformedAuthorization) << date;
  }
}

TEST(SigV4VerifyAbuse, RefusesHeadersThatAreThereTwice) {
  for (const char* name : {"X-Amz-Date", "x-amz-content-sha256", "x-AMZ-security-token",
                           "x-amz-copy-source", "Content-Type", "content-md5", "Date", "HOST"}) {
    SignableRequest request = put_request();
    request.headers = {{"X-Amz-Copy-Source", "/a"},
                       {"Content-MD5", "b"},
                       {"Date", "c"},
                       {"Host", "localhost:8000"},
                       {"Content-Type", "d"}};
    const auto added = sign_headers(request, kCredentials, kScope, kUnsignedPayload, kNow);
    ASSERT_TRUE(added) << added.error().message;
    request.headers.insert(request.headers.end(), added->begin(), added->end());
    EXPECT_EQ(failure_of(request), std::nullopt);
    request.headers.push_back({name, header_of(request, name)});
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << name;
    request.headers.back().value = "";
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << name;
  }
}

TEST(SigV4VerifyAbuse, JoinsOtherEqualHeaders) {
  SignableRequest request = put_request();
  request.headers = {{"x-amz-meta-a", "1"}, {"X-Amz-Meta-A", "2"}, {"Accept", "3"}};
  const auto added = sign_headers(request, kCredentials, kScope, kUnsignedPayload, kNow);
  ASSERT_TRUE(added);
  request.headers.insert(request.headers.end(), added->begin(), added->end());
  EXPECT_EQ(failure_of(request), std::nullopt);
  SignableRequest joined = request;
  joined.headers[0].value = "1,2";
  joined.headers.erase(joined.headers.begin() + 1);
  EXPECT_EQ(failure_of(joined), std::nullopt);
  std::swap(request.headers[0].value, request.headers[1].value);
  EXPECT_EQ(failure_of(request), SigV4Failure::SignatureMismatch);
}

TEST(SigV4VerifyAbuse, ReadsHeadersWithoutRegardToCaseAndBlanks) {
  SignableRequest request = signed_request();
  for (HttpHeader& header : request.headers) {
    for (char& c : header.name) c = static_cast<char>(std::toupper(c));
    if (header.name != "AUTHORIZATION" && !header.name.starts_with("X-AMZ-")) {
      header.value = " \t" + header.value + "  ";
    }
  }
  EXPECT_EQ(failure_of(request), std::nullopt);
  header_of(request, "Authorization").insert(16, "\t  ");
  replace(header_of(request, "Authorization"), ", SignedHeaders", " ,\tSignedHeaders");
  EXPECT_EQ(failure_of(request), std::nullopt);
}

TEST(SigV4VerifyAbuse, RefusesFoldedHeadersAndControlCharacters) {
  for (const char* value :
       {"video\r\n /mp4", "video\n\t/mp4", "video\r/mp4", "video\x01", "\x7f"}) {
    SignableRequest request = signed_request();
    header_of(request, "Content-Type") = value;
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization);
  }
  SignableRequest request = signed_request();
  header_of(request, "Content-Type") = std::string("video\0mp4", 9);
  EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization);
  request = signed_request();
  request.host += "\nx-amz-acl:public-read";
  EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization);
}

TEST(SigV4VerifyAbuse, RefusesAuthenticationInHeaderAndQuery) {
  for (const char* query : {"X-Amz-Signature=x", "X-Amz-Signature=", "X-Amz-Date=20130524T000000Z",
                            "X-Amz-Expires=600", "X-Amz-SignedHeaders=host", "x-amz-signature=x",
                            "X%2DAmz%2DSignature=x", "X-Amz-Security-Token=t", "X-Amz-Algorithm"}) {
    SignableRequest request = signed_request();
    request.query = query;
    EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << query;
  }
}

TEST(SigV4VerifyAbuse, RefusesParametersThatAreThereTwice) {
  const std::string good = presigned_request().query;
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                           "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"}) {
    const auto at = good.find(name);
    const std::string pair = good.substr(at, good.find('&', at) - at);
    const std::string bare = std::string(name) + "=";
    const std::string encoded = "%58" + pair.substr(1);
    for (const std::string& query : {good + "&" + pair, bare + "&" + good, good + "&" + bare,
                                     std::string(name) + "&" + good, encoded + "&" + good}) {
      SignableRequest request = presigned_request();
      request.query = query;
      EXPECT_EQ(failure_of(request), SigV4Failure::MalformedAuthorization) << query;
    }
  }
}

TEST(SigV4VerifyAbuse, ReadsParametersByTheirDecodedNames) {
  SignableRequest request = presigned_request();
  replace(request.query, "X-Amz-Signature", "X%2DAmz%2dSignature");
  replace(request.query, "X-Amz-Date", "%58-Amz-Date");
  EXPECT_EQ(failure_of(request), std::nullopt);
  for (const char* name : {"X-Amz-Signature", "X-Amz-Date", "X-Amz-Security-Token"}) {
    SignableRequest other = presigned_request();
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    replace(other.query, name, lower);
    EXPECT_EQ(failure_of(other), SigV4Failure::MalformedAuthorization) << lower;
  }
}

TEST(SigV4VerifyAbuse, TellsSpellingsOfQueriesApart) {
  const auto presigned_with = [](const std::string& query) {
    SignableRequest request = put_request();
    request.query = query;
    request.query = presign(request, kCredentials, kScope, kNow, std::chrono::minutes(10)).value();
    return request;
  };
  const auto with = [&](const std::string& query, const char* from, const char* to) {
    SignableRequest request = presigned_with(query);
    replace(request.query, from, to);
    return failure_of(request);
  };
  // Other spellings of the same.
  EXPECT_EQ(with("a=", "a=", "a"), std::nullopt);
  EXPECT_EQ(with("a=b", "a=b", "&&a=b"), std::nullopt);
  EXPECT_EQ(with("a=\xc3\xa9", "%C3%A9", "\xc3\xa9"), std::nullopt);
  EXPECT_EQ(with("a=~", "a=~", "a=%7e"), std::nullopt);
  // Other meanings: a plus sign stands for itself, a second '=' and case count.
  EXPECT_EQ(with("a=b+c", "b%2Bc", "b+c"), std::nullopt);
  EXPECT_EQ(with("a=b%20c", "b%20c", "b+c"), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(with("a=b", "a=b", "A=b"), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(with("a=b", "a=b", "a=b="), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(with("a=b", "a=b", "a=b&a=b"), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(with("a=\xc3\xa9", "%C3%A9", "e%CC%81"), SigV4Failure::SignatureMismatch);
}

TEST(SigV4VerifyAbuse, TakesThePayloadsHashFromThePresignedQuery) {
  const std::string hash = sha256_hex("body");
  const auto presigned_with = [](const std::string& declared, std::string_view signed_hash) {
    SignableRequest request = put_request();
    request.query = "X-Amz-Content-Sha256=" + declared;
    request.query =
        presign(request, kCredentials, kScope, kNow, std::chrono::minutes(10), signed_hash).value();
    return request;
  };
  const auto verified = verify(presigned_with(hash, hash), kScope, lookup, kNow, hash);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->payload_hash, hash);
  EXPECT_EQ(failure_of(presigned_with(hash, hash), kNow, sha256_hex("other")),
            SigV4Failure::PayloadMismatch);
  EXPECT_EQ(failure_of(presigned_with("UNSIGNED-PAYLOAD", kUnsignedPayload)), std::nullopt);
  EXPECT_EQ(failure_of(presigned_with("UNSIGNED-PAYLOAD", hash)), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(failure_of(presigned_with("", "")), SigV4Failure::InvalidPayloadHash);
  SignableRequest both = presigned_with(hash, hash);
  both.headers.push_back({"x-amz-content-sha256", std::string(kUnsignedPayload)});
  EXPECT_EQ(failure_of(both), SigV4Failure::UnsignedHeader);
  replace(both.query, "content-type%3Bhost", "content-type%3Bhost%3Bx-amz-content-sha256");
  EXPECT_EQ(failure_of(both), SigV4Failure::MalformedAuthorization);
}

TEST(SigV4VerifyAbuse, ReadsKeyIdsWithSlashesFromTheEnd) {
  Credentials slashed = kCredentials;
  slashed.access_key_id = "team/a/20130524/us-east-1/s3/aws4_request";
  std::string asked;
  const auto find = [&](std::string_view id) -> Result<Credentials> {
    asked = id;
    return slashed;
  };
  EXPECT_TRUE(verify(signed_request(slashed), kScope, find, kNow));
  EXPECT_EQ(asked, slashed.access_key_id);
  EXPECT_TRUE(verify(presigned_request(slashed), kScope, find, kNow));
  Credentials endless = kCredentials;
  endless.access_key_id = std::string(129, 'A');
  EXPECT_EQ(failure_of(signed_request(endless)), SigV4Failure::MalformedAuthorization);
}

TEST(SigV4VerifyAbuse, KeepsItsMessagesShort) {
  const std::string name(10'000, 'a');
  SignableRequest request = signed_request();
  replace(header_of(request, "Authorization"), "SignedHeaders=", "SignedHeaders=" + name + ";");
  const auto verified = verify(request, kScope, lookup, kNow);
  ASSERT_FALSE(verified);
  EXPECT_LT(verified.error().message.size(), 200u);
}

}  // namespace
}  // namespace streamkit::net
