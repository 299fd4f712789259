#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/media_file.hpp>
#include <vector>

namespace streamkit::media {

/// Opens several files as one, one after another. Frames have the size and rate of those of the
/// first file: others are scaled, repeated and left out. If a file has audio, all audio is encoded
/// as AAC in the format of the first that has, with silence where a file has none. Of `options`,
/// the choice of tracks is used for each file; `start` and `end` count from the start of the first.
/// Each file is opened briefly to check it, and again when it is read.
/// Errors: those of open_media_file(), naming the file; InvalidArgument (no file).
STREAMKIT_API Result<std::unique_ptr<MediaReader>> open_joined_files(
    const std::vector<std::filesystem::path>& files, const ReaderOptions& options = {});

}  // namespace streamkit::media
