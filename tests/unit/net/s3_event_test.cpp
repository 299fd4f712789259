#include <gtest/gtest.h>

#include <streamkit/net/s3_event.hpp>

namespace streamkit::net {
namespace {

TEST(S3Event, PrintsTheNotificationOfS3) {
  EXPECT_EQ(make_object_created_event("bucket", "a/b c+d.mp4", 42,
                                      WallTime{std::chrono::seconds(1'369'353'600)}),
            R"({"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"",)"
            R"("eventTime":"2013-05-24T00:00:00.000Z","eventName":"ObjectCreated:Put",)"
            R"("s3":{"s3SchemaVersion":"1.0",)"
            R"("bucket":{"name":"bucket","arn":"arn:aws:s3:::bucket"},)"
            R"("object":{"key":"a/b+c%2Bd.mp4","size":42}}}]})");
}

TEST(S3Event, ReadsWhatItPrints) {
  for (const char* key : {"stream_input/s/chunk_00000.mp4", "a b+c%d=e&f", "\xe1\x88\xb4/%20"}) {
    const auto created = parse_s3_event(make_object_created_event("b", key, 7, {}));
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_EQ(*created, (std::vector<ObjectCreated>{{"b", key, 7}}));
  }
}

TEST(S3Event, SurvivesABucketThatIsNoText) {
  EXPECT_TRUE(parse_s3_event(make_object_created_event("\xff", "k", 1, {})));
}

TEST(S3Event, GivesEveryRecordInOrder) {
  const auto created = parse_s3_event(R"({"Records":[
      {"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"1"}}},
      {"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"2"}}},
      {"eventName":"s3:ObjectCreated:CompleteMultipartUpload",
       "s3":{"bucket":{"name":"b"},"object":{"key":"3","size":9}}},
      {"eventName":"s3:ObjectRestore:Post"}]})");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(*created, (std::vector<ObjectCreated>{{"b", "1", 0}, {"b", "3", 9}}));
}

TEST(S3Event, FindsNothingInATestEvent) {
  const auto created =
      parse_s3_event(R"({"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"})");
  ASSERT_TRUE(created);
  EXPECT_TRUE(created->empty());
  EXPECT_TRUE(parse_s3_event(R"({"Records":[]})")->empty());
}

TEST(S3Event, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {R"({"Records":)", "not a JSON object"},
      {"{}", "Records"},
      {R"({"Event":"other"})", "Records"},
      {R"({"Records":{}})", "Records"},
      {R"({"Records":[1]})", "Records[0].eventName"},
      {R"({"Records":[{"eventName":"ObjectCreated:Put"}]})", "Records[0].s3.bucket.name"},
      {R"({"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"}}}]})",
       "Records[0].s3.object.key"},
      {R"({"Records":[{"eventName":"ObjectCreated:Put",
           "s3":{"bucket":{"name":"b"},"object":{"key":1}}}]})",
       "Records[0].s3.object.key"},
      {R"({"Records":[{"eventName":"ObjectCreated:Put",
           "s3":{"bucket":{"name":"b"},"object":{"key":"%4"}}}]})",
       "Records[0].s3.object.key"},
  };
  for (const auto& [json, reason] : cases) {
    const auto created = parse_s3_event(json);
    ASSERT_FALSE(created) << json;
    EXPECT_EQ(created.error().code, ErrorCode::CorruptData);
    EXPECT_NE(created.error().message.find(reason), std::string::npos) << created.error().message;
  }
}

TEST(S3Event, SurvivesDeepNesting) { EXPECT_FALSE(parse_s3_event(std::string(100'000, '['))); }

}  // namespace
}  // namespace streamkit::net
