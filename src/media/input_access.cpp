#include "media/input_access.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <streamkit/core/text.hpp>
#include <string_view>

#include "media/ffmpeg_error.hpp"

extern "C" {
#include <libavutil/avstring.h>
}

namespace streamkit::media {
namespace {

/// Where a container gets its media from.
enum class Holds {
  Media,         ///< Its own bytes.
  FileNames,     ///< Files that it names.
  FileNamesWeb,  ///< Files or URLs that it names, as players of live streams read them.
  Other          ///< A network connection, a device, or what a script does.
};

struct Referring {
  std::string_view format;
  Holds holds;
  const char* description;
};

// By the names of FFmpeg's demuxers. What is missing here can still open nothing: see
// restrict_opening().
constexpr std::array<Referring, 12> kReferring = {{
    {"hls", Holds::FileNamesWeb, "an HLS playlist"},
    {"dash", Holds::FileNamesWeb, "a DASH manifest"},
    {"concat", Holds::FileNames, "a list of files to join (ffconcat)"},
    {"imf", Holds::FileNames, "an IMF composition"},
    {"vobsub", Holds::FileNames, "a VobSub index"},
    {"webm_dash_manifest", Holds::Other, "a WebM DASH manifest"},
    {"sdp", Holds::Other, "a session description (SDP)"},
    {"rtsp", Holds::Other, "a stream of RTSP"},
    {"rtp", Holds::Other, "a stream of RTP"},
    {"sap", Holds::Other, "a stream of SAP"},
    {"avisynth", Holds::Other, "an AviSynth script"},
    {"vapoursynth", Holds::Other, "a VapourSynth script"},
}};

// The containers of uploads: all hold their own media.
constexpr const char* kUploadFormats = "mov,mp4,matroska,webm,mpegts";

constexpr const char* kWebProtocols = "http,https,httpproxy,tcp,tls,crypto,data";

struct LiveScheme {
  std::string_view name;
  InputAccess access;
  const char* protocols;
};

// The schemes of live streams, each with the protocols below it and no other.
constexpr std::array<LiveScheme, 9> kLiveSchemes = {{
    {"http", InputAccess::Web, kWebProtocols},
    {"https", InputAccess::Web, kWebProtocols},
    {"rtmp", InputAccess::Stream, "rtmp,tcp"},
    {"rtmps", InputAccess::Stream, "rtmps,tls,tcp"},
    {"rtsp", InputAccess::Stream, "rtsp,rtp,udp,tcp"},
    {"rtsps", InputAccess::Stream, "rtsps,rtp,udp,tls,tcp"},
    {"srt", InputAccess::Stream, "srt"},
    {"tcp", InputAccess::Stream, "tcp"},
    {"udp", InputAccess::Stream, "udp"},
}};

const LiveScheme* find_live_scheme(std::string_view url) {
  const std::size_t end = url.find("://");
  if (end == std::string_view::npos) return nullptr;
  const auto* found = std::ranges::find(kLiveSchemes, url.substr(0, end), &LiveScheme::name);
  return found == kLiveSchemes.end() ? nullptr : found;
}

const Referring* find_referring(const AVInputFormat& format) {
  const auto* found =
      std::ranges::find(kReferring, std::string_view(format.name), &Referring::format);
  return found == kReferring.end() ? nullptr : found;
}

Holds what_it_holds(const AVInputFormat& format) {
  if (const Referring* referring = find_referring(format)) return referring->holds;
  return (format.flags & AVFMT_NOFILE) != 0 ? Holds::Other : Holds::Media;
}

constexpr bool may_open_others(InputAccess access) noexcept {
  return access == InputAccess::LocalFiles || access == InputAccess::Web;
}

bool may_open(Holds holds, InputAccess access) {
  switch (holds) {
    case Holds::Media:
      return true;
    case Holds::FileNames:
      return access == InputAccess::LocalFiles;
    case Holds::FileNamesWeb:
      return may_open_others(access);
    case Holds::Other:
      return false;
  }
  return false;
}

std::string list_formats(InputAccess access) {
  std::string names;
  void* position = nullptr;
  while (const AVInputFormat* format = av_demuxer_iterate(&position)) {
    if (!may_open(what_it_holds(*format), access)) continue;
    if (!names.empty()) names += ',';
    names += format->name;
  }
  return names;
}

int open_nothing(AVFormatContext* /*context*/, AVIOContext** io, const char* /*url*/, int /*flags*/,
                 AVDictionary** /*options*/) {
  *io = nullptr;
  return AVERROR(EACCES);
}

// FFmpeg's own way to open what a playlist names: the same for every context.
using OpenIo = int (*)(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**);
std::atomic<OpenIo> open_as_usual = nullptr;

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

}  // namespace

bool is_url(const std::filesystem::path& path) {
  const std::string& text = path.native();
  return begins_with(text, "http://") || begins_with(text, "https://");
}

std::optional<InputAccess> live_access(const std::string& url) {
  const LiveScheme* scheme = find_live_scheme(url);
  if (scheme == nullptr) return {};
  return scheme->access;
}

std::string live_schemes() {
  std::string names;
  for (const LiveScheme& scheme : kLiveSchemes) {
    names += (names.empty() ? "" : ", ") + std::string(scheme.name);
  }
  return names;
}

const char* live_protocols(const std::string& url) noexcept {
  const LiveScheme* scheme = find_live_scheme(url);
  return scheme == nullptr ? "none" : scheme->protocols;
}

std::string input_name(const std::filesystem::path& path) {
  if (path == "-") return "standard input";
  std::string text = path.string();
  if (find_live_scheme(text) != nullptr) {
    text.resize(std::min(text.find_first_of("?#"), text.size()));
    const std::size_t host = text.find("//") + 2;
    const std::size_t at = text.substr(0, text.find('/', host)).rfind('@');
    if (at != std::string::npos) text.erase(host, at + 1 - host);
  }
  return "'" + text + "'";
}

const char* allowed_protocols(InputAccess access) noexcept {
  switch (access) {
    case InputAccess::Upload:
    case InputAccess::Nothing:
    case InputAccess::Stream:  // see live_protocols()
    case InputAccess::Device:
      return "none";  // no protocol has this name
    case InputAccess::LocalFiles:
      return "file,crypto,data";
    case InputAccess::Web:
      return kWebProtocols;
  }
  return "none";
}

const std::string& allowed_formats(InputAccess access) {
  static const std::string kNothing = list_formats(InputAccess::Nothing);
  static const std::string kLocalFiles = list_formats(InputAccess::LocalFiles);
  static const std::string kWeb = list_formats(InputAccess::Web);
  static const std::string kUpload(kUploadFormats);
  // RTSP is the only stream that is not bytes of a container.
  static const std::string kStream = kNothing + ",rtsp";
  if (access == InputAccess::Upload) return kUpload;
  if (access == InputAccess::LocalFiles) return kLocalFiles;
  if (access == InputAccess::Stream) return kStream;
  return access == InputAccess::Web ? kWeb : kNothing;
}

Result<const AVInputFormat*> find_format(AVIOContext& io, AVFormatContext& log,
                                         const std::string& name, const std::string& shown_name) {
  // What FFmpeg takes for a numbered sequence of images, by a name, is one image: by its content.
  for (const char* hint : {name.c_str(), ""}) {
    const AVInputFormat* format = nullptr;
    const int code = av_probe_input_buffer2(&io, &format, hint, &log, 0, 0);
    if (code == AVERROR_INVALIDDATA) break;
    if (code < 0) return ffmpeg_error(code, "cannot read " + shown_name);
    if (std::string_view(format->name) != "image2") return format;
  }
  return Error{ErrorCode::CorruptData,
               "cannot open " + shown_name + ": it is not a media file, or not a complete one"};
}

Result<void> check_access(const AVInputFormat& format, InputAccess access,
                          const std::string& shown_name) {
  if (access == InputAccess::Upload) {
    if (av_match_list(format.name, kUploadFormats, ',') > 0) return {};
    return Error{ErrorCode::Unsupported,
                 "cannot open " + shown_name +
                     ": its container is not one of MP4, MOV, Matroska, WebM and MPEG-TS"};
  }
  const Holds holds = what_it_holds(format);
  if (may_open(holds, access)) return {};
  const Referring* referring = find_referring(format);
  std::string text =
      shown_name + " is " + (referring != nullptr ? referring->description : format.long_name);
  if (holds == Holds::Other) {
    text +=
        "; it reads from the network, a device or a program, which is not supported: give a media "
        "file";
  } else if (access == InputAccess::Stream) {
    text += ", which is not played over this protocol: give its http or https URL";
  } else if (access == InputAccess::Web) {
    text +=
        ", which is read from disk only: download it, or give the URL of an HLS playlist, a DASH "
        "manifest or a media file";
  } else {
    text += "; it opens other files: give --allow-playlists if you trust it";
  }
  return Error{ErrorCode::Unsupported, std::move(text)};
}

int set_web_options(AVDictionary** options) noexcept {
  const int code = av_dict_set(options, "tls_verify", "1", 0);
  return code < 0 ? code : av_dict_set(options, "rw_timeout", "30000000", 0);
}

void set_live_options(Options& options, const std::string& url) {
  // The position of a playlist that RFC 8216, section 6.3.3, asks of players.
  options.set("live_start_index", "-3");
  const LiveScheme* scheme = find_live_scheme(url);
  if (scheme != nullptr && scheme->name.substr(0, 4) == "rtsp") {
    options.set("rtsp_flags", "prefer_tcp");
  }
}

// Playlists hand on only some of the options with which they were opened.
int open_on_the_web(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                    AVDictionary** options) {
  AVDictionary* own = nullptr;
  AVDictionary** all = options != nullptr ? options : &own;
  int code = set_web_options(all);
  if (code >= 0) code = open_as_usual.load()(context, io, url, flags, all);
  av_dict_free(&own);
  return code;
}

std::string describe_playlist(const AVInputFormat& format) {
  const Referring* referring = find_referring(format);
  const bool names_media = referring != nullptr && referring->holds != Holds::Other;
  return names_media ? referring->description : "";
}

std::optional<Error> failure_of(const NamedMedia& named, const std::string& shown_name) {
  if (named.playlist.empty()) return {};
  const std::string what = "cannot open " + shown_name + ": " + named.playlist;
  if (named.failed.empty() && named.opened > 0) return {};
  if (named.failed.empty()) {
    return Error{ErrorCode::CorruptData,
                 what +
                     " that names nothing which can be opened; it is empty or damaged, or names "
                     "something else than http and https URLs"};
  }
  const std::string name = printable(input_name(named.failed));
  if (!is_url(named.failed)) {
    return Error{ErrorCode::Unsupported, what + " that names " + name +
                                             "; it may name http and https URLs and nothing else"};
  }
  return ffmpeg_error(named.failed_code, what + " that names " + name + ", which cannot be opened");
}

void restrict_opening(AVFormatContext& context, InputAccess access) noexcept {
  if (access == InputAccess::Web) {
    open_as_usual = context.io_open;
    context.io_open = &open_on_the_web;
  } else if (!may_open_others(access)) {
    context.io_open = &open_nothing;
  }
}

}  // namespace streamkit::media
