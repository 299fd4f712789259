#include "server/server_options.hpp"

#include <gtest/gtest.h>

namespace streamkit::server_tool {
namespace {

Result<ProgramOptions> read(const std::vector<std::string>& words,
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
  EXPECT_EQ(options->server.stream.start_segments, 3u);
  EXPECT_FALSE(options->server.stream.hold);
  EXPECT_EQ(options->server.max_chunk_bytes, 64u << 20);
  EXPECT_TRUE(options->server.streaming_enabled);
  EXPECT_FALSE(options->server.access.open);
}

TEST(ServerOptionsTest, KeepsEverythingUnlessToldOtherwise) {
  const auto defaults = read({})->server.retention;
  EXPECT_EQ(defaults.idle_timeout, std::chrono::minutes(30));
  EXPECT_EQ(defaults.keep_input.count(), 0);
  EXPECT_EQ(defaults.keep_streams.count(), 0);
  const auto told = read(
      {"--idle-timeout-seconds", "30", "--keep-input-hours", "0.5", "--keep-streams-hours", "48"});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->server.retention.idle_timeout, std::chrono::seconds(30));
  EXPECT_EQ(told->server.retention.keep_input, std::chrono::minutes(30));
  EXPECT_EQ(told->server.retention.keep_streams, std::chrono::hours(48));
  EXPECT_FALSE(read({"--keep-input-hours", "2", "--keep-streams-hours", "1"}));
  EXPECT_FALSE(read({"--idle-timeout-seconds", "0"}));
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

TEST(ServerOptionsTest, ReadsWhoMayDoWhatAndForHowLong) {
  const auto options = read(
      {"--api-keys", "keys", "--trust-proxy", "--client-rate", "0", "--session-rate", "2.5",
       "--create-rate", "6", "--idle-timeout-seconds", "30", "--keep-input-hours", "0.5",
       "--keep-streams-hours", "24", "--segment-urls", "presigned", "--playlist-max-age", "1"});
  ASSERT_TRUE(options) << options.error().message;
  const auto& server = options->server;
  EXPECT_EQ(server.access.api_keys, "keys");
  EXPECT_TRUE(server.access_control.trust_proxy);
  EXPECT_EQ(server.access_control.client_rate, 0);
  EXPECT_EQ(server.access_control.session_rate, 2.5);
  EXPECT_EQ(server.access_control.create_rate, 6);
  EXPECT_EQ(server.retention.idle_timeout, std::chrono::seconds(30));
  EXPECT_EQ(server.retention.keep_input, std::chrono::minutes(30));
  EXPECT_EQ(server.retention.keep_streams, std::chrono::hours(24));
  EXPECT_EQ(server.segment_urls, server::SegmentUrlKind::Presigned);
  EXPECT_EQ(server.stream.playlist_max_age, std::chrono::seconds(1));
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

TEST(ServerOptionsTest, TakesSharesAndQuotas) {
  const auto defaults = read({});
  ASSERT_TRUE(defaults);
  const server::QuotaOptions quotas;
  EXPECT_EQ(defaults->server.quotas.max_session_bytes, quotas.max_session_bytes);
  EXPECT_EQ(defaults->server.quotas.max_chunks, quotas.max_chunks);
  EXPECT_EQ(defaults->server.quotas.max_sessions, quotas.max_sessions);
  EXPECT_EQ(defaults->server.quotas.disk_reserve_bytes, quotas.disk_reserve_bytes);
  EXPECT_EQ(defaults->server.http.min_bytes_per_second, http::ServerOptions().min_bytes_per_second);
  const auto options =
      read({"--max-uploads", "9", "--max-uploads-per-client", "8", "--max-uploads-per-session", "7",
            "--min-rate-kib", "6", "--max-session-mib", "5", "--max-chunks", "4", "--max-sessions",
            "3", "--disk-reserve-mib", "2", "--max-bodies-mib", "400"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->server.http.max_bodies, 9u);
  EXPECT_EQ(options->server.http.max_bodies_per_client, 8u);
  EXPECT_EQ(options->server.http.max_bodies_per_sender, 7u);
  EXPECT_EQ(options->server.http.min_bytes_per_second, 6u << 10);
  EXPECT_EQ(options->server.http.max_body_bytes_per_client, 100u << 20);
  EXPECT_EQ(options->server.http.max_body_bytes_per_sender, 100u << 20);
  EXPECT_EQ(options->server.quotas.max_session_bytes, 5u << 20);
  EXPECT_EQ(options->server.quotas.max_chunks, 4u);
  EXPECT_EQ(options->server.quotas.max_sessions, 3u);
  EXPECT_EQ(options->server.quotas.disk_reserve_bytes, 2u << 20);
}

TEST(ServerOptionsTest, ReadsAListOfOrigins) {
  EXPECT_TRUE(read({})->server.cors_origins.empty());
  const auto options =
      read({"--cors-origins", "https://a.example.com, http://b.example.com:8080,"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->server.cors_origins,
            (std::vector<std::string>{"https://a.example.com", "http://b.example.com:8080"}));
}

TEST(ServerOptionsTest, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> cases = {
      {"--listen", "8000"},
      {"--threads", "0"},
      {"--max-connections", "x"},
      {"--max-chunk-mib", "-1"},
      {"--start-segments", "0"},
      {"--hold-seconds", "601"},
      {"--client-rate", "-1"},
      {"--create-rate", "many"},
      {"--session-rate", "nan"},
      {"--idle-timeout-seconds", "0"},
      {"--keep-input-hours", "-1"},
      {"--keep-streams-hours", "x"},
      {"--segment-urls", "s3"},
      {"--playlist-max-age", "61"},
      {"--streaming", "maybe"},
      {"--blocking-threads", "0"},
      {"--max-connections-per-client", "-1"},
      {"--max-bodies-mib", "0"},
      {"--max-uploads", "-1"},
      {"--max-uploads-per-client", "x"},
      {"--max-uploads-per-session", "-1"},
      {"--min-rate-kib", "1.5"},
      {"--max-session-mib", "-1"},
      {"--max-chunks", "x"},
      {"--max-sessions", "-1"},
      {"--disk-reserve-mib", "x"},
      {"--log-level", "shouting"},
      {"--data-dir", ""},
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
}  // namespace streamkit::server_tool
