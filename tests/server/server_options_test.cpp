#include "server/server_options.hpp"

#include <gtest/gtest.h>

namespace streamkit::server {
namespace {

Result<ServerOptions> read(const std::vector<std::string>& words,
                           std::map<std::string, std::string> variables = {}) {
  const auto arguments = server_command_line().parse(
      words, [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return {};
        return found->second;
      });
  EXPECT_TRUE(arguments) << arguments.error().message;
  return read_server_options(*arguments);
}

TEST(ServerOptionsTest, HasTheDefaultsOfTheEmbeddedForm) {
  const auto options = read({});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->server.http.listen, "127.0.0.1:8000");
  EXPECT_EQ(options->server.bucket, "streamkit-input");
  EXPECT_EQ(options->server.region, "us-east-1");
  EXPECT_EQ(options->server.stream.start_segments, 1u);
  EXPECT_EQ(options->server.stream.hold, std::chrono::seconds(8));
  EXPECT_EQ(options->server.max_chunk_bytes, 64u << 20);
  EXPECT_TRUE(options->server.streaming_enabled);
  EXPECT_FALSE(options->server.open);
}

TEST(ServerOptionsTest, TakesTheEnvironmentsNames) {
  const auto options = read(
      {}, {{"INPUT_BUCKET_NAME", "in"}, {"REGION", "eu-north-1"}, {"STREAMING_ENABLED", "false"}});
  EXPECT_EQ(options->server.bucket, "in");
  EXPECT_EQ(options->server.region, "eu-north-1");
  EXPECT_FALSE(options->server.streaming_enabled);
  const auto both = read({}, {{"AWS_REGION", "eu-west-1"}, {"REGION", "eu-north-1"}});
  EXPECT_EQ(both->server.region, "eu-west-1");
}

TEST(ServerOptionsTest, TakesTlsWithBothFilesOnly) {
  EXPECT_FALSE(read({})->server.http.tls);
  const auto both = read({"--tls-cert", "cert.pem", "--tls-key", "key.pem"});
  ASSERT_TRUE(both);
  ASSERT_TRUE(both->server.http.tls);
  EXPECT_EQ(both->server.http.tls->certificate_file, "cert.pem");
  EXPECT_EQ(both->server.http.tls->key_file, "key.pem");
  const auto one = read({"--tls-cert", "cert.pem"});
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().message.find("--tls-key"), std::string::npos);
}

TEST(ServerOptionsTest, TakesTheBoundsOfTheHttpServer) {
  const auto options = read(
      {"--blocking-threads", "7", "--max-connections-per-client", "0", "--max-bodies-mib", "3"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->server.http.blocking_threads, 7);
  EXPECT_EQ(options->server.http.max_connections_per_client, 0u);
  EXPECT_EQ(options->server.http.max_body_bytes_in_flight, 3u << 20);
}

TEST(ServerOptionsTest, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> cases = {
      {"--listen", "8000"},        {"--threads", "0"},
      {"--max-connections", "x"},  {"--max-chunk-mib", "-1"},
      {"--start-segments", "0"},   {"--hold-seconds", "61"},
      {"--blocking-threads", "0"}, {"--max-connections-per-client", "-1"},
      {"--max-bodies-mib", "0"},   {"--streaming", "maybe"},
      {"--log-level", "shouting"}, {"--data-dir", ""},
  };
  for (const auto& words : cases) {
    const auto options = read(words);
    ASSERT_FALSE(options) << words.front();
    EXPECT_EQ(options.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(options.error().message.find(words.front()), std::string::npos)
        << options.error().message;
  }
}

}  // namespace
}  // namespace streamkit::server
