#include "desktop/pipewire_stream.hpp"

#include <spa/buffer/meta.h>
#include <spa/param/param.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace streamkit::desktop {
namespace {

Error pipewire_error(const std::string& what, int number) {
  return {ErrorCode::Unavailable,
          what + ": " + std::generic_category().message(number) + "; is PipeWire installed?",
          "pipewire", number};
}

template <typename Meta>
const Meta* meta_of(const spa_buffer& buffer, std::uint32_t type) {
  return static_cast<const Meta*>(spa_buffer_find_meta_data(&buffer, type, sizeof(Meta)));
}

/// Whether a buffer has a picture. Some have none: only the pointer has moved, or copying failed.
bool has_picture(const spa_buffer& buffer) {
  if (buffer.n_datas < 1 || buffer.datas[0].data == nullptr) return false;
  const spa_chunk& chunk = *buffer.datas[0].chunk;
  if (chunk.size == 0 || (chunk.flags & SPA_CHUNK_FLAG_CORRUPTED) != 0) return false;
  const auto* header = meta_of<spa_meta_header>(buffer, SPA_META_Header);
  return header == nullptr || (header->flags & SPA_META_HEADER_FLAG_CORRUPTED) == 0;
}

/// When the frame was captured, if the stream states a time that can be true, or now.
CaptureTime time_of(const spa_buffer& buffer) {
  constexpr std::chrono::seconds kOldest{1};
  const CaptureTime now = std::chrono::steady_clock::now();
  const auto* header = meta_of<spa_meta_header>(buffer, SPA_META_Header);
  if (header == nullptr) return now;
  const CaptureTime stated{std::chrono::nanoseconds(header->pts)};
  return stated > now || stated < now - kOldest ? now : stated;
}

ImagePart part_of(const spa_buffer& buffer, const StreamFormat& format) {
  ImagePart part;
  if (const auto* crop = meta_of<spa_meta_region>(buffer, SPA_META_VideoCrop)) {
    const spa_region& region = crop->region;
    part = {region.position.x, region.position.y, static_cast<int>(region.size.width),
            static_cast<int>(region.size.height)};
  }
  return part_within(part, format.width_px, format.height_px);
}

ImageTurn turn_of(const spa_buffer& buffer) {
  const auto* turn = meta_of<spa_meta_videotransform>(buffer, SPA_META_VideoTransform);
  if (turn == nullptr || turn->transform > SPA_META_TRANSFORMATION_Flipped270) return {};
  return {static_cast<int>(turn->transform % 4),
          turn->transform >= SPA_META_TRANSFORMATION_Flipped};
}

/// The pixels, if all of them are within the memory.
std::optional<RawImage> image_of(const spa_data& data, const StreamFormat& format) {
  const std::int64_t row = std::int64_t{format.width_px} * format.layout.bytes;
  const std::int64_t stride = data.chunk->stride > 0 ? data.chunk->stride : row;
  const std::int64_t offset = data.chunk->offset;
  if (stride < row || offset + stride * (format.height_px - 1) + row > data.maxsize) {
    return std::nullopt;
  }
  return RawImage{static_cast<const std::uint8_t*>(data.data) + offset, format.width_px,
                  format.height_px, static_cast<int>(stride), format.layout};
}

}  // namespace

Result<std::unique_ptr<PipewireStream>> PipewireStream::connect(int remote, std::uint32_t node,
                                                                FrameRate most_frames) {
  std::unique_ptr<PipewireStream> stream(new PipewireStream());
  if (auto begun = stream->begin(remote, node, most_frames); !begun) return begun.error();
  return stream;
}

Result<void> PipewireStream::begin(int remote, std::uint32_t node, FrameRate most_frames) {
  FileDescriptor connection(remote);
  changed_ = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (changed_.get() < 0) {
    return Error{ErrorCode::ResourceExhausted, "no file descriptor is left", "posix", errno};
  }
  loop_.reset(pw_thread_loop_new("streamkit", nullptr));
  if (!loop_) return pipewire_error("PipeWire cannot be used", errno);
  context_.reset(pw_context_new(pw_thread_loop_get_loop(loop_.get()), nullptr, 0));
  if (!context_) return pipewire_error("PipeWire cannot be used", errno);
  const int started = pw_thread_loop_start(loop_.get());
  if (started < 0) return pipewire_error("PipeWire cannot be used", -started);
  const PipewireLock locked = lock();
  core_.reset(pw_context_connect_fd(context_.get(), connection.release(), nullptr, 0));
  if (!core_) return pipewire_error("there is no connection to PipeWire", errno);
  add_core_listener(core_.get(), &core_listener_, &core_events(), this);
  return begin_stream(node, most_frames);
}

Result<void> PipewireStream::begin_stream(std::uint32_t node, FrameRate most_frames) {
  stream_.reset(pw_stream_new(core_.get(), "streamkit",
                              pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY,
                                                "Capture", PW_KEY_MEDIA_ROLE, "Screen", nullptr)));
  if (!stream_) return pipewire_error("there is no stream of PipeWire", errno);
  pw_stream_add_listener(stream_.get(), &stream_listener_, &stream_events(), this);
  ParameterStorage storage;
  const spa_pod* formats = offered_formats(most_frames, storage);
  const int flags =
      PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_DONT_RECONNECT;
  const int result = pw_stream_connect(stream_.get(), PW_DIRECTION_INPUT, node,
                                       static_cast<pw_stream_flags>(flags), &formats, 1);
  if (result < 0) return pipewire_error("the stream of PipeWire cannot be connected", -result);
  return {};
}

PipewireStream::~PipewireStream() {
  // Its thread ends before what it uses.
  if (loop_) pw_thread_loop_stop(loop_.get());
  if (stream_) spa_hook_remove(&stream_listener_);
  if (core_) spa_hook_remove(&core_listener_);
}

void PipewireStream::clear() const noexcept {
  eventfd_t count = 0;
  eventfd_read(changed_.get(), &count);
}

void PipewireStream::note_change() const noexcept { eventfd_write(changed_.get(), 1); }

const pw_stream_events& PipewireStream::stream_events() {
  static const pw_stream_events events = [] {
    pw_stream_events made{};
    made.version = PW_VERSION_STREAM_EVENTS;
    made.state_changed = [](void* self, pw_stream_state, pw_stream_state state, const char* error) {
      static_cast<PipewireStream*>(self)->change_state(state, error);
    };
    made.param_changed = [](void* self, std::uint32_t id, const spa_pod* parameter) {
      if (id == SPA_PARAM_Format) static_cast<PipewireStream*>(self)->change_format(parameter);
    };
    made.remove_buffer = [](void* self, pw_buffer* buffer) {
      auto* stream = static_cast<PipewireStream*>(self);
      if (stream->newest_ == buffer) stream->newest_ = nullptr;
    };
    made.process = [](void* self) { static_cast<PipewireStream*>(self)->take_buffers(); };
    return made;
  }();
  return events;
}

const pw_core_events& PipewireStream::core_events() {
  static const pw_core_events events = [] {
    pw_core_events made{};
    made.version = PW_VERSION_CORE_EVENTS;
    made.error = [](void* self, std::uint32_t id, int, int result, const char* message) {
      if (id != PW_ID_CORE) return;  // that of the stream changes its state
      static_cast<PipewireStream*>(self)->fail(
          result == -EPIPE || message == nullptr ? "PipeWire went away" : message);
    };
    return made;
  }();
  return events;
}

void PipewireStream::fail(const std::string& reason) {
  if (failure_.empty()) failure_ = reason;
  note_change();
}

void PipewireStream::change_state(pw_stream_state state, const char* error) {
  state_ = state;
  if (state == PW_STREAM_STATE_ERROR) fail(error == nullptr ? "its stream failed" : error);
  if (state == PW_STREAM_STATE_UNCONNECTED) fail("its stream was removed");
  note_change();
}

void PipewireStream::change_format(const spa_pod* parameter) {
  if (parameter == nullptr) return;  // another one follows, or the stream ends
  format_ = parse_stream_format(parameter);
  if (!format_) return fail("the desktop sends pixels of an unknown format");
  ParameterStorage storage;
  auto parameters = buffer_parameters(storage);
  pw_stream_update_params(stream_.get(), parameters.data(),
                          static_cast<std::uint32_t>(parameters.size()));
  note_change();
}

void PipewireStream::take_buffers() {
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get())) {
    if (!has_picture(*buffer->buffer)) {
      pw_stream_queue_buffer(stream_.get(), buffer);
      continue;
    }
    release_frame();
    newest_ = buffer;
  }
  note_change();
}

void PipewireStream::release_frame() {
  if (newest_ != nullptr) pw_stream_queue_buffer(stream_.get(), newest_);
  newest_ = nullptr;
}

std::optional<StreamFrame> PipewireStream::frame() const {
  if (newest_ == nullptr || !format_) return std::nullopt;
  const spa_buffer& buffer = *newest_->buffer;
  const auto image = image_of(buffer.datas[0], *format_);
  if (!image) return std::nullopt;
  return StreamFrame{time_of(buffer), *image, part_of(buffer, *format_), turn_of(buffer)};
}

}  // namespace streamkit::desktop
