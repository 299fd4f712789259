#include <algorithm>
#include <streamkit/core/segment_name.hpp>
#include <streamkit/core/segment_record.hpp>
#include <streamkit/core/text.hpp>
#include <streamkit/hls/folder_writer.hpp>
#include <utility>

namespace streamkit::hls {
namespace {

constexpr std::string_view kPartSuffix = ".part";

// Of a stream in the folder, complete or not.
bool is_ours(std::string_view name) {
  if (name.ends_with(kPartSuffix)) name.remove_suffix(kPartSuffix.size());
  return name == kFolderPlaylistName || parse_segment_file_name(name);
}

// What the builder wrote, as a playlist that is complete from the start.
Result<std::string> as_vod(const std::string& event) {
  auto playlist = parse_media_playlist(event);
  if (!playlist) return playlist.error();
  playlist->type = PlaylistType::Vod;
  MediaTime longest{0};
  for (const MediaSegment& segment : playlist->segments) {
    longest = std::max(longest, segment.duration);
  }
  // RFC 8216 section 4.3.3.1 compares it with durations rounded to the nearest second.
  playlist->target_duration =
      std::max(std::chrono::seconds(1),
               std::chrono::floor<std::chrono::seconds>(longest + std::chrono::milliseconds(500)));
  return write_media_playlist(*playlist);
}

}  // namespace

FolderWriter::FolderWriter(std::unique_ptr<FolderFiles> files, FolderWriterOptions options)
    : files_(std::move(files)),
      options_(options),
      playlist_({.chunk_duration = options.chunk_duration,
                 .program_date_time = options.program_date_time}) {}

Result<std::unique_ptr<FolderWriter>> FolderWriter::create(const std::filesystem::path& folder,
                                                           FolderWriterOptions options) {
  auto files = open_folder(folder);
  if (!files) return files.error();
  auto writer = create(std::move(*files), options);
  if (!writer) return writer.error().with_context("folder '" + folder.string() + "'");
  return writer;
}

Result<std::unique_ptr<FolderWriter>> FolderWriter::create(std::unique_ptr<FolderFiles> files,
                                                           FolderWriterOptions options) {
  if (options.chunk_duration <= MediaTime{0}) {
    return Error{ErrorCode::InvalidArgument, "chunk_duration must be more than 0"};
  }
  std::unique_ptr<FolderWriter> writer(new FolderWriter(std::move(files), options));
  if (auto prepared = writer->prepare(); !prepared) return prepared.error();
  return writer;
}

Result<void> FolderWriter::prepare() {
  auto names = files_->list();
  if (!names) return names.error();
  std::erase_if(*names, [](const std::string& name) { return !is_ours(name); });
  if (names->empty()) return {};
  if (!options_.replace_existing) {
    return Error{ErrorCode::AlreadyExists, "holds a stream already, such as " +
                                               *std::min_element(names->begin(), names->end())};
  }
  // The playlist first: it may not outlive a segment that it names.
  if (auto removed = files_->remove(std::string(kFolderPlaylistName)); !removed) return removed;
  for (const std::string& name : *names) {
    if (auto removed = files_->remove(name); !removed) return removed;
  }
  return {};
}

Result<void> FolderWriter::add(const Chunk& chunk) {
  if (playlist_.complete()) return Error{ErrorCode::InvalidArgument, "the playlist is finished"};
  if (chunk.index != next_) {
    return Error{ErrorCode::InvalidArgument, "chunk " + std::to_string(chunk.index) + " where " +
                                                 std::to_string(next_) + " is next"};
  }
  const std::string name = segment_file_name(chunk.index);
  if (auto written = write(name, chunk.data); !written) return written;
  // Nothing new for the builder when only the playlist's file failed before.
  if (auto added = playlist_.add(segment_record(chunk)); !added) {
    if (auto removed = files_->remove(name); !removed) return removed;
    return added;
  }
  if (options_.type == PlaylistType::Event) {
    if (auto written = write_playlist(playlist_.text()); !written) return written;
  }
  ++next_;
  return {};
}

Result<void> FolderWriter::finish() {
  if (finished_) return {};
  playlist_.end(playlist_.published());
  if (options_.type == PlaylistType::Event) {
    if (auto written = write_playlist(playlist_.text()); !written) return written;
  } else {
    const auto text = as_vod(playlist_.text());
    if (!text) return text.error();
    if (auto written = write_playlist(*text); !written) return written;
  }
  finished_ = true;
  return {};
}

Result<void> FolderWriter::write_playlist(const std::string& text) {
  return write(std::string(kFolderPlaylistName), bytes_of(text));
}

Result<void> FolderWriter::write(const std::string& name, std::span<const std::uint8_t> content) {
  const std::string part = name + std::string(kPartSuffix);
  if (auto written = files_->write_file(part, content); !written) return written;
  return files_->rename(part, name);
}

}  // namespace streamkit::hls
