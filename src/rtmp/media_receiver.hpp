#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <streamkit/core/result.hpp>
#include <streamkit/rtmp/server_session.hpp>
#include <vector>

#include "rtmp/media_tag.hpp"
#include "rtmp/message.hpp"
#include "rtmp/timeline.hpp"
#include "rtmp/video_config.hpp"

namespace streamkit::rtmp {

/// Turns the media messages of one published stream into events.
class MediaReceiver {
 public:
  MediaReceiver(const ServerSessionOptions& options, SessionStatistics& statistics) noexcept
      : options_(options), statistics_(statistics) {}

  /// Takes an audio, video or aggregate message. Errors: Unsupported (a codec).
  Result<void> receive(const Message& message, std::vector<Event>& events);
  /// Ends the stream: what was held back comes out.
  void finish(std::vector<Event>& events);

 private:
  // Which of the tracks of a kind is taken; the others are counted.
  struct Selection {
    std::optional<std::uint8_t> id;
    std::bitset<256> extra;
  };

  Result<void> receive_media(MessageType type, std::uint32_t timestamp_ms, ByteView body,
                             std::vector<Event>& events);
  Result<void> receive_aggregate(const Message& message, std::vector<Event>& events);
  bool select(TrackKind kind, const MediaTag& tag);
  void forget(TrackKind kind);
  void place(TrackKind kind, std::uint32_t timestamp_ms, std::vector<Event>& events);

  Result<void> receive_video(const MediaTag& tag, std::vector<Event>& events);
  Result<VideoCodec> video_codec(std::string_view name) const;
  void receive_video_config(VideoCodec codec, ByteView payload);
  void receive_video_frame(const MediaTag& tag, std::vector<Event>& events);
  void use_config(VideoConfig config, std::vector<Event>& events);

  Result<void> receive_audio(const MediaTag& tag, std::vector<Event>& events);
  Result<void> receive_audio_config(ByteView payload, std::vector<Event>& events);
  void receive_audio_frame(const MediaTag& tag, std::vector<Event>& events);

  void emit(Packet packet, std::vector<Event>& events);
  void hold(Event event, std::size_t bytes);
  void emit_change(bool video, bool audio, std::vector<Event>& events);
  void announce_if_due(std::vector<Event>& events);
  void announce(std::vector<Event>& events);
  [[nodiscard]] Tracks tracks() const;

  const ServerSessionOptions& options_;
  SessionStatistics& statistics_;

  Timeline timeline_;
  VideoClock video_clock_;
  AudioClock audio_clock_;
  // The place of the message that is being read.
  MediaTime now_{0};
  std::optional<MediaTime> first_;

  Selection video_tracks_;
  Selection audio_tracks_;
  std::optional<VideoConfig> video_;
  // Announced by a sequence header; used from the next keyframe on.
  std::optional<VideoConfig> next_video_;
  bool has_keyframe_ = false;
  std::optional<AudioTrack> audio_;

  bool announced_ = false;
  // The configuration of the video that was announced; empty: none was.
  Bytes announced_record_;
  std::vector<Event> held_;
  std::size_t held_bytes_ = 0;
};

}  // namespace streamkit::rtmp
