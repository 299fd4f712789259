#include <openssl/ssl.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <streamkit/http/open_file.hpp>

#include "http/server_fixture.hpp"
#include "http/tls_client.hpp"
#include "local/temporary_folder.hpp"

namespace streamkit::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kHeadEnd = "\r\n\r\n";

class HttpTlsTest : public HttpServerFixture {
 protected:
  HttpTlsTest() { write_certificate("first.example", files_.certificate_file, files_.key_file); }

  std::uint16_t start_tls(ServerOptions config = {}) {
    config.tls = files_;
    return start(config);
  }
  Error start_error() {
    ServerOptions config{.listen = "127.0.0.1:0"};
    config.tls = files_;
    const auto server = Server::start(config, handler_);
    return server ? Error{} : server.error();
  }

  const local::TemporaryFolder folder_;
  TlsFiles files_{folder_.path() / "cert.pem", folder_.path() / "key.pem"};
};

TEST_F(HttpTlsTest, AnswersOverTls) {
  std::atomic<bool> secure = false;
  handler_.script = [&](const WholeRequest& request) {
    secure = request.secure;
    return text_response(200, "text/plain", request.path + request.body);
  };
  TlsClient client(start_tls());
  ASSERT_TRUE(client.connected());
  EXPECT_TRUE(server_->local_url().starts_with("https://127.0.0.1:")) << server_->local_url();
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_EQ(client.certificate_name(), "first.example");
  client.send(kGet);
  EXPECT_NE(client.receive_until(kHeadEnd).find("200 OK"), std::string::npos);
  EXPECT_EQ(client.receive_bytes(2), "/a");
  EXPECT_TRUE(secure);
  // Once more on the same connection, with a body, byte by byte.
  for (const char byte :
       std::string("PUT /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
                   "body")) {
    client.send({&byte, 1});
  }
  client.receive_until(kHeadEnd);
  EXPECT_EQ(client.receive_bytes(6), "/bbody");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpTlsTest, PlainRequestsAreNotSecure) {
  std::atomic<bool> secure = true;
  handler_.script = [&](const WholeRequest& request) {
    secure = request.secure;
    return text_response(200, "text/plain", "");
  };
  EXPECT_EQ(RawClient(start()).exchange(kGet).status, 200);
  EXPECT_FALSE(secure);
}

TEST_F(HttpTlsTest, SpeaksTls12AndNothingOlder) {
  const auto port = start_tls();
  TlsClient client(port, {.newest_version = TLS1_2_VERSION});
  EXPECT_EQ(client.version(), "TLSv1.2");
  client.send(kGet);
  EXPECT_NE(client.receive_until(kHeadEnd).find("200 OK"), std::string::npos);
  EXPECT_FALSE(TlsClient(port, {.newest_version = TLS1_1_VERSION}).connected());
}

TEST_F(HttpTlsTest, OffersOfTls12OnlyEphemeralKeysAndAuthenticatedEncryption) {
  const auto port = start_tls();
  const auto connects = [&](const std::string& ciphers) {
    return TlsClient(port, {.newest_version = TLS1_2_VERSION, .ciphers = ciphers}).connected();
  };
  for (const auto* good : {"ECDHE+AESGCM", "ECDHE+CHACHA20"}) EXPECT_TRUE(connects(good)) << good;
  for (const auto* bad : {"kRSA", "ECDHE+AES:!AESGCM:!AESCCM:!CHACHA20", "DHE"}) {
    EXPECT_FALSE(connects(bad)) << bad;
  }
  EXPECT_EQ(TlsClient(port, {.ciphers = "kRSA"}).version(), "TLSv1.3");
}

TEST_F(HttpTlsTest, AgreesOnHttp11AndOnNothingElse) {
  const auto port = start_tls();
  EXPECT_EQ(TlsClient(port, {.protocol = "http/1.1"}).protocol(), "http/1.1");
  EXPECT_EQ(TlsClient(port).protocol(), "");
  EXPECT_FALSE(TlsClient(port, {.protocol = "h2"}).connected());
}

TEST_F(HttpTlsTest, SendsFilesAndLargeAnswers) {
  std::string content(3'000'001, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  std::ofstream(folder_.path() / "file", std::ios::binary) << content;
  const auto file = *OpenFile::open(folder_.path() / "file");
  handler_.script = [&](const WholeRequest& request) {
    if (request.path != "/a") return text_response(200, "text/plain", content);
    return Response{200, {}, FileSlice{file, 1, content.size() - 1}};
  };
  TlsClient client(start_tls());
  client.send(kGet);
  client.receive_until(kHeadEnd);
  EXPECT_TRUE(client.receive_bytes(content.size() - 1) == content.substr(1));
  client.send("GET /text HTTP/1.1\r\nHost: x\r\n\r\n");
  client.receive_until(kHeadEnd);
  EXPECT_TRUE(client.receive_bytes(content.size()) == content);
}

TEST_F(HttpTlsTest, TakesLargeBodies) {
  handler_.admission = [](const RequestHead&) { return Admission{.max_body_bytes = 8 << 20}; };
  handler_.script = [](const WholeRequest& request) {
    return text_response(200, "text/plain", std::to_string(request.body.size()));
  };
  TlsClient client(start_tls());
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
  client.send(std::string(5'000'000, 'x'));
  client.receive_until(kHeadEnd);
  EXPECT_EQ(client.receive_bytes(7), "5000000");
}

TEST_F(HttpTlsTest, BoundsTheHandshakeAndSurvivesWhatIsNoTls) {
  const auto port = start_tls({.header_timeout = milliseconds(3000)});
  RawClient silent(port);
  EXPECT_TRUE(silent.closed_by_server());
  RawClient plain(port);
  plain.send(kGet + std::string(10'000, 'x'));
  plain.receive_until_close();
  TlsClient client(port);
  client.send(kGet);
  EXPECT_NE(client.receive_until(kHeadEnd).find("200 OK"), std::string::npos);
}

TEST_F(HttpTlsTest, ClosesAClientThatDoesNotRead) {
  std::latch asked(1);
  handler_.script = [&](const WholeRequest&) {
    asked.count_down();
    return text_response(200, "text/plain", std::string(64 << 20, 'x'));
  };
  TlsClient client(start_tls({.stall_timeout = milliseconds(300)}));
  client.send(kGet);
  asked.wait();
  wait_for_connections(0);
}

TEST_F(HttpTlsTest, StopFinishesWhatIsInFlight) {
  std::latch held(1);
  handler_.script = [&](const WholeRequest& request) -> Reply {
    if (request.path != "/a") {
      return Response{200, {}, EventStream{[] { return std::optional<std::string>(""); }}};
    }
    held.count_down();
    return AskAgain{hours(1), "topic"};
  };
  const auto port = start_tls();
  TlsClient idle(port);
  TlsClient events(port);
  TlsClient waiting(port);
  events.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  events.receive_until(kHeadEnd);
  waiting.send(kGet);
  held.wait();
  server_->stop();
  EXPECT_NE(waiting.receive_until(kHeadEnd).find("503"), std::string::npos);
  EXPECT_EQ(events.receive_bytes(5), "0\r\n\r\n");
  EXPECT_TRUE(events.closed_by_server());
}

TEST_F(HttpTlsTest, ReloadsForNewConnectionsAndKeepsTheOldWhenItCannot) {
  const auto port = start_tls();
  TlsClient before(port);
  write_certificate("second.example", files_.certificate_file, files_.key_file);
  EXPECT_EQ(TlsClient(port).certificate_name(), "first.example");
  ASSERT_TRUE(server_->reload_tls());
  EXPECT_EQ(TlsClient(port).certificate_name(), "second.example");
  before.send(kGet);
  EXPECT_NE(before.receive_until(kHeadEnd).find("200 OK"), std::string::npos);

  std::ofstream(files_.key_file) << "nonsense";
  const auto reloaded = server_->reload_tls();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(TlsClient(port).certificate_name(), "second.example");
}

TEST_F(HttpTlsTest, ReloadingWithoutTlsDoesNothing) {
  start();
  EXPECT_TRUE(server_->reload_tls());
}

TEST_F(HttpTlsTest, SaysWhichFileIsMissing) {
  std::filesystem::remove(files_.key_file);
  EXPECT_EQ(start_error().code, ErrorCode::NotFound);
  EXPECT_NE(start_error().message.find("TLS key: opening '" + files_.key_file.string()),
            std::string::npos);
  std::filesystem::remove(files_.certificate_file);
  EXPECT_NE(start_error().message.find("TLS certificate"), std::string::npos);
}

TEST_F(HttpTlsTest, AFifoIsNotWaitedFor) {
  std::filesystem::remove(files_.key_file);
  ASSERT_EQ(::mkfifo(files_.key_file.c_str(), 0600), 0);
  EXPECT_EQ(start_error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(start_error().message.find("key.pem' is not a regular file"), std::string::npos);
  std::filesystem::remove(files_.key_file);
  write_certificate("first.example", files_.certificate_file, files_.key_file);
  start_tls();
  std::filesystem::remove(files_.certificate_file);
  ASSERT_EQ(::mkfifo(files_.certificate_file.c_str(), 0600), 0);
  EXPECT_FALSE(server_->reload_tls());
}

TEST_F(HttpTlsTest, SaysWhichFileHoldsNothingOfUse) {
  std::ofstream(files_.key_file) << "nonsense";
  EXPECT_EQ(start_error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(start_error().message.find("key.pem': no private key"), std::string::npos);
  std::ofstream(files_.certificate_file) << "nonsense";
  EXPECT_NE(start_error().message.find("cert.pem': no certificate"), std::string::npos);
}

TEST_F(HttpTlsTest, SaysThatTheKeyIsAnotherOnes) {
  write_certificate("other.example", folder_.path() / "other.pem", files_.key_file);
  EXPECT_EQ(start_error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(start_error().message.find("does not match"), std::string::npos)
      << start_error().message;
}

}  // namespace
}  // namespace streamkit::http
