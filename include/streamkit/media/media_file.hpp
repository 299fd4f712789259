#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

struct ReaderOptions {
  /// Gives a file without sound silence (48 kHz stereo AAC) along its pictures, for streams whose
  /// segments must all have both tracks.
  bool add_missing_sound = false;
};

/// Opens a file of any container FFmpeg knows: its first real video track (cover art is none),
/// decoded and turned upright, cropped to even sides, square pixels, 8-bit 4:2:0; and the packets
/// of its first audio track. Damaged parts are skipped as long as something can be decoded.
/// Errors: NotFound; PermissionDenied; CorruptData (no media file, no video track); Unsupported.
[[nodiscard]] Result<std::unique_ptr<MediaReader>> open_media_file(
    const std::filesystem::path& path, ReaderOptions options = {});

/// The same for a file in memory.
[[nodiscard]] Result<std::unique_ptr<MediaReader>> open_media_bytes(Bytes bytes,
                                                                    ReaderOptions options = {});

}  // namespace streamkit::media
