#pragma once

#include <optional>
#include <stop_token>
#include <streamkit/core/api.hpp>
#include <streamkit/core/encoder.hpp>
#include <streamkit/core/media_reader.hpp>
#include <streamkit/core/resource_policy.hpp>
#include <streamkit/core/result.hpp>
#include <streamkit/media/stream_encoder.hpp>
#include <streamkit/stereo/forward_warp_renderer.hpp>
#include <streamkit/worker/chunk_converter.hpp>
#include <streamkit/worker/depth_factory.hpp>
#include <string_view>

namespace streamkit::worker {

/// The value of the label "outcome" of `streamkit_chunks_total`, as in "converted".
STREAMKIT_API [[nodiscard]] std::string_view outcome_label(SegmentKind kind) noexcept;

/// Turns stored chunks into segments in this process.
/// Thread-safety: every method may be called from any thread, concurrently.
class STREAMKIT_API SegmentConverter : public ChunkConverter {
 public:
  /// With `keep_hdr`, a stream whose first chunk is HDR (PQ or HLG) is HDR, in all modes but
  /// anaglyphs. Later segments are what the first one is, codec included, whatever these options.
  /// `stereo` and `make_depth` are for what a session leaves open, see SegmentPlace::stereo;
  /// `chosen_depth` is for sessions that choose where depth comes from.
  SegmentConverter(stereo::StereoOptions stereo, media::EncoderOptions encoder,
                   DepthEstimatorFactory make_depth = fused_depth(), bool keep_hdr = false,
                   ResourcePolicy policy = {}, ChosenDepth chosen_depth = {})
      : stereo_(stereo),
        encoder_(std::move(encoder)),
        make_depth_(std::move(make_depth)),
        keep_hdr_(keep_hdr),
        policy_(std::move(policy)),
        chosen_depth_(std::move(chosen_depth)) {}

  [[nodiscard]] const ResourcePolicy& policy() const noexcept override { return policy_; }

  Result<Segment> convert(Bytes chunk, StereoMode mode, const SegmentPlace& place, SegmentKind kind,
                          const ConversionHooks& hooks, std::stop_token stop) const override;
  Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts,
                         std::stop_token stop) const override;
  Result<StreamFormat> format_of(Bytes first_chunk, StereoMode mode,
                                 std::stop_token stop) const override;
  Result<StreamFormat> stored_format(Bytes segment, std::stop_token stop) const override;

 private:
  class Conversion;
  [[nodiscard]] bool keeps_hdr(StereoMode mode) const;
  [[nodiscard]] VideoEncoderFactory encoder_factory(const SegmentPlace& place, StereoMode mode,
                                                    std::string_view codec,
                                                    const HdrMetadata& hdr) const;
  Result<Segment> still(const SegmentPlace& place, StereoMode mode, const FillerParts& parts,
                        std::optional<VideoFrame> frame, MediaReader* sound,
                        std::stop_token stop) const;

  const stereo::StereoOptions stereo_;
  const media::EncoderOptions encoder_;
  const DepthEstimatorFactory make_depth_;
  const bool keep_hdr_;
  const ResourcePolicy policy_;
  const ChosenDepth chosen_depth_;
};

}  // namespace streamkit::worker
