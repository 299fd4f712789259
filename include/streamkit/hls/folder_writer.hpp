#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/chunk.hpp>
#include <streamkit/core/media_time.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/wall_time.hpp>
#include <streamkit/hls/folder_files.hpp>
#include <streamkit/hls/media_playlist.hpp>
#include <streamkit/hls/playlist_builder.hpp>
#include <string>
#include <string_view>

namespace streamkit::hls {

/// The playlist's name in the folder of a FolderWriter.
inline constexpr std::string_view kFolderPlaylistName = "playlist.m3u8";

struct STREAMKIT_API FolderWriterOptions {
  /// Vod: the playlist is written by finish(), once. Event: it is written with each segment, so
  /// that players can follow while the stream is being produced.
  PlaylistType type = PlaylistType::Vod;
  /// The nominal length of a chunk. Fixes EXT-X-TARGETDURATION of an Event playlist; that of a Vod
  /// playlist fits the longest segment.
  MediaTime chunk_duration = std::chrono::seconds(5);
  /// Time at which the first frame was captured. If empty, the playlist has no such tag.
  std::optional<WallTime> program_date_time = {};
  /// Replaces a playlist or segments that the folder contains, complete or left by an interrupted
  /// run. False: create() fails and changes nothing. True: it removes them, the playlist first;
  /// other files stay. A stream that was interrupted cannot be continued.
  bool replace_existing = false;
};

/// Writes a stream into a folder that any web server can offer: `playlist.m3u8` and beside it the
/// chunks as segments, `seg_00000.mp4` and so on. Each file is written under its name and ".part"
/// and then renamed, a segment before the playlist that names it: whenever the process dies, the
/// playlist that is there names only complete segments. One writer per folder at a time.
/// Thread-safety: one thread at a time. Blocks for the disk.
class STREAMKIT_API FolderWriter {
 public:
  /// Prepares `folder`, which is created if missing.
  /// Errors: AlreadyExists (a playlist or segments, unless `replace_existing`); InvalidArgument
  /// (the options, or the path is a file's); PermissionDenied; ResourceExhausted; Unavailable.
  static Result<std::unique_ptr<FolderWriter>> create(const std::filesystem::path& folder,
                                                      FolderWriterOptions options = {});
  /// The same for files elsewhere.
  static Result<std::unique_ptr<FolderWriter>> create(std::unique_ptr<FolderFiles> files,
                                                      FolderWriterOptions options = {});

  /// Writes the next chunk; the first has index 0. May be repeated with the same chunk after an
  /// error.
  /// Errors: InvalidArgument (not the next index, no duration, no header or nothing behind it;
  /// after finish()); those of FolderFiles.
  Result<void> add(const Chunk& chunk);

  /// Ends the playlist. Succeeds immediately if it has ended already; may be repeated after an
  /// error. Without this call a Vod has no playlist, and players wait for more of an Event. Errors:
  /// those of FolderFiles.
  Result<void> finish();

  /// The number of segments written.
  [[nodiscard]] std::uint64_t segments() const noexcept { return next_; }

 private:
  FolderWriter(std::unique_ptr<FolderFiles> files, FolderWriterOptions options);
  Result<void> prepare();
  Result<void> write(const std::string& name, std::span<const std::uint8_t> content);
  Result<void> write_playlist(const std::string& text);

  const std::unique_ptr<FolderFiles> files_;
  const FolderWriterOptions options_;
  PlaylistBuilder playlist_;
  std::uint64_t next_ = 0;
  bool finished_ = false;
};

}  // namespace streamkit::hls
