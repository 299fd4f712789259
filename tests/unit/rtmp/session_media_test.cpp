// What publishers send besides well-formed, steadily increasing media.
#include <gtest/gtest.h>

#include "rtmp/publisher.hpp"
#include "rtmp/video_headers.hpp"

namespace streamkit::rtmp {
namespace {

TEST(SessionMediaTest, TracksComeBeforeTheirPackets) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  client.sound(3);
  client.frame(33, 33);
  const auto& events = client.events();
  ASSERT_EQ(events.size(), 4);
  const auto& tracks = std::get<TracksKnown>(events[0]).tracks;
  EXPECT_EQ(tracks.video->format.width_px, 64);
  EXPECT_EQ(tracks.video->codec_config, avc_record());
  EXPECT_EQ(tracks.audio->format.sample_rate_hz, 44'100);
  const auto& first = std::get<Packet>(events[1]);
  EXPECT_TRUE(first.keyframe);
  EXPECT_EQ(first.data, access_unit({{0x65, 1, 2, 3}}));
  const auto& audio = std::get<Packet>(events[2]);
  EXPECT_EQ(audio.track, TrackKind::Audio);
  EXPECT_EQ(audio.duration, from_ticks(1024, 1, 44'100));
  EXPECT_EQ(audio.data, (Bytes{0x21, 0x10, 4}));
  const auto& second = std::get<Packet>(events[3]);
  EXPECT_FALSE(second.keyframe);
  EXPECT_EQ(ms(second.dts), 33);
  EXPECT_EQ(ms(second.pts), 66);
  EXPECT_EQ(ms(second.duration), 33);
}

TEST(SessionMediaTest, AStreamWithOneTrackBeginsAfter1500Milliseconds) {
  PublishingSession video;
  video.video(0, avc_header_body(avc_record()));
  for (std::uint32_t ms = 0; ms < 1500; ms += 100) ms == 0 ? video.keyframe(ms) : video.frame(ms);
  EXPECT_TRUE(video.events().empty());
  video.frame(1500);
  const auto known = all_of<TracksKnown>(video.events());
  ASSERT_EQ(known.size(), 1);
  EXPECT_TRUE(known[0].tracks.video);
  EXPECT_FALSE(known[0].tracks.audio);
  EXPECT_EQ(all_of<Packet>(video.events()).size(), 16);

  PublishingSession audio;
  audio.audio(0, aac_header_body({0x12, 0x10}));
  for (std::uint32_t ms = 0; ms <= 1500; ms += 20) audio.sound(ms);
  EXPECT_EQ(all_of<Packet>(audio.events()).size(), 76);
}

TEST(SessionMediaTest, AShortStreamWithOneTrackComesOutAtItsEnd) {
  PublishingSession client;
  client.video(0, avc_header_body(avc_record()));
  client.keyframe(0);
  client.receive(command_bytes({"deleteStream", 0.0, AmfValue(), 1.0}));
  ASSERT_EQ(client.events().size(), 3);
  EXPECT_TRUE(std::holds_alternative<TracksKnown>(client.events()[0]));
  EXPECT_TRUE(std::holds_alternative<Unpublished>(client.events()[2]));
}

TEST(SessionMediaTest, ATrackThatComesLateIsAChange) {
  PublishingSession client;
  client.video(0, avc_header_body(avc_record()));
  client.keyframe(0);
  client.frame(1600);
  client.audio(1600, aac_header_body({0x12, 0x10}));
  client.sound(1610);
  const auto changed = all_of<TracksChanged>(client.events());
  ASSERT_EQ(changed.size(), 1);
  EXPECT_TRUE(changed[0].audio_changed);
  EXPECT_FALSE(changed[0].video_changed);
  EXPECT_TRUE(changed[0].tracks.video && changed[0].tracks.audio);
}

TEST(SessionMediaTest, TheSameSequenceHeaderAgainIsNothing) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  client.headers();
  client.frame(33);
  client.keyframe(66);
  EXPECT_TRUE(all_of<TracksChanged>(client.events()).empty());
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 3);
}

TEST(SessionMediaTest, AnotherSequenceHeaderCountsFromTheNextKeyframeOn) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  client.video(33, avc_header_body(avc_record({.width_px = 128, .height_px = 96})));
  client.frame(33);
  EXPECT_TRUE(all_of<TracksChanged>(client.events()).empty());
  client.keyframe(66);
  client.frame(100);
  const auto& events = client.events();
  const auto& changed = std::get<TracksChanged>(events.at(3));
  EXPECT_TRUE(changed.video_changed);
  EXPECT_FALSE(changed.audio_changed);
  EXPECT_EQ(changed.tracks.video->format.width_px, 128);
  EXPECT_TRUE(std::get<Packet>(events.at(4)).keyframe);
  EXPECT_EQ(events.size(), 6);
}

TEST(SessionMediaTest, ParameterSetsInBandAreAChange) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  const Bytes sets = avc_sequence_set({.width_px = 128, .height_px = 96});
  for (const std::uint32_t ms : {33U, 66U}) {
    // The old header before each keyframe changes nothing: what is in band counts.
    client.video(ms, avc_header_body(avc_record()));
    client.video(ms, avc_frame_body(access_unit({sets, {0x65, 1}}), true));
  }
  const auto changed = all_of<TracksChanged>(client.events());
  ASSERT_EQ(changed.size(), 1);
  EXPECT_EQ(changed[0].tracks.video->format.width_px, 128);
}

TEST(SessionMediaTest, AChangeBeforeTheTracksAreKnownIsAChangeAfterwards) {
  PublishingSession client;
  client.video(0, avc_header_body(avc_record()));
  client.keyframe(0);
  client.video(33, avc_header_body(avc_record({.width_px = 128, .height_px = 96})));
  client.keyframe(33);
  const auto& events = client.events();
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(std::get<TracksKnown>(events[0]).tracks.video->format.width_px, 64);
  EXPECT_EQ(std::get<TracksChanged>(events[2]).tracks.video->format.width_px, 128);
}

TEST(SessionMediaTest, AnotherAudioHeaderCountsImmediately) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  client.sound(0);
  client.audio(20, aac_header_body({0x11, 0x90}));
  client.sound(23);
  const auto& changed = std::get<TracksChanged>(client.events().at(3));
  EXPECT_TRUE(changed.audio_changed);
  EXPECT_EQ(changed.tracks.audio->format.sample_rate_hz, 48'000);
}

TEST(SessionMediaTest, FramesThatCannotBeDecodedAreCounted) {
  PublishingSession client;
  client.keyframe(0);  // before a header
  client.sound(0);
  client.headers();
  client.frame(33);  // before a keyframe
  client.keyframe(66);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 1);
  EXPECT_EQ(client.session().statistics().undecodable_packets, 3);
}

TEST(SessionMediaTest, AnEmptySequenceHeaderIsFollowedByTheRealOne) {
  PublishingSession client;
  client.video(0, avc_header_body({}));
  client.audio(0, aac_header_body({}));
  client.headers();
  client.keyframe(0);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 1);
  EXPECT_EQ(client.session().statistics().damaged_messages, 0);
}

TEST(SessionMediaTest, DamagedHeadersAndFramesAreCounted) {
  PublishingSession client;
  client.video(0, avc_header_body({1, 2, 3}));
  client.audio(0, aac_header_body({0x17, 0x10}));
  client.headers();
  client.keyframe(0);
  client.video(33, avc_frame_body({0, 0, 9, 9, 1}, false));
  client.video(66, {0x91, 'a'});
  client.frame(100);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 2);
  EXPECT_EQ(client.session().statistics().damaged_messages, 4);
}

TEST(SessionMediaTest, AudioWithoutContentIsSilence) {
  PublishingSession client;
  client.headers();
  client.audio(0, {});
  client.audio(20, {0xAF, 1});
  client.sound(40);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 1);
  EXPECT_EQ(client.session().statistics().silence_messages, 2);
  EXPECT_EQ(client.session().statistics().damaged_messages, 0);
}

TEST(SessionMediaTest, ReadsAggregateMessages) {
  PublishingSession client;
  client.headers();
  const auto part = [](MessageType type, std::uint32_t time, const Bytes& body, bool last) {
    Bytes bytes = {static_cast<std::uint8_t>(type)};
    append_number(bytes, body.size(), 3);
    append_number(bytes, time & 0xFFFFFF, 3);
    append_number(bytes, time >> 24, 1);
    append_number(bytes, 0, 3);
    append_bytes(bytes, body);
    if (!last) append_number(bytes, body.size() + 11, 4);
    return bytes;
  };
  // The times of the parts are relative to that of the first.
  const Bytes payload = joined(
      {part(MessageType::Video, 7000, avc_frame_body(access_unit({{0x65, 1}}), true), false),
       part(MessageType::DataAmf0, 7000, {2, 0, 1, 'x'}, false),
       part(MessageType::Audio, 7010, aac_frame_body({1}), false),
       part(MessageType::Video, 7033, avc_frame_body(access_unit({{0x41, 1}}), false), true)});
  client.receive(message_bytes(MessageType::Aggregate, 500, payload));
  const auto packets = all_of<Packet>(client.events());
  ASSERT_EQ(packets.size(), 3);
  EXPECT_EQ(ms(packets[0].dts), 500);
  EXPECT_EQ(ms(packets[1].dts), 510);
  EXPECT_EQ(ms(packets[2].dts), 533);
  client.receive(message_bytes(MessageType::Aggregate, 600, {9, 0, 0, 99}));
  EXPECT_EQ(client.session().statistics().damaged_messages, 1);
}

TEST(SessionMediaTest, TimesContinueOverTheOverflow) {
  for (const std::uint32_t limit : {0x1000000U, 0x80000000U, 0U}) {
    for (const bool half : {false, true}) {
      PublishingSession client;
      client.headers();
      std::vector<std::int64_t> expected;
      for (int i = 0; i < 20; ++i) {
        std::uint32_t time = limit - 330 + static_cast<std::uint32_t>(33 * i);
        if (half) time &= 0x7FFFFFFF;
        i % 10 == 0 ? client.keyframe(time) : client.frame(time);
        client.sound(time);
      }
      const auto video = packets_of(client.events(), TrackKind::Video);
      ASSERT_EQ(video.size(), 20);
      EXPECT_EQ(packets_of(client.events(), TrackKind::Audio).size(), 20);
      for (std::size_t i = 1; i < video.size(); ++i) {
        EXPECT_EQ(ms(video[i].dts - video[i - 1].dts), 33);
      }
      EXPECT_TRUE(all_of<TimelineBroken>(client.events()).empty());
      EXPECT_EQ(client.session().statistics().moved_timestamps, 0);
    }
  }
}

TEST(SessionMediaTest, AJumpIsMarked) {
  PublishingSession client;
  client.headers();
  client.keyframe(1000);
  client.frame(1033);
  client.keyframe(61'000);
  client.frame(61'033);
  const auto& events = client.events();
  EXPECT_EQ(ms(std::get<TimelineBroken>(events.at(3)).jump), 59'967);
  EXPECT_GT(std::get<Packet>(events.at(4)).dts, std::get<Packet>(events.at(2)).dts);
  EXPECT_EQ(ms(std::get<Packet>(events.at(5)).dts - std::get<Packet>(events.at(4)).dts), 33);
  EXPECT_EQ(client.session().statistics().timeline_breaks, 1);
}

TEST(SessionMediaTest, ATimeThatGoesBackIsMoved) {
  PublishingSession client;
  client.headers();
  client.keyframe(100);
  client.frame(99);
  client.frame(133);
  const auto video = packets_of(client.events(), TrackKind::Video);
  ASSERT_EQ(video.size(), 3);
  EXPECT_GT(video[1].dts, video[0].dts);
  EXPECT_EQ(ms(video[2].dts), 133);
  EXPECT_EQ(client.session().statistics().moved_timestamps, 1);
}

TEST(SessionMediaTest, ExtraTracksAreCountedAndSkipped) {
  PublishingSession client;
  client.headers();
  client.keyframe(0);
  const auto extra = [](int type, std::uint8_t id, const Bytes& body) {
    return joined({{0x96, static_cast<std::uint8_t>(type), 'a', 'v', 'c', '1', id}, body});
  };
  client.video(0, extra(0, 1, avc_record({.width_px = 32})));
  client.video(0, extra(1, 1, joined({{0, 0, 0}, access_unit({{0x65, 1}})})));
  // A track of a codec that cannot be carried is only an extra one.
  client.video(0, joined({{0x96, 0x00, 'v', 'v', 'c', '1', 2}, {1}}));
  client.frame(33);
  EXPECT_EQ(all_of<Packet>(client.events()).size(), 2);
  EXPECT_TRUE(all_of<TracksChanged>(client.events()).empty());
  EXPECT_EQ(client.session().statistics().extra_tracks, 2);
  EXPECT_EQ(client.session().statistics().extra_track_messages, 3);
}

TEST(SessionMediaTest, TrackZeroIsTakenAlthoughAnotherCameFirst) {
  PublishingSession client;
  const auto tracks = [](int type, std::uint8_t first, std::uint8_t second, const Bytes& a,
                         const Bytes& b) {
    Bytes body = {0x96, static_cast<std::uint8_t>(0x10 | type), 'a', 'v', 'c', '1'};
    for (const auto& [id, bytes] : {std::pair(first, a), std::pair(second, b)}) {
      body.push_back(id);
      append_number(body, bytes.size(), 3);
      append_bytes(body, bytes);
    }
    return body;
  };
  client.video(0, tracks(0, 1, 0, avc_record({.width_px = 32}), avc_record()));
  client.video(0, tracks(3, 1, 0, access_unit({{0x65, 1}}), access_unit({{0x65, 2}})));
  client.audio(0, aac_header_body({0x12, 0x10}));
  ASSERT_EQ(client.events().size(), 2);
  EXPECT_EQ(std::get<TracksKnown>(client.events()[0]).tracks.video->format.width_px, 64);
  EXPECT_EQ(std::get<Packet>(client.events()[1]).data, access_unit({{0x65, 2}}));
  EXPECT_EQ(client.session().statistics().extra_tracks, 1);
}

TEST(SessionMediaTest, TimestampsMayHaveNanoseconds) {
  PublishingSession client;
  client.headers();
  client.video(10, joined({{0x97, 2, 0x07, 0xA1, 0x20, 0x03, 'a', 'v', 'c', '1'},
                           access_unit({{0x65, 1}})}));
  EXPECT_EQ(all_of<Packet>(client.events()).at(0).dts, from_ticks(10'500'000, 1, 1'000'000'000));
}

TEST(SessionMediaTest, CarriesEnhancedHevcAndAv1) {
  PublishingSession hevc;
  hevc.video(0, joined({{0x90, 'h', 'v', 'c', '1'}, hevc_record(64, 48)}));
  hevc.audio(0, joined({{0x90, 'm', 'p', '4', 'a'}, {0x12, 0x10}}));
  hevc.video(0, joined({{0x91, 'h', 'v', 'c', '1', 0, 0, 40}, access_unit({{0x26, 1, 5}})}));
  hevc.audio(0, joined({{0x91, 'm', 'p', '4', 'a'}, {1, 2}}));
  const auto packets = all_of<Packet>(hevc.events());
  ASSERT_EQ(packets.size(), 2);
  EXPECT_EQ(ms(packets[0].pts - packets[0].dts), 40);
  EXPECT_EQ(std::get<TracksKnown>(hevc.events()[0]).tracks.video->codec, "hevc");

  PublishingSession av1;
  av1.video(0, joined({{0x90, 'a', 'v', '0', '1'}, av1_record(640, 360)}));
  av1.audio(0, aac_header_body({0x12, 0x10}));
  av1.video(0, {0x91, 'a', 'v', '0', '1', 0x12, 0, 0x32, 1, 7});
  EXPECT_EQ(all_of<Packet>(av1.events()).at(0).data, (Bytes{0x32, 1, 7}));
  EXPECT_EQ(std::get<TracksKnown>(av1.events()[0]).tracks.video->codec, "av1");
}

TEST(SessionMediaTest, RejectsCodecsThatCannotBeCarried) {
  const std::pair<Bytes, std::string> messages[] = {
      {{0x12, 1, 2}, "Sorenson H.263 cannot be carried: send H.264, HEVC or AV1"},
      {{0x90, 'v', 'p', '0', '9', 1}, "vp09 cannot be carried: send H.264, HEVC or AV1"},
      {{0x90, 'v', '\n', '\0', '9', 1}, "v??9 cannot be carried: send H.264, HEVC or AV1"}};
  for (const auto& [body, reason] : messages) {
    PublishingSession client;
    client.video(0, body);
    ASSERT_EQ(client.events().size(), 1);
    const auto& error = std::get<SessionFailed>(client.events()[0]).error;
    EXPECT_EQ(error.code, ErrorCode::Unsupported);
    EXPECT_EQ(error.message, reason);
    EXPECT_TRUE(client.session().closed());
    const auto commands = sent_commands(client.session().take_output(), false);
    ASSERT_EQ(commands.size(), 1);
    EXPECT_EQ(commands[0][3].find_text("level"), "error");
    EXPECT_EQ(commands[0][3].find_text("description"), reason);
  }
  for (const Bytes& body : {Bytes{0x2F, 1, 2}, Bytes{0x90, 'O', 'p', 'u', 's', 1}}) {
    PublishingSession client;
    client.audio(0, body);
    const auto& error = std::get<SessionFailed>(client.events().at(0)).error;
    EXPECT_NE(error.message.find("send AAC"), std::string::npos);
  }
}

TEST(SessionMediaTest, RejectsWhatTheApplicationDoesNotCarry) {
  ServerSessionOptions options;
  options.hevc = false;
  PublishingSession client(options);
  client.video(0, joined({{0x90, 'h', 'v', 'c', '1'}, hevc_record(64, 48)}));
  EXPECT_EQ(std::get<SessionFailed>(client.events().at(0)).error.message,
            "hvc1 cannot be carried: send H.264 or AV1");
}

// onMetaData may be an object, an array, AMF 3, rubbish, or absent: it is not used.
TEST(SessionMediaTest, MetadataIsNotBelieved) {
  Bytes object;
  append_amf(object, "@setDataFrame");
  append_amf(object, "onMetaData");
  append_amf(object, AmfValue::Object{{"width", 4.0}});
  PublishingSession client;
  client.receive(message_bytes(MessageType::DataAmf0, 0, object));
  client.receive(message_bytes(MessageType::DataAmf0, 0, {2, 0, 10, 8, 0xFF, 0xFF, 0xFF, 0xFF}));
  client.receive(message_bytes(MessageType::DataAmf3, 0, {0, 2, 0, 1, 'x', 0x11, 0x0A, 0x0B, 1}));
  client.receive(message_bytes(MessageType::DataAmf3, 0, {}));
  client.receive(message_bytes(MessageType::SharedObjectAmf0, 0, {1, 2, 3}));
  client.headers();
  client.keyframe(0);
  EXPECT_EQ(std::get<TracksKnown>(client.events().at(0)).tracks.video->format.width_px, 64);
}

}  // namespace
}  // namespace streamkit::rtmp
