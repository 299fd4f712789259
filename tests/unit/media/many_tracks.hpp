#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace streamkit::media {

/// A file with several tracks.
struct ManyTracks {
  struct Sound {
    std::string language;
    /// "default" and "comment", joined with '+', or "0".
    std::string disposition = "0";
  };
  std::vector<Sound> sounds;
  /// Text subtitles of this language; none if empty.
  std::string subtitles = {};
  std::string title = {};
  /// Two chapters of half the file each.
  bool chapters = false;
};

/// Writes, in the container of the extension, `frames` frames of write_video_file(), with its sound
/// once for each of `file.sounds`.
void write_many_tracks(const std::filesystem::path& path, std::int64_t frames,
                       const ManyTracks& file);

/// What is in a file, for comparison: "audio ger default", "subtitle mov_text eng", "chapter One",
/// "title My holiday", in order.
std::vector<std::string> contents_of(const std::filesystem::path& path);

}  // namespace streamkit::media
