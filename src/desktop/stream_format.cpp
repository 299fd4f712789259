#include "desktop/stream_format.hpp"

#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/param.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>

#include <algorithm>

namespace streamkit::desktop {
namespace {

struct NamedLayout {
  std::uint32_t format;
  PixelLayout layout;
};

// The first one needs no conversion, and is preferred.
constexpr std::array<NamedLayout, 10> kLayouts = {{
    {SPA_VIDEO_FORMAT_BGRx, {4, 2, 1, 0}},
    {SPA_VIDEO_FORMAT_BGRA, {4, 2, 1, 0}},
    {SPA_VIDEO_FORMAT_RGBx, {4, 0, 1, 2}},
    {SPA_VIDEO_FORMAT_RGBA, {4, 0, 1, 2}},
    {SPA_VIDEO_FORMAT_xRGB, {4, 1, 2, 3}},
    {SPA_VIDEO_FORMAT_ARGB, {4, 1, 2, 3}},
    {SPA_VIDEO_FORMAT_xBGR, {4, 3, 2, 1}},
    {SPA_VIDEO_FORMAT_ABGR, {4, 3, 2, 1}},
    {SPA_VIDEO_FORMAT_BGR, {3, 2, 1, 0}},
    {SPA_VIDEO_FORMAT_RGB, {3, 0, 1, 2}},
}};

constexpr spa_rectangle kUsualSize{1280, 720};
constexpr spa_rectangle kLeastSize{1, 1};
constexpr spa_rectangle kMostSize{8192, 8192};
constexpr spa_fraction kAsItChanges{0, 1};
constexpr spa_fraction kMostRate{1000, 1};
constexpr spa_fraction kLeastRate{1, 1000};

spa_pod_builder builder_in(ParameterStorage& storage) {
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, storage.data(), storage.size());
  return builder;
}

const spa_pod* finish(spa_pod_builder& builder, spa_pod_frame& frame) {
  return static_cast<const spa_pod*>(spa_pod_builder_pop(&builder, &frame));
}

void add_formats(spa_pod_builder& builder) {
  spa_pod_frame choice{};
  spa_pod_builder_prop(&builder, SPA_FORMAT_VIDEO_format, 0);
  spa_pod_builder_push_choice(&builder, &choice, SPA_CHOICE_Enum, 0);
  spa_pod_builder_id(&builder, kLayouts.front().format);  // the default comes first
  for (const NamedLayout& one : kLayouts) spa_pod_builder_id(&builder, one.format);
  spa_pod_builder_pop(&builder, &choice);
}

const spa_pod* meta_parameter(spa_pod_builder& builder, std::uint32_t type, std::size_t bytes) {
  spa_pod_frame object{};
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
  spa_pod_builder_add(&builder, SPA_PARAM_META_type, SPA_POD_Id(type), SPA_PARAM_META_size,
                      SPA_POD_Int(static_cast<int>(bytes)), 0);
  return finish(builder, object);
}

}  // namespace

std::optional<PixelLayout> layout_of(std::uint32_t spa_format) {
  const auto* found = std::find_if(kLayouts.begin(), kLayouts.end(), [&](const NamedLayout& one) {
    return one.format == spa_format;
  });
  return found == kLayouts.end() ? std::nullopt : std::optional(found->layout);
}

const spa_pod* offered_formats(FrameRate most_frames, ParameterStorage& storage) {
  spa_pod_builder builder = builder_in(storage);
  const spa_fraction most{static_cast<std::uint32_t>(most_frames.num),
                          static_cast<std::uint32_t>(most_frames.den)};
  spa_pod_frame object{};
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder_add(&builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
                      SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), 0);
  add_formats(builder);
  spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size,
                      SPA_POD_CHOICE_RANGE_Rectangle(&kUsualSize, &kLeastSize, &kMostSize),
                      SPA_FORMAT_VIDEO_framerate,
                      SPA_POD_CHOICE_RANGE_Fraction(&kAsItChanges, &kAsItChanges, &kMostRate),
                      SPA_FORMAT_VIDEO_maxFramerate,
                      SPA_POD_CHOICE_RANGE_Fraction(&most, &kLeastRate, &most), 0);
  return finish(builder, object);
}

std::optional<StreamFormat> parse_stream_format(const spa_pod* format) {
  std::uint32_t type = 0;
  std::uint32_t subtype = 0;
  spa_video_info_raw info{};
  if (spa_format_parse(format, &type, &subtype) < 0 || type != SPA_MEDIA_TYPE_video ||
      subtype != SPA_MEDIA_SUBTYPE_raw || spa_format_video_raw_parse(format, &info) < 0) {
    return std::nullopt;
  }
  const auto layout = layout_of(info.format);
  const bool sized = info.size.width >= 1 && info.size.height >= 1 &&
                     info.size.width <= kMostSize.width && info.size.height <= kMostSize.height;
  if (!layout || !sized) return std::nullopt;
  return StreamFormat{static_cast<int>(info.size.width), static_cast<int>(info.size.height),
                      *layout};
}

std::array<const spa_pod*, 4> buffer_parameters(ParameterStorage& storage) {
  constexpr int kShared = 1 << SPA_DATA_MemPtr | 1 << SPA_DATA_MemFd;
  spa_pod_builder builder = builder_in(storage);
  spa_pod_frame object{};
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
  spa_pod_builder_add(&builder, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(4, 2, 8),
                      SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(kShared), 0);
  const spa_pod* buffers = finish(builder, object);
  return {buffers, meta_parameter(builder, SPA_META_Header, sizeof(spa_meta_header)),
          meta_parameter(builder, SPA_META_VideoCrop, sizeof(spa_meta_region)),
          meta_parameter(builder, SPA_META_VideoTransform, sizeof(spa_meta_videotransform))};
}

}  // namespace streamkit::desktop
