#pragma once

#include <cstdint>
#include <optional>
#include <streamkit/core/result.hpp>
#include <streamkit/rtmp/server_session.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "rtmp/amf0.hpp"
#include "rtmp/chunk_reader.hpp"
#include "rtmp/handshake.hpp"
#include "rtmp/media_receiver.hpp"
#include "rtmp/stream_name.hpp"

namespace streamkit::rtmp {

/// What ServerSession does; its functions are described there.
class SessionProtocol {
 public:
  explicit SessionProtocol(const ServerSessionOptions& options);
  // The media receiver refers to members.
  SessionProtocol(const SessionProtocol&) = delete;
  SessionProtocol& operator=(const SessionProtocol&) = delete;

  std::vector<Event> receive(ByteView bytes);
  Bytes take_output() { return std::exchange(output_, {}); }
  std::vector<Event> accept_publish();
  void reject_publish(PublishRejection rejection, std::string_view reason);
  void close(std::string_view reason);
  void ping(std::uint32_t timestamp_ms);
  [[nodiscard]] bool closed() const noexcept { return state_ == State::Closed; }
  [[nodiscard]] SessionStatistics statistics() const;

 private:
  enum class State { Handshake, Connecting, Connected, Deciding, Publishing, Closed };
  // A command: its name, its transaction, its arguments after the command object.
  struct Command {
    std::string name;
    double transaction = 0;
    AmfValue object = {};
    AmfValue::Array arguments = {};
    std::uint32_t stream_id = 0;
  };

  void process(std::vector<Event>& events);
  Result<std::size_t> process_some(ByteView bytes, std::vector<Event>& events);
  void acknowledge();
  void fail(Error error, std::vector<Event>& events);

  Result<void> handle(const Message& message, std::vector<Event>& events);
  Result<void> handle_control(const Message& message);
  Result<void> handle_command(const Message& message, std::vector<Event>& events);
  Result<void> handle_connected_command(const Command& command, std::vector<Event>& events);
  void respond_to_call(const Command& command);
  Result<void> connect(const Command& command, std::vector<Event>& events);
  Result<void> create_stream(const Command& command);
  Result<void> publish(const Command& command, std::vector<Event>& events);
  void unpublish(std::string_view reason_code, std::vector<Event>& events);

  const ServerSessionOptions options_;
  SessionStatistics statistics_;
  State state_ = State::Handshake;
  Handshake handshake_;
  ChunkReader chunks_;
  // What came and is not processed yet.
  Bytes input_;
  Bytes output_;
  std::uint64_t acknowledged_bytes_ = 0;
  std::uint32_t window_bytes_;

  std::string app_;
  QueryParameters connect_parameters_;
  std::uint32_t streams_ = 0;
  std::uint32_t published_stream_ = 0;
  std::optional<MediaReceiver> media_;
};

}  // namespace streamkit::rtmp
