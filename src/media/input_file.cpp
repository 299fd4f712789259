#include "media/input_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <streamkit/media/media_file.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "media/decoder_list.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/packet_scan.hpp"

namespace streamkit::media {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_mp4(const AVInputFormat& format) {
  return std::string_view(format.name).find("mp4") != npos;
}

std::string seconds_text(std::chrono::milliseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g s", static_cast<double>(time.count()) / 1000);
  return text.data();
}

}  // namespace

InputFile::~InputFile() { avformat_close_input(&context_); }

Result<std::unique_ptr<InputFile>> InputFile::open(const std::filesystem::path& path,
                                                   const InputOptions& options) {
  std::unique_ptr<InputFile> file(new InputFile(options));
  file->name_ = input_name(path);
  file->from_url_ = is_url(path);
  const bool pipe = !file->from_url_ && is_input_pipe(path);
  auto opened = pipe ? file->open_pipe(path) : file->open_named(path);
  return finish_opening(std::move(file), std::move(opened));
}

Result<std::unique_ptr<InputFile>> InputFile::open_live(const std::string& url,
                                                        const InputOptions& options) {
  const auto access = live_access(url);
  if (!access) {
    return Error{ErrorCode::InvalidArgument,
                 "'" + url.substr(0, url.find_first_of(":?#")) +
                     "' is not a scheme of live streams: give a URL of " + live_schemes()};
  }
  std::unique_ptr<InputFile> file(new InputFile(options));
  file->name_ = input_name(url);
  file->url_ = url;
  file->from_url_ = true;
  file->live_ = true;
  file->wait_at_most(options.open_timeout);
  auto opened = file->open_stream(url, *access);
  return finish_opening(std::move(file), std::move(opened));
}

Result<std::unique_ptr<InputFile>> InputFile::open_device(const DeviceAddress& device,
                                                          const InputOptions& options) {
  std::unique_ptr<InputFile> file(new InputFile(options));
  file->name_ = "'" + device.name + "'";
  file->live_ = true;
  file->wait_at_most(options.open_timeout);
  Options own;
  for (const auto& [name, value] : device.options) own.set(name.c_str(), value);
  auto opened = file->open_format(device.name, *device.format, InputAccess::Device, own);
  return finish_opening(std::move(file), std::move(opened));
}

Result<std::unique_ptr<InputFile>> InputFile::finish_opening(std::unique_ptr<InputFile> file,
                                                             Result<void> opened) {
  if (opened) return file;
  if (file->stopped()) return Error{ErrorCode::Cancelled, "reading cancelled"};
  if (auto failure = failure_of(file->named_, file->name_)) return *std::move(failure);
  if (!file->is_overdue()) return opened.error();
  return Error{ErrorCode::Timeout, "cannot open " + file->name_ +
                                       ": it sent nothing that can be "
                                       "played in " +
                                       seconds_text(file->options_.open_timeout)};
}

Result<std::unique_ptr<InputFile>> InputFile::open_again() const {
  if (path_.empty() && bytes_ == nullptr)
    return Error{ErrorCode::Unsupported, name_ + " can be read only once"};
  InputOptions options;
  options.tracks = options_.tracks;
  options.allow_sound_only = options_.allow_sound_only;
  options.start_at_zero = true;
  options.allow_playlists = options_.allow_playlists;
  return bytes_ == nullptr ? open(path_, options) : open(bytes_, options);
}

Result<void> InputFile::open_stream(const std::string& url, InputAccess access) {
  if (access == InputAccess::Web) return open_io(url, access);
  const bool is_rtsp = std::string_view(url).substr(0, 4) == "rtsp";
  if (!is_rtsp) return open_io(url, access);
  Options options;
  const AVInputFormat* format = av_find_input_format("rtsp");
  if (format == nullptr) {
    return Error{ErrorCode::Unsupported, "this FFmpeg does not know RTSP"};
  }
  return open_format(url, *format, access, options);
}

Result<void> InputFile::open_pipe(const std::filesystem::path& path) {
  auto pipe = PipeIo::open_input(path, options_.stop);
  if (!pipe) return pipe.error();
  pipe_ = std::move(*pipe);
  return open_container({}, *pipe_->io(), InputAccess::Nothing);
}

Result<void> InputFile::open_named(const std::filesystem::path& path) {
  if (from_url_) return open_io(path.string(), InputAccess::Web);
  const std::filesystem::path named = path == "-" ? "/dev/stdin" : path;
  std::error_code failure;
  const auto status = std::filesystem::status(named, failure);
  if (failure == std::errc::permission_denied) {
    return Error{ErrorCode::PermissionDenied,
                 "cannot open " + name_ + ": permission denied for its folder"};
  }
  if (!std::filesystem::exists(status)) {
    return Error{ErrorCode::NotFound, "there is no file " + name_};
  }
  if (std::filesystem::is_directory(status)) {
    return Error{ErrorCode::InvalidArgument, name_ + " is a folder, not a media file"};
  }
  path_ = named;
  // "file:" prevents FFmpeg from reading a name such as "a:b.mp4" as a protocol.
  return open_io("file:" + named.string(), access());
}

InputAccess InputFile::access() const noexcept {
  return options_.allow_playlists ? InputAccess::LocalFiles : InputAccess::Nothing;
}

Result<void> InputFile::open_io(const std::string& url, InputAccess access) {
  Options options;
  const char* protocols = live_ ? live_protocols(url) : allowed_protocols(access);
  options.set("protocol_whitelist", from_url_ ? protocols : "file");
  if (from_url_ && set_web_options(options.in_out()) < 0) return out_of_memory();
  if (live_) options.set("overrun_nonfatal", "1");  // of UDP: lost packets are a gap, not the end
  const AVIOInterruptCB callback = interrupt();
  AVIOContext* io = nullptr;
  const int code = avio_open2(&io, url.c_str(), AVIO_FLAG_READ, &callback, options.in_out());
  if (code < 0) return cannot_open(code);
  url_io_.reset(io);
  return open_container(url, *io, access);
}

Result<std::unique_ptr<InputFile>> InputFile::open(Bytes bytes, const InputOptions& options) {
  return open(std::make_shared<const Bytes>(std::move(bytes)), options);
}

Result<std::unique_ptr<InputFile>> InputFile::open(std::shared_ptr<const Bytes> bytes,
                                                   const InputOptions& options) {
  std::unique_ptr<InputFile> file(new InputFile(options));
  file->name_ = "the media data";
  file->bytes_ = std::move(bytes);
  if (options.limits) {
    if (auto scanned = scan_packets(*file->bytes_, *options.limits); !scanned) {
      return scanned.error();
    }
  }
  auto memory = MemoryIo::open(*file->bytes_);
  if (!memory) return memory.error();
  file->memory_ = std::move(*memory);
  if (auto opened = file->open_container({}, *file->memory_->io(), InputAccess::Upload); !opened) {
    return opened.error();
  }
  if (auto fetched = file->fetch_all(); !fetched) return fetched.error();
  return file;
}

AVIOInterruptCB InputFile::interrupt() noexcept {
  return {[](void* file) {
            const auto* input = static_cast<const InputFile*>(file);
            return input->stopped() || input->is_overdue() ? 1 : 0;
          },
          this};
}

int InputFile::open_named_media(AVFormatContext* context, AVIOContext** io, const char* url,
                                int flags, AVDictionary** options) {
  const int code = open_on_the_web(context, io, url, flags, options);
  auto& file = *static_cast<InputFile*>(context->interrupt_callback.opaque);
  if (code == AVERROR_EXIT || file.url_ == url) return code;  // interrupted; the playlist once more
  if (code >= 0) ++file.named_.opened;
  if (code < 0) file.named_.failed = url;
  if (code < 0) file.named_.failed_code = code;
  return code;
}

bool InputFile::stopped() const noexcept { return stop_.stop_requested(); }

void InputFile::wait_at_most(std::chrono::milliseconds time) noexcept {
  deadline_.reset();
  if (time.count() > 0) deadline_ = std::chrono::steady_clock::now() + time;
}

bool InputFile::is_overdue() const noexcept {
  return deadline_ && std::chrono::steady_clock::now() > *deadline_;
}

bool InputFile::is_segmented() const noexcept {
  const std::string_view format = context_->iformat->name;
  return format == "hls" || format == "dash";
}

bool InputFile::is_finite() const noexcept {
  if (is_segmented() || context_->pb == nullptr) return context_->duration > 0;
  return avio_size(context_->pb) > 0;
}

std::optional<Error> InputFile::failure() const {
  if (end_code_ == 0 || end_code_ == AVERROR_EOF) return {};
  if (end_code_ == AVERROR(ETIMEDOUT)) {
    return Error{ErrorCode::Timeout,
                 name_ + " sent nothing for " + seconds_text(options_.read_timeout)};
  }
  return ffmpeg_error(end_code_, "reading " + name_ + " failed");
}

Result<void> InputFile::open_container(const std::string& url, AVIOContext& io,
                                       InputAccess access) {
  context_ = avformat_alloc_context();
  if (context_ == nullptr) return out_of_memory();
  make_quiet(*context_);
  const auto format = find_format(io, *context_, url, name_);
  if (!format) return format.error();
  if (auto checked = check_format(**format, access); !checked) return checked;
  context_->pb = &io;
  Options options;
  return open_format(url, **format, access, options);
}

// The one place that opens containers, of whatever origin.
Result<void> InputFile::open_format(const std::string& url, const AVInputFormat& format,
                                    InputAccess access, Options& options) {
  if (context_ == nullptr) context_ = avformat_alloc_context();
  if (context_ == nullptr) return out_of_memory();
  make_quiet(*context_);
  restrict_opening(*context_, access);
  if (from_url_ || live_) context_->interrupt_callback = interrupt();
  if (access == InputAccess::Web) {
    context_->io_open = &open_named_media;
    named_.playlist = describe_playlist(format);
  }
  if (access == InputAccess::Device) context_->flags |= AVFMT_FLAG_NONBLOCK;
  if (live_ && from_url_) set_live_options(options, url);
  options.set("protocol_whitelist", live_ ? live_protocols(url) : allowed_protocols(access));
  options.set("format_whitelist",
              access == InputAccess::Device ? format.name : allowed_formats(access));
  if (options_.limits) {
    options.set("codec_whitelist", decoder_whitelist(options_.limits->policy));
  }
  if (const int code = avformat_open_input(&context_, url.c_str(), &format, options.in_out());
      code < 0) {
    return cannot_open(code);
  }
  if (auto checked = check_order(); !checked) return checked;
  if (auto found = find_tracks(); !found) return found;
  if (auto chosen = choose_tracks(); !chosen) return chosen;
  if (auto checked = check_limits(); !checked) return checked;
  open_timeline();
  return check_frame_size();
}

Result<void> InputFile::find_tracks() {
  // A device states its format; what it sends is not to be lost.
  const bool is_device = live_ && !from_url_;
  const bool stated =
      is_device && context_->nb_streams == 1 && context_->streams[0]->codecpar->width > 0;
  if (stated) return {};
  const int code = find_stream_info_quietly(*context_, max_coded_pixels());
  if (code < 0) return ffmpeg_error(code, "cannot read the tracks of " + name_);
  return {};
}

Result<void> InputFile::check_format(const AVInputFormat& format, InputAccess access) const {
  auto checked = check_access(format, access, name_);
  if (checked || pipe_ == nullptr || !options_.allow_playlists) return checked;
  return Error{ErrorCode::Unsupported, checked.error().message + ", and not through a pipe"};
}

Error InputFile::cannot_open(int code) const {
  Error error = ffmpeg_error(code, "cannot open " + name_);
  if (code == AVERROR_INVALIDDATA) {
    error.message = "cannot open " + name_ + ": it is not a media file, or not a complete one";
  }
  // FFmpeg has no code of its own for these.
  if (from_url_ && code == AVERROR(EIO)) {
    const bool is_stream = live_ && live_access(url_) == InputAccess::Stream;
    error.message = "cannot open " + name_ + ": unknown host, " +
                    (is_stream ? "or the server rejected the connection or the stream"
                               : "or a certificate that is not trusted");
  }
  return error;
}

// An MP4 whose index is behind its media cannot be read in one go.
Result<void> InputFile::check_order() const {
  if (pipe_ == nullptr || !is_mp4(*context_->iformat)) return {};
  for (AVStream* stream : std::span(context_->streams, context_->nb_streams)) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, 0);
    if (entry == nullptr || entry->pos >= avio_tell(context_->pb)) continue;
    return Error{ErrorCode::Unsupported,
                 name_ +
                     " is a pipe, and this MP4 has its index at the end: give it as a file, or "
                     "write it with its index in front (FFmpeg: -movflags +faststart) or in "
                     "fragments"};
  }
  return {};
}

}  // namespace streamkit::media
