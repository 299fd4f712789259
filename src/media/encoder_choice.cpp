#include "media/encoder_choice.hpp"

#include <algorithm>

namespace streamkit::media {
namespace {

constexpr std::string_view kAuto = "auto";

std::string all_names() {
  std::string text;
  for (const std::string& name : encoder_names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Returns the backend of a name other than "auto".
Result<const EncoderBackend*> named_backend(const EncoderOptions& options,
                                            const VideoFormat& video) {
  const bool deep = video.pixel_format != PixelFormat::I420;
  const VideoCodec codec = deep ? VideoCodec::Hevc : options.codec;
  if (options.encoder.empty() || options.encoder == "software") return &software_backend(codec);
  const EncoderBackend* backend = find_backend(options.encoder);
  if (backend == nullptr) {
    return Error{ErrorCode::InvalidArgument,
                 "unknown encoder '" + options.encoder + "'; use auto or one of " + all_names()};
  }
  // HDR is HEVC, whatever codec is named.
  if (deep && !backend->hardware()) return &software_backend(codec);
  if (backend->codec != options.codec) {
    return Error{ErrorCode::InvalidArgument, "the encoder " + options.encoder + " writes " +
                                                 display_name(backend->codec) + ", not " +
                                                 display_name(options.codec)};
  }
  if (!deep) return backend;
  return Error{ErrorCode::Unsupported, "HDR is encoded by libx265, not by " + options.encoder +
                                           "; use the encoder auto or libx265"};
}

struct Search {
  const EncoderBackend* found = nullptr;
  double frames_per_second = 0;
  std::string reasons = {};
  bool has_device = false;
};

Search first_working(VideoCodec codec, const VideoFormat& video, const std::stop_token& stop) {
  Search search;
  for (const EncoderBackend& backend : encoder_backends()) {
    if (backend.codec != codec || !backend.hardware()) continue;
    if (avcodec_find_encoder_by_name(backend.name) == nullptr) continue;
    search.has_device = search.has_device || has_device(backend.family);
    EncoderReport report = try_encoder(backend, video, stop);
    if (report.works && report.frames_per_second < video.frame_rate.hz()) {
      report.works = false;
      report.reason = "it is slower than real time";
    }
    if (report.works) {
      search.found = &backend;
      search.frames_per_second = report.frames_per_second;
      return search;
    }
    search.reasons +=
        (search.reasons.empty() ? "" : "; ") + std::string(backend.name) + ": " + report.reason;
  }
  return search;
}

Result<const EncoderBackend*> automatic_backend(const EncoderOptions& options,
                                                const VideoFormat& video, const Context& context,
                                                const std::stop_token& stop) {
  if (video.pixel_format != PixelFormat::I420) return &software_backend(VideoCodec::Hevc);
  Search search = first_working(options.codec, video, stop);
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the choice of an encoder stopped"};
  if (search.found != nullptr) {
    context.log(
        LogLevel::Info, "a hardware encoder is used",
        {{"encoder", search.found->name},
         {"frames_per_second", std::to_string(static_cast<int>(search.frames_per_second))}});
    return search.found;
  }
  const EncoderBackend& software = software_backend(options.codec);
  if (!search.reasons.empty()) {
    // On a machine without such hardware, nothing is amiss.
    const LogLevel level = search.has_device ? LogLevel::Warning : LogLevel::Info;
    context.log(level, "no hardware encoder works; video is encoded by the processor",
                {{"encoder", software.name}, {"reasons", search.reasons}});
  }
  return &software;
}

}  // namespace

Result<const EncoderBackend*> backend_of(const EncoderOptions& options, const VideoFormat& video) {
  if (options.encoder == kAuto) return automatic_backend(options, video, {}, {});
  return named_backend(options, video);
}

Result<std::string> choose_encoder(const EncoderOptions& options, const VideoFormat& video,
                                   const Context& context, std::stop_token stop) {
  if (options.encoder == kAuto) {
    const auto backend = automatic_backend(options, video, context, stop);
    if (!backend) return backend.error();
    return std::string((*backend)->name);
  }
  const auto backend = named_backend(options, video);
  if (!backend) return backend.error();
  // What the processor does needs no trial, and takes its time on a busy machine.
  if (!(*backend)->hardware()) return std::string((*backend)->name);
  const EncoderReport report = try_encoder(**backend, video, stop);
  if (stop.stop_requested()) return Error{ErrorCode::Cancelled, "the choice of an encoder stopped"};
  if (report.works) return report.name;
  return Error{ErrorCode::Unsupported,
               "the encoder " + report.name + " does not work here: " + report.reason +
                   "; use the encoder auto or " + encoder_name((*backend)->codec)};
}

std::vector<EncoderReport> probe_encoders(VideoCodec codec, const VideoFormat& format,
                                          std::stop_token stop) {
  std::vector<EncoderReport> reports;
  for (const EncoderBackend& backend : encoder_backends()) {
    if (backend.codec == codec) reports.push_back(try_encoder(backend, format, stop));
  }
  return reports;
}

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const EncoderBackend& backend : encoder_backends()) names.emplace_back(backend.name);
  return names;
}

Result<VideoCodec> codec_of_encoder(std::string_view name) {
  const EncoderBackend* backend = find_backend(name);
  if (backend != nullptr) return backend->codec;
  return Error{ErrorCode::InvalidArgument,
               "unknown encoder '" + std::string(name) + "'; use auto or one of " + all_names()};
}

}  // namespace streamkit::media
