#pragma once

#include <optional>
#include <span>
#include <streamkit/core/context.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/worker/chunk_converter.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How a chunk is read so that it fits the stream.
namespace streamkit::worker {

/// Returns "1280x720".
[[nodiscard]] std::string size_text(const VideoFormat& format);
[[nodiscard]] bool same_size(const VideoFormat& one, const VideoFormat& other);
[[nodiscard]] bool is_hdr(const VideoFormat& format);

/// The time to convert a chunk begins now.
[[nodiscard]] media::MediaLimits limits_of(const ResourcePolicy& policy, MediaTime chunk_duration);

/// Full packing doubles the pixels of a frame; a sphere may take many times as many.
Result<void> check_packed_size(const ResourcePolicy& policy, const VideoFormat& packed);

/// Returns the options with which a chunk is read in the format of its stream. `keep_hdr` counts
/// for the first chunk, which determines that format.
[[nodiscard]] media::ReaderOptions reader_options(StereoMode mode,
                                                  const std::optional<StreamFormat>& stream,
                                                  bool keep_hdr, media::MediaLimits limits);

/// Takes what a reader logs as lines for people. What it assumes counts for the whole stream, so
/// later chunks only report what is wrong with them.
class ReaderLog final : public Logger {
 public:
  explicit ReaderLog(const SegmentPlace& place)
      : least_(place.index == 0 ? LogLevel::Info : LogLevel::Warning) {}

  void log(LogLevel level, std::string_view message,
           std::span<const LogField> fields) noexcept override;
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  const LogLevel least_;
  std::vector<std::string> lines_;
};

}  // namespace streamkit::worker
