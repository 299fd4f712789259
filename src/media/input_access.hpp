#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// What an opened container may open besides its own bytes.
enum class InputAccess {
  Upload,      ///< Nothing, and only the few containers that chunks of strangers may have.
  Nothing,     ///< Nothing: it holds all that it needs. Playlists are rejected.
  LocalFiles,  ///< Playlists may name files on disk, nothing else.
  Web,         ///< HLS and DASH may name http(s) URLs, nothing else.
  Stream,      ///< A live stream of another protocol: nothing but its own connection.
  Device       ///< A camera or another device that the caller has chosen: nothing else.
};

/// Returns whether `path` is an http or https URL.
STREAMKIT_API [[nodiscard]] bool is_url(const std::filesystem::path& path);

/// Returns what the URL of a live stream may open, by its scheme; no value if this is not a URL of
/// a scheme for live streams (see live_schemes()).
STREAMKIT_API [[nodiscard]] std::optional<InputAccess> live_access(const std::string& url);

/// Returns the schemes of live streams for people: "http, https, rtmp, ...".
STREAMKIT_API [[nodiscard]] std::string live_schemes();

/// Returns the URL schemes that this URL of a live stream needs, as FFmpeg's "protocol_whitelist".
[[nodiscard]] const char* live_protocols(const std::string& url) noexcept;

/// Returns the name of an input in messages: a URL has neither its query nor a password.
STREAMKIT_API [[nodiscard]] std::string input_name(const std::filesystem::path& path);

/// Returns the URL schemes that may be opened, as FFmpeg's "protocol_whitelist".
[[nodiscard]] const char* allowed_protocols(InputAccess access) noexcept;

/// Returns the containers that may be opened, as FFmpeg's "format_whitelist".
[[nodiscard]] const std::string& allowed_formats(InputAccess access);

/// Finds out the container by the content of `io`, whose position stays the same. `name` is that of
/// the file, for the few containers that only an extension tells apart.
/// Errors: CorruptData (unknown); others of reading, with `shown_name`.
Result<const AVInputFormat*> find_format(AVIOContext& io, AVFormatContext& log,
                                         const std::string& name, const std::string& shown_name);

/// Errors: Unsupported (this container may open more than `access`); says what it is, and what to
/// do.
Result<void> check_access(const AVInputFormat& format, InputAccess access,
                          const std::string& shown_name);

/// Lets `context` open what `access` allows besides the AVIOContext that it has.
void restrict_opening(AVFormatContext& context, InputAccess access) noexcept;

/// Opens what a container of the access Web names, as FFmpeg's `io_open`.
int open_on_the_web(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                    AVDictionary** options);

/// What became of the names in a playlist that is being opened.
struct NamedMedia {
  /// Empty unless the container is a playlist: "an HLS playlist".
  std::string playlist = {};
  std::size_t opened = 0;
  /// The last one that could not be opened.
  std::string failed = {};
  int failed_code = 0;
};

/// Returns what is wrong with the names in a playlist that could not be opened, if it is that.
/// `shown_name` is that of the playlist. Errors: Unsupported (it names what it may not);
/// CorruptData (it names nothing of use); that with which the named could not be opened.
[[nodiscard]] std::optional<Error> failure_of(const NamedMedia& named,
                                              const std::string& shown_name);

/// Describes a container that names other files, as in "an HLS playlist"; empty for others.
[[nodiscard]] std::string describe_playlist(const AVInputFormat& format);

/// Sets how URLs are opened: certificates are verified, and a server that sends nothing for 30 s
/// has gone. Returns FFmpeg's error code.
int set_web_options(AVDictionary** options) noexcept;

/// Adds what live streams are opened with: the position of playlists, and the transport of RTSP.
void set_live_options(Options& options, const std::string& url);

}  // namespace streamkit::media
