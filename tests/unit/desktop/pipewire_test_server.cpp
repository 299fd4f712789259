#include "pipewire_test_server.hpp"

#include <gtest/gtest.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/param.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>
#include <stdlib.h>

#include <array>
#include <chrono>
#include <streamkit/core/file_descriptor.hpp>
#include <thread>

#include "portal_test_server.hpp"

namespace streamkit::desktop {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kStep{5};

bool wait_for(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

int stride_of(const TestPicture& picture) {
  return picture.width_px * layout_of(picture.format)->bytes + picture.padding_bytes;
}

const spa_pod* meta(spa_pod_builder& builder, std::uint32_t type, std::size_t bytes) {
  spa_pod_frame object{};
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
  spa_pod_builder_add(&builder, SPA_PARAM_META_type, SPA_POD_Id(type), SPA_PARAM_META_size,
                      SPA_POD_Int(static_cast<int>(bytes)), 0);
  return static_cast<const spa_pod*>(spa_pod_builder_pop(&builder, &object));
}

}  // namespace

PipewireTestServer::PipewireTestServer() {
  std::string folder =
      (std::filesystem::temp_directory_path() / "streamkit-pipewire-XXXXXX").string();
  if (::mkdtemp(folder.data()) != nullptr) folder_ = folder;
  const auto start = [&](const char* program) {
    std::vector<std::string> command = {"env"};
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}) {
      command.push_back(std::string(name) + "=" + folder_.string());
    }
    command.emplace_back(program);
    return std::make_unique<TestProgram>(command);
  };
  pipewire_ = start("pipewire");
  const bool started = wait_for([&] {
    const FileDescriptor connection(connect_to_socket(socket()));
    return connection.get() >= 0;
  });
  EXPECT_TRUE(started) << "PipeWire does not start; scripts/packages.sh names its package";
  wireplumber_ = start("wireplumber");
}

PipewireTestServer::~PipewireTestServer() {
  end();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PipewireTestServer::end() {
  wireplumber_.reset();
  pipewire_.reset();
}

TestCast::TestCast(const PipewireTestServer& server, const TestPicture& picture)
    : loop_(pw_thread_loop_new("compositor", nullptr)),
      context_(pw_context_new(pw_thread_loop_get_loop(loop_.get()), nullptr, 0)),
      picture_(picture) {
  EXPECT_EQ(pw_thread_loop_start(loop_.get()), 0);
  const PipewireLock lock(loop_.get());
  core_.reset(
      pw_context_connect_fd(context_.get(), connect_to_socket(server.socket()), nullptr, 0));
  if (!core_) {
    ADD_FAILURE() << "no connection to PipeWire";
    return;
  }
  stream_.reset(pw_stream_new(core_.get(), "compositor",
                              pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", nullptr)));
  pw_stream_add_listener(stream_.get(), &listener_, &events(), this);
  offer(true);
}

TestCast::~TestCast() {
  pw_thread_loop_stop(loop_.get());
  if (stream_) spa_hook_remove(&listener_);
}

void TestCast::offer(bool connects) {
  ParameterStorage storage;
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, storage.data(), storage.size());
  spa_video_info_raw info{};
  info.format = static_cast<spa_video_format>(picture_.format);
  info.size = {static_cast<std::uint32_t>(picture_.width_px),
               static_cast<std::uint32_t>(picture_.height_px)};
  const spa_pod* format = spa_format_video_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
  if (!connects) {
    pw_stream_update_params(stream_.get(), &format, 1);
    return;
  }
  const int flags = PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS;
  EXPECT_GE(pw_stream_connect(stream_.get(), PW_DIRECTION_OUTPUT, PW_ID_ANY,
                              static_cast<pw_stream_flags>(flags), &format, 1),
            0);
}

const pw_stream_events& TestCast::events() {
  static const pw_stream_events events = [] {
    pw_stream_events made{};
    made.version = PW_VERSION_STREAM_EVENTS;
    made.param_changed = [](void* self, std::uint32_t id, const spa_pod* parameter) {
      if (id != SPA_PARAM_Format) return;
      auto* cast = static_cast<TestCast*>(self);
      cast->has_format_ = parameter != nullptr;
      if (cast->has_format_) cast->use_format();
    };
    return made;
  }();
  return events;
}

void TestCast::use_format() {
  ParameterStorage storage;
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, storage.data(), storage.size());
  spa_pod_frame object{};
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
  const int stride = stride_of(picture_);
  spa_pod_builder_add(&builder, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(4, 2, 8),
                      SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
                      SPA_POD_Int(stride * picture_.height_px), SPA_PARAM_BUFFERS_stride,
                      SPA_POD_Int(stride), SPA_PARAM_BUFFERS_dataType,
                      SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd), 0);
  std::array<const spa_pod*, 4> parameters = {
      static_cast<const spa_pod*>(spa_pod_builder_pop(&builder, &object)),
      meta(builder, SPA_META_Header, sizeof(spa_meta_header)),
      meta(builder, SPA_META_VideoCrop, sizeof(spa_meta_region)),
      meta(builder, SPA_META_VideoTransform, sizeof(spa_meta_videotransform))};
  pw_stream_update_params(stream_.get(), parameters.data(), parameters.size());
}

std::uint32_t TestCast::node() {
  std::uint32_t number = PW_ID_ANY;
  EXPECT_TRUE(wait_for([&] {
    const PipewireLock lock(loop_.get());
    number = pw_stream_get_node_id(stream_.get());
    return number != PW_ID_ANY;
  }));
  return number;
}

void TestCast::change(const TestPicture& picture) {
  const PipewireLock lock(loop_.get());
  picture_ = picture;
  has_format_ = false;
  offer(false);
}

bool TestCast::send(const std::function<std::uint32_t(int x, int y)>& color_at) {
  return wait_for([&] {
    const PipewireLock lock(loop_.get());
    return fill(color_at);
  });
}

bool TestCast::fill(const std::function<std::uint32_t(int x, int y)>& color_at) {
  if (!has_format_ || pw_stream_get_state(stream_.get(), nullptr) != PW_STREAM_STATE_STREAMING) {
    return false;
  }
  pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get());
  if (buffer == nullptr) return false;
  const PixelLayout layout = *layout_of(picture_.format);
  spa_data& data = buffer->buffer->datas[0];
  const int stride = stride_of(picture_);
  for (int y = 0; y < picture_.height_px; ++y) {
    auto* row = static_cast<std::uint8_t*>(data.data) + static_cast<std::ptrdiff_t>(y) * stride;
    for (int x = 0; x < picture_.width_px; ++x, row += layout.bytes) {
      const std::uint32_t color = color_at(x, y);
      row[layout.red] = static_cast<std::uint8_t>(color >> 16);
      row[layout.green] = static_cast<std::uint8_t>(color >> 8);
      row[layout.blue] = static_cast<std::uint8_t>(color);
    }
  }
  *data.chunk = {0, static_cast<std::uint32_t>(stride * picture_.height_px), stride, 0};
  const auto stated = [&](std::uint32_t type, std::size_t bytes) {
    return spa_buffer_find_meta_data(buffer->buffer, type, bytes);
  };
  if (auto* region =
          static_cast<spa_meta_region*>(stated(SPA_META_VideoCrop, sizeof(spa_meta_region)))) {
    const ImagePart& part = picture_.part;
    region->region = {
        {part.x, part.y},
        {static_cast<std::uint32_t>(part.width_px), static_cast<std::uint32_t>(part.height_px)}};
  }
  if (auto* turn = static_cast<spa_meta_videotransform*>(
          stated(SPA_META_VideoTransform, sizeof(spa_meta_videotransform)))) {
    turn->transform = picture_.transform;
  }
  return pw_stream_queue_buffer(stream_.get(), buffer) >= 0;
}

}  // namespace streamkit::desktop
