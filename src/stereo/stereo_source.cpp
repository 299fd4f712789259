#include <streamkit/stereo/stereo_source.hpp>
#include <utility>
#include <variant>

namespace streamkit::stereo {

Result<std::unique_ptr<StereoSource>> StereoSource::create(Source& source,
                                                           DepthEstimator& estimator,
                                                           StereoRenderer& renderer) {
  const Result<VideoFormat> packed = renderer.output_format(source.format().video);
  if (!packed) return packed.error();
  return std::unique_ptr<StereoSource>(
      new StereoSource(source, estimator, renderer, {*packed, source.format().audio}));
}

Result<SourceItem> StereoSource::read(std::stop_token stop) {
  Result<SourceItem> item = source_.read(std::move(stop));
  if (!item) return item;
  const auto* frame = std::get_if<VideoFrame>(&*item);
  if (!frame) return item;
  if (auto done = estimator_.estimate(*frame, depth_); !done) {
    return done.error().with_context("depth");
  }
  Result<VideoFrame> packed = renderer_.render(*frame, depth_);
  if (!packed) return packed.error().with_context("views");
  return SourceItem(std::move(*packed));
}

}  // namespace streamkit::stereo
