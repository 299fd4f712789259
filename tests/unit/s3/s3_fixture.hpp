#pragma once

#include <gtest/gtest.h>

#include <streamkit/net/s3_event.hpp>
#include <streamkit/net/sha256.hpp>
#include <streamkit/net/sigv4_sign.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/fault_injecting_object_store.hpp>
#include <streamkit/testing/memory_job_queue.hpp>
#include <streamkit/testing/memory_object_store.hpp>
#include <streamkit/testing/recording_logger.hpp>

#include <streamkit/s3/endpoint.hpp>
#include "http/requests.hpp"
#include "live/flaky_session_store.hpp"
#include "s3/checksum.hpp"
#include "s3/error.hpp"
#include "server/object_access.hpp"

namespace streamkit::s3 {

inline constexpr std::string_view kS3Key = "stream_input/s1/chunk_00000.mp4";

/// What a call is signed and sent with; tests change one thing at a time.
struct S3Upload {
  std::string method = "PUT";
  std::string path = "/bucket/" + std::string(kS3Key);
  std::string query = {};
  std::string body = "chunk bytes";
  std::string region = "eu-west-1";
  net::Credentials credentials{"KEY", "SECRET", "TOKEN"};
  net::HttpHeaders headers = {{"Content-Type", "video/mp4"}};
  std::string payload_hash = {};
  std::chrono::seconds clock_offset{0};
  std::string host = "127.0.0.1:8000";
};

/// The S3 endpoint as the server wires it, over doubles, with two sessions "s1" and "s2" whose keys
/// are KEY and KEY2, and an operator.
class S3Fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.create(live::example_session("s1")));
    ASSERT_TRUE(store_.create(live::example_session("s2")));
    ASSERT_TRUE(store_.add_credentials({"KEY", "SECRET", "TOKEN", "s1", in(hours(1))}));
    ASSERT_TRUE(store_.add_credentials({"KEY2", "SECRET2", "TOKEN2", "s2", in(hours(1))}));
    objects_at(memory_);
  }
  using hours = std::chrono::hours;
  WallTime in(std::chrono::seconds time) { return clock_.system_now() + time; }

  /// Starts the endpoint over this store.
  void objects_at(ObjectStore& objects) {
    const Context context{.logger = &logger_, .clock = &clock_};
    api_.reset();
    faults_.emplace(objects);
    ingest_.emplace(*faults_, store_, jobs_, config_.bucket, context);
    access_.emplace(
        store_, *ingest_,
        server::ObjectAccessOptions{.bucket = config_.bucket, .operator_key = operator_key_},
        context);
    api_.emplace(
        *faults_, *access_,
        [this](const ObjectInfo& object, std::string_view principal) {
          return access_->commit(object, principal);
        },
        config_, context);
  }

  http::WholeRequest sign(const S3Upload& upload) {
    auto request = http::make_request(upload.method, upload.path, upload.body, upload.headers);
    request.headers.back().value = upload.host;
    request.query = upload.query;
    const net::SignableRequest signable{upload.method, upload.host, upload.path, upload.query,
                                        upload.headers};
    const std::string hash =
        upload.payload_hash.empty() ? net::sha256_hex(upload.body) : upload.payload_hash;
    const auto added = net::sign_headers(signable, upload.credentials, {.region = upload.region},
                                         hash, in(upload.clock_offset));
    EXPECT_TRUE(added) << added.error().message;
    if (added) request.headers.insert(request.headers.end(), added->begin(), added->end());
    request.headers.push_back({"Content-Length", std::to_string(upload.body.size())});
    return request;
  }

  /// As the HTTP server does it: admitted by the head, the body in parts.
  http::Response send(const http::WholeRequest& request, std::size_t part_bytes = 4) {
    auto reply = http::send(*api_, request, part_bytes);
    EXPECT_TRUE(std::holds_alternative<http::Response>(reply));
    return std::get<http::Response>(std::move(reply));
  }
  http::Response put(const S3Upload& upload) { return send(sign(upload)); }

  static std::string text_in(const std::string& document, const std::string& element) {
    const auto start = document.find("<" + element + ">");
    if (start == std::string::npos) return {};
    const auto text = start + element.size() + 2;
    return document.substr(text, document.find("</" + element + ">", text) - text);
  }
  /// "403 AccessDenied"
  static std::string outcome(const http::Response& response) {
    return std::to_string(response.status) + " " + text_in(http::body_of(response), "Code");
  }
  std::string refusal(const S3Upload& upload) { return outcome(put(upload)); }
  bool stored(std::string_view key = kS3Key) { return memory_.head(key, {}).has_value(); }
  std::string stored_text(std::string_view key = kS3Key) {
    const auto object = memory_.get(key, {});
    return object ? std::string(object->begin(), object->end()) : "";
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  live::FlakySessionStore store_;
  testing::MemoryObjectStore memory_{{.clock = &clock_}};
  testing::MemoryJobQueue jobs_{{.clock = &clock_}};
  std::optional<net::Credentials> operator_key_ = net::Credentials{"OPERATOR", "OPERATORSECRET"};
  EndpointOptions config_{
      .bucket = "bucket",
      .region = "eu-west-1",
      .upload_group = server::upload_group,
      .reserved_path = [](std::string_view path) { return path.starts_with("/stream/"); },
      .allows_origin = [](std::string_view origin) { return origin == "https://app.example.com"; },
      .on_bad_signature = [this](const http::RequestHead&) { ++bad_signatures_; }};
  int bad_signatures_ = 0;
  std::optional<testing::FaultInjectingObjectStore> faults_;
  std::optional<live::ChunkIngest> ingest_;
  std::optional<server::ObjectAccess> access_;
  std::optional<Endpoint> api_;
};

}  // namespace streamkit::s3
