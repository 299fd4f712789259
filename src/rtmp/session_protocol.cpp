#include "rtmp/session_protocol.hpp"

#include <utility>

#include "rtmp/chunk_writer.hpp"
#include "rtmp/responses.hpp"

namespace streamkit::rtmp {
namespace {

constexpr std::size_t kMaxCommandBytes = 64 * 1024;
constexpr std::uint32_t kMaxStreams = 8;
constexpr std::size_t kMaxFourCcs = 64;

std::string_view rejection_code(PublishRejection rejection) noexcept {
  switch (rejection) {
    case PublishRejection::InUse:
      return "NetStream.Publish.BadName";
    case PublishRejection::Denied:
      return "NetStream.Publish.Denied";
    case PublishRejection::Failed:
      break;
  }
  return "NetStream.Publish.Failed";
}

bool is_media(MessageType type) noexcept {
  return type == MessageType::Audio || type == MessageType::Video || type == MessageType::Aggregate;
}

std::vector<std::string> four_ccs(const AmfValue& object) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (names.size() < kMaxFourCcs) names.push_back(name);
  };
  const AmfValue* list = object.find("fourCcList");
  if (list != nullptr && list->array() != nullptr) {
    for (const AmfValue& name : *list->array()) {
      if (name.text() != nullptr) add(*name.text());
    }
  }
  for (const std::string_view map : {"videoFourCcInfoMap", "audioFourCcInfoMap"}) {
    const AmfValue* codecs = object.find(map);
    if (codecs == nullptr || codecs->object() == nullptr) continue;
    for (const auto& codec : *codecs->object()) add(codec.first);
  }
  return names;
}

}  // namespace

SessionProtocol::SessionProtocol(const ServerSessionOptions& options)
    : options_(options),
      chunks_({.max_message_bytes = options.max_message_bytes,
               .max_partial_bytes = options.max_partial_bytes,
               .max_chunk_streams = options.max_chunk_streams}),
      window_bytes_(kWindowBytes) {}

SessionStatistics SessionProtocol::statistics() const {
  SessionStatistics statistics = statistics_;
  statistics.incomplete_messages = chunks_.incomplete_messages();
  return statistics;
}

// --- Bytes ---

std::vector<Event> SessionProtocol::receive(ByteView bytes) {
  std::vector<Event> events;
  if (state_ == State::Closed) return events;
  statistics_.received_bytes += bytes.size();
  append_bytes(input_, bytes);
  process(events);
  if (state_ == State::Deciding && input_.size() > options_.max_waiting_bytes) {
    fail({ErrorCode::ResourceExhausted, "the client sends more than " +
                                            std::to_string(options_.max_waiting_bytes) +
                                            " bytes before its publish request is decided"},
         events);
  }
  acknowledge();
  return events;
}

void SessionProtocol::process(std::vector<Event>& events) {
  std::size_t taken = 0;
  while (state_ != State::Closed && state_ != State::Deciding) {
    const auto size = process_some(ByteView(input_).subspan(taken), events);
    if (!size) {
      fail(size.error(), events);
      break;
    }
    if (*size == 0) break;
    taken += *size;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken));
}

Result<std::size_t> SessionProtocol::process_some(ByteView bytes, std::vector<Event>& events) {
  if (state_ == State::Handshake) {
    auto taken = handshake_.read(bytes, output_);
    if (handshake_.done()) state_ = State::Connecting;
    return taken;
  }
  if (bytes.empty()) return std::size_t{0};
  auto taken = chunks_.read(bytes);
  if (!taken) return taken;
  const auto message = chunks_.take_message();
  if (message) {
    if (auto handled = handle(*message, events); !handled) return handled.error();
  }
  return taken;
}

// The number of bytes, modulo 2^32. Source: RTMP 1.0, 5.4.3.
void SessionProtocol::acknowledge() {
  const bool due = statistics_.received_bytes - acknowledged_bytes_ >= window_bytes_;
  if (!due || state_ == State::Handshake || state_ == State::Closed) return;
  acknowledged_bytes_ = statistics_.received_bytes;
  append_control(output_, MessageType::Acknowledgement,
                 static_cast<std::uint32_t>(acknowledged_bytes_));
}

void SessionProtocol::fail(Error error, std::vector<Event>& events) {
  if (media_) media_->finish(events);
  close(error.message);
  events.emplace_back(SessionFailed{std::move(error)});
}

// --- Decisions of the application ---

std::vector<Event> SessionProtocol::accept_publish() {
  std::vector<Event> events;
  if (state_ != State::Deciding) return events;
  append_user_control(output_, kStreamBegin, published_stream_);
  append_status(output_, published_stream_, "status", "NetStream.Publish.Start", "publishing");
  media_.emplace(options_, statistics_);
  state_ = State::Publishing;
  process(events);
  acknowledge();
  return events;
}

void SessionProtocol::reject_publish(PublishRejection rejection, std::string_view reason) {
  if (state_ != State::Deciding) return;
  append_status(output_, published_stream_, "error", rejection_code(rejection), reason);
  state_ = State::Closed;
}

void SessionProtocol::close(std::string_view reason) {
  if (state_ == State::Publishing || state_ == State::Deciding) {
    append_status(output_, published_stream_, "error", "NetStream.Publish.Failed", reason);
  }
  state_ = State::Closed;
}

void SessionProtocol::ping(std::uint32_t timestamp_ms) {
  if (state_ == State::Handshake || state_ == State::Closed) return;
  append_user_control(output_, kPingRequest, timestamp_ms);
}

// --- Messages ---

Result<void> SessionProtocol::handle(const Message& message, std::vector<Event>& events) {
  if (static_cast<int>(message.type) <= static_cast<int>(MessageType::SetPeerBandwidth)) {
    return handle_control(message);
  }
  if (message.type == MessageType::CommandAmf0 || message.type == MessageType::CommandAmf3) {
    return handle_command(message, events);
  }
  // What publishers write into data messages is often wrong, so they are not read.
  if (!is_media(message.type)) return {};
  if (state_ == State::Publishing) return media_->receive(message, events);
  ++statistics_.undecodable_packets;
  return {};
}

Result<void> SessionProtocol::handle_control(const Message& message) {
  WireReader reader(message.payload);
  switch (message.type) {
    case MessageType::SetChunkSize:
      return chunks_.set_chunk_size(reader.u32());
    case MessageType::Abort:
      chunks_.abort(reader.u32());
      return {};
    case MessageType::WindowAcknowledgementSize: {
      const std::uint32_t bytes = reader.u32();
      // A tiny window would cost a message for each chunk.
      if (bytes >= 64 * 1024) window_bytes_ = std::min(bytes, kWindowBytes);
      return {};
    }
    case MessageType::UserControl: {
      const std::uint16_t event = reader.u16();
      if (event == kPingRequest) append_user_control(output_, kPingResponse, reader.u32());
      return {};
    }
    default:
      return {};
  }
}

Result<void> SessionProtocol::handle_command(const Message& message, std::vector<Event>& events) {
  if (message.payload.size() > kMaxCommandBytes) {
    return Error{ErrorCode::ResourceExhausted,
                 "a command exceeds the limit of " + std::to_string(kMaxCommandBytes) + " bytes"};
  }
  ByteView body = message.payload;
  // The format selector: 0 means AMF 0. Source: Enhanced RTMP v2, "AMF3-encoded Historical".
  if (message.type == MessageType::CommandAmf3 && !body.empty() && body.front() == 0) {
    body = body.subspan(1);
  }
  AmfReader reader(body);
  const auto name = reader.read();
  if (!name || name->text() == nullptr) {
    return Error{ErrorCode::CorruptData, "a command has no name"};
  }
  Command command{.name = *name->text(), .stream_id = message.stream_id};
  if (const auto transaction = reader.read(); transaction && transaction->number() != nullptr) {
    command.transaction = *transaction->number();
  }
  if (auto object = reader.read()) command.object = *std::move(object);
  while (auto argument = reader.read()) command.arguments.push_back(*std::move(argument));
  if (state_ != State::Connecting) return handle_connected_command(command, events);
  if (command.name == "connect") return connect(command, events);
  return Error{ErrorCode::CorruptData, "a command comes before connect"};
}

Result<void> SessionProtocol::handle_connected_command(const Command& command,
                                                       std::vector<Event>& events) {
  if (command.name == "createStream") return create_stream(command);
  if (command.name == "publish") return publish(command, events);
  if (command.name == "FCPublish") {
    respond_to_call(command);
    append_command(output_, 0,
                   {"onFCPublish", 0.0, AmfValue(),
                    AmfValue::Object{{"level", "status"},
                                     {"code", "NetStream.Publish.Start"},
                                     {"description", "publishing"}}});
    return {};
  }
  if (command.name == "FCUnpublish") {
    append_command(output_, 0,
                   {"onFCUnpublish", 0.0, AmfValue(),
                    AmfValue::Object{{"level", "status"},
                                     {"code", "NetStream.Unpublish.Success"},
                                     {"description", "unpublished"}}});
    unpublish({}, events);
    return {};
  }
  if (command.name == "deleteStream" || command.name == "closeStream") {
    unpublish("NetStream.Unpublish.Success", events);
    return {};
  }
  if (command.name == "play" || command.name == "play2") {
    append_status(output_, command.stream_id, "error", "NetStream.Play.StreamNotFound",
                  "this server takes streams in; it plays none by RTMP");
    return Error{ErrorCode::Unsupported, "the client wants to play by RTMP, not to publish"};
  }
  respond_to_call(command);
  return {};
}

// releaseStream, _checkbw and calls that only other servers know: their clients wait for a
// response, whatever it is. Transaction 0 asks for none.
void SessionProtocol::respond_to_call(const Command& command) {
  const bool is_response = command.name.starts_with("_result") ||
                           command.name.starts_with("_error") || command.name.starts_with("on");
  if (command.transaction == 0 || is_response) return;
  append_command(output_, 0, {"_result", command.transaction, AmfValue(), AmfValue()});
}

Result<void> SessionProtocol::connect(const Command& command, std::vector<Event>& events) {
  if (command.object.object() == nullptr) {
    return Error{ErrorCode::CorruptData, "connect has no command object in AMF 0"};
  }
  const std::string_view app = command.object.find_text("app");
  const std::string_view tc_url = command.object.find_text("tcUrl");
  app_ = split_query(app, connect_parameters_);
  while (!app_.empty() && app_.back() == '/') app_.pop_back();
  split_query(tc_url, connect_parameters_);
  const AmfValue* encoding = command.object.find("objectEncoding");
  const bool has_encoding = encoding != nullptr && encoding->number() != nullptr;
  append_connect_result(output_, command.transaction, has_encoding ? *encoding->number() : 0,
                        options_.hevc, options_.av1);
  state_ = State::Connected;
  events.emplace_back(Connected{.app = app_,
                                .tc_url = std::string(tc_url),
                                .flash_version = std::string(command.object.find_text("flashVer")),
                                .four_ccs = four_ccs(command.object)});
  return {};
}

Result<void> SessionProtocol::create_stream(const Command& command) {
  if (streams_ == kMaxStreams) {
    return Error{ErrorCode::ResourceExhausted, "the client creates too many streams"};
  }
  ++streams_;
  append_command(output_, 0,
                 {"_result", command.transaction, AmfValue(), static_cast<double>(streams_)});
  return {};
}

Result<void> SessionProtocol::publish(const Command& command, std::vector<Event>& events) {
  const std::string* name = command.arguments.empty() ? nullptr : command.arguments.front().text();
  if (state_ == State::Publishing) {
    append_status(output_, command.stream_id, "error", "NetStream.Publish.BadName",
                  "this connection publishes a stream already");
    return {};
  }
  PublishRequested request{.app = app_};
  if (name != nullptr) request.stream_name = split_query(*name, request.parameters);
  for (const auto& parameter : connect_parameters_) request.parameters.push_back(parameter);
  published_stream_ = command.stream_id;
  state_ = State::Deciding;
  events.emplace_back(std::move(request));
  return {};
}

void SessionProtocol::unpublish(std::string_view reason_code, std::vector<Event>& events) {
  if (state_ != State::Publishing) return;
  media_->finish(events);
  media_.reset();
  state_ = State::Connected;
  if (!reason_code.empty()) {
    append_status(output_, published_stream_, "status", reason_code, "unpublished");
  }
  events.emplace_back(Unpublished{});
}

}  // namespace streamkit::rtmp
