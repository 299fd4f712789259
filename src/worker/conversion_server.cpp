#include <sys/socket.h>

#include <streamkit/worker/isolated_converter.hpp>

#include "worker/child_process.hpp"
#include "worker/conversion_messages.hpp"
#include "worker/message_channel.hpp"
#include "worker/sandbox.hpp"
#include "worker/wire.hpp"

namespace streamkit::worker {
namespace {

Result<Bytes> ask_segment_before(MessageChannel& channel) {
  if (auto sent = channel.send(MessageType::AskSegmentBefore, {}); !sent) return sent.error();
  auto answer = channel.receive(kMaxMessageBytes);
  if (!answer) return answer.error();
  return std::move(answer->body);
}

Bytes convert(const ChunkConverter& converter, MessageChannel& channel, ConversionRequest request) {
  ConversionHooks hooks;
  hooks.keep_alive = [] {};  // the worker watches the process itself
  hooks.stream = [&request] { return request.stream; };
  if (request.has_segment_before) {
    hooks.segment_before = [&channel] { return ask_segment_before(channel).value_or(Bytes{}); };
  }
  hooks.opened = [&channel] { (void)channel.send(MessageType::Opened, {}); };
  return write_reply(converter.convert(std::move(request.bytes), request.mode, request.place,
                                       request.kind, hooks, {}));
}

Bytes fill(const ChunkConverter& converter, ConversionRequest request) {
  FillerParts parts;
  parts.stream = request.stream.value_or(StreamFormat{});
  parts.chunk = std::move(request.bytes);
  parts.keep_alive = [] {};
  return write_reply(converter.filler(request.place, request.mode, std::move(parts), {}));
}

Bytes reply_to(const ChunkConverter& converter, MessageChannel& channel,
               ConversionRequest request) {
  switch (request.operation) {
    case Operation::Convert:
      return convert(converter, channel, std::move(request));
    case Operation::Filler:
      return fill(converter, std::move(request));
    case Operation::FormatOf:
      return write_reply(converter.format_of(std::move(request.bytes), request.mode, {}));
    case Operation::StoredFormat:
      return write_reply(converter.stored_format(std::move(request.bytes), {}));
  }
  return write_error({ErrorCode::Internal, "unknown operation"});
}

constexpr VideoFormat kSdrSample{.width_px = 128, .height_px = 96};
constexpr VideoFormat kHdrSample{.width_px = 128,
                                 .height_px = 96,
                                 .pixel_format = PixelFormat::I420P10,
                                 .matrix = ColorMatrix::Bt2020,
                                 .primaries = ColorPrimaries::Bt2020,
                                 .transfer = ColorTransfer::Pq};

// Converts a short black segment, so that tables are filled, libraries loaded and files read.
// `depth` is the source that a session may choose.
Result<void> convert_sample(const ChunkConverter& converter, const VideoFormat& format,
                            std::optional<DepthSource> depth = {}) {
  constexpr StereoMode kMode = StereoMode::HalfSbs;
  const SegmentPlace place{.chunk_duration = std::chrono::milliseconds(500),
                           .stereo = {.depth = depth}};
  FillerParts parts;
  parts.stream.video = format;
  parts.keep_alive = [] {};
  auto sample = converter.filler(place, kMode, std::move(parts), {});
  if (!sample) return sample.error();
  const ConversionHooks hooks{[] {}, {}, {}};
  auto converted = converter.convert(std::move(sample->file.data), kMode, place,
                                     SegmentKind::Converted, hooks, {});
  if (!converted) return converted.error();
  return {};
}

// Returns what the sandbox lacks. HDR is prepared, but most streams are SDR: a process that has too
// little memory for HDR, or an FFmpeg without libx265, does not prevent the start.
Result<std::string> begin(const ChunkConverter& converter, const SandboxOptions& options) {
  if (auto warm = convert_sample(converter, kSdrSample); !warm) return warm.error();
  (void)convert_sample(converter, kHdrSample);
  for (const auto depth :
       {DepthSource::Auto, DepthSource::Network, DepthSource::Cues, DepthSource::Onnx}) {
    if (auto warm = convert_sample(converter, kSdrSample, depth); !warm) return warm.error();
  }
  auto lacks = enter_sandbox(options);
  if (!lacks) return lacks;
  if (auto works = convert_sample(converter, kSdrSample); !works) {
    return works.error().with_context("conversions do not work in the sandbox");
  }
  return lacks;
}

bool has_socket() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(kChildSocket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

Result<SandboxOptions> receive_options(MessageChannel& channel) {
  const auto message = channel.receive(kMaxMessageBytes);
  if (!message) return message.error();
  WireReader reader(message->body);
  SandboxOptions options;
  options.max_memory_bytes = reader.number();
  options.uses_devices = reader.boolean();
  if (message->type == MessageType::Begin && reader.is_complete()) return options;
  return Error{ErrorCode::Unsupported, "the worker is of another version"};
}

Error report(MessageChannel& channel, Error error) {
  (void)channel.send(MessageType::StartFailed, write_error(error));
  return error;
}

}  // namespace

Result<void> serve_conversions(
    const std::function<Result<std::unique_ptr<ChunkConverter>>()>& create) {
  if (!has_socket()) {
    return Error{ErrorCode::InvalidArgument,
                 "only a worker starts this command, for its conversions"};
  }
  prepare_conversion_process();
  MessageChannel channel(kChildSocket);
  const auto options = receive_options(channel);
  if (!options) return options.error();
  const auto converter = create();
  if (!converter) return report(channel, converter.error());
  const auto lacks = begin(**converter, *options);
  if (!lacks) return report(channel, lacks.error());
  WireWriter ready;
  ready.text(*lacks);
  if (auto sent = channel.send(MessageType::Ready, ready.take()); !sent) return {};
  for (;;) {
    auto message = channel.receive(kMaxMessageBytes);
    if (!message) return {};
    auto request = read_request(message->body);
    message->body = {};
    const Bytes reply = request ? reply_to(**converter, channel, *std::move(request))
                                : write_error(request.error());
    if (auto sent = channel.send(MessageType::Reply, reply); !sent) return {};
  }
}

}  // namespace streamkit::worker
