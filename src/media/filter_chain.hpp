#pragma once

#include <cstdint>
#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/frame.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// A linear chain of libavfilter filters. Timestamps in and out are flicks.
class STREAMKIT_API FilterChain {
 public:
  /// Creates a chain for frames shaped like `first`; `filters` is a description in libavfilter's
  /// syntax. With more than one of `threads`, filters split each frame between them.
  /// Errors: those of libavfilter for the description.
  static Result<std::unique_ptr<FilterChain>> open_video(const AVFrame& first,
                                                         const std::string& filters,
                                                         int threads = 1);
  static Result<std::unique_ptr<FilterChain>> open_audio(const AVFrame& first,
                                                         const std::string& filters);
  /// Creates a chain that brings audio to the rate and channels of `format`, as planar floats. The
  /// output begins after `samples_before` samples, whatever the first timestamp is: what is earlier
  /// is cut off, and gaps become silence. `more` are filters for the result.
  static Result<std::unique_ptr<FilterChain>> open_resampler(const AVFrame& first,
                                                             const AudioFormat& format,
                                                             std::int64_t samples_before,
                                                             const std::string& more = {});

  /// Takes over the frame's content.
  Result<void> push(AVFrame* frame);
  /// Ends the input; the last frame lasts until `end`.
  Result<void> close(MediaTime end);
  /// Returns the next finished frame; null if it needs more input or has ended.
  Result<FramePtr> pull();

 private:
  FilterChain() = default;
  Result<void> open(const char* kind_prefix, const std::string& arguments,
                    const std::string& filters, int threads);

  FilterGraphPtr graph_;
  AVFilterContext* source_ = nullptr;  // both belong to graph_
  AVFilterContext* sink_ = nullptr;
};

}  // namespace streamkit::media
