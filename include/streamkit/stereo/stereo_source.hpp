#pragma once

#include <memory>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/depth_estimator.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/core/source.hpp>
#include <streamkit/core/stereo_renderer.hpp>

namespace streamkit::stereo {

/// A source of packed two-view frames: renders each frame of another source with estimated depth.
/// Audio and timestamps are unchanged. For whole files StereoRunner is faster, because it decodes,
/// renders and encodes on a thread each.
class STREAMKIT_API StereoSource final : public Source {
 public:
  /// The references must outlive the source that is created.
  /// Errors: those of StereoRenderer::output_format().
  static Result<std::unique_ptr<StereoSource>> create(Source& source, DepthEstimator& estimator,
                                                      StereoRenderer& renderer);

  [[nodiscard]] const SourceFormat& format() const noexcept override { return format_; }
  /// Errors: those of the source, the estimator and the renderer.
  Result<SourceItem> read(std::stop_token stop) override;

 private:
  StereoSource(Source& source, DepthEstimator& estimator, StereoRenderer& renderer,
               const SourceFormat& format)
      : source_(source), estimator_(estimator), renderer_(renderer), format_(format) {}

  Source& source_;
  DepthEstimator& estimator_;
  StereoRenderer& renderer_;
  const SourceFormat format_;
  DepthMap depth_;
};

}  // namespace streamkit::stereo
