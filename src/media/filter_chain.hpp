#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <string>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::media {

/// A linear chain of libavfilter filters. Timestamps in and out are flicks.
class STREAMKIT_API FilterChain {
 public:
  /// For frames shaped like `first`; `filters` is libavfilter's own description.
  /// Errors: what libavfilter says of the description.
  static Result<std::unique_ptr<FilterChain>> open_video(const AVFrame& first,
                                                         const std::string& filters);
  static Result<std::unique_ptr<FilterChain>> open_audio(const AVFrame& first,
                                                         const std::string& filters);

  /// Takes over the frame's content.
  Result<void> push(AVFrame* frame);
  /// No more will come; the last frame lasts until `end`.
  Result<void> close(MediaTime end);
  /// The next finished frame, null when it needs more input or has ended.
  Result<FramePtr> pull();

 private:
  FilterChain() = default;
  Result<void> open(const char* kind_prefix, const std::string& arguments,
                    const std::string& filters);

  FilterGraphPtr graph_;
  AVFilterContext* source_ = nullptr;  // both belong to graph_
  AVFilterContext* sink_ = nullptr;
};

}  // namespace streamkit::media
