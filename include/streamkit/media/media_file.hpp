#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>

namespace streamkit::media {

struct STREAMKIT_API ReaderOptions {
  /// Called for a file without audio: adds silence of this format (AAC) along its video, for
  /// streams whose segments must all have the same tracks. If empty, such a file has no audio.
  std::function<AudioFormat()> missing_sound = {};
  /// Its logger gets one line for what is assumed of the file, converted or dropped.
  Context context = {};
};

/// Opens a file of any container that FFmpeg knows. Returns its first real video track (not cover
/// art), decoded, upright, of even sides and square pixels, 8-bit 4:2:0, SDR of limited range; and
/// the packets of its first audio track. HDR and wide gamut are converted to BT.709. Damaged parts
/// are skipped as long as something can be decoded. Errors: NotFound; PermissionDenied; CorruptData
/// (not a media file, no video track); Unsupported.
STREAMKIT_API Result<std::unique_ptr<MediaReader>> open_media_file(
    const std::filesystem::path& path, const ReaderOptions& options = {});

/// Opens a file in memory in the same way.
STREAMKIT_API Result<std::unique_ptr<MediaReader>> open_media_bytes(
    Bytes bytes, const ReaderOptions& options = {});

}  // namespace streamkit::media
