#pragma once

#include <streamkit/worker/segment_converter.hpp>
#include <string>
#include <utility>
#include <vector>

namespace streamkit::worker {

/// A converter whose conversions fail as told, and the names of what was asked of it. Fillers and
/// stored formats are real.
class ScriptedConverter final : public ChunkConverter {
 public:
  const ResourcePolicy& policy() const noexcept override { return real_.policy(); }
  Result<Segment> convert(Bytes, StereoMode, const SegmentPlace&, SegmentKind kind,
                          const ConversionHooks&, std::stop_token) const override {
    calls_.push_back(kind == SegmentKind::Flat ? "flat" : "convert");
    return kind == SegmentKind::Flat ? flat_failure_ : failure_;
  }
  Result<Segment> filler(const SegmentPlace& place, StereoMode mode, FillerParts parts,
                         std::stop_token stop) const override {
    calls_.push_back(parts.chunk.empty() ? "silent filler" : "filler with audio");
    if (!parts.chunk.empty() && audio_failure_) return *audio_failure_;
    if (filler_failure_) return *filler_failure_;
    return real_.filler(place, mode, std::move(parts), std::move(stop));
  }
  Result<StreamFormat> format_of(Bytes chunk, StereoMode mode,
                                 std::stop_token stop) const override {
    calls_.push_back("format of a chunk");
    return real_.format_of(std::move(chunk), mode, std::move(stop));
  }
  Result<StreamFormat> stored_format(Bytes segment, std::stop_token stop) const override {
    return real_.stored_format(std::move(segment), std::move(stop));
  }

  Error failure_{ErrorCode::Internal, "failed"};
  Error flat_failure_{ErrorCode::Internal, "failed again"};
  std::optional<Error> audio_failure_;
  std::optional<Error> filler_failure_;
  mutable std::vector<std::string> calls_;

 private:
  const SegmentConverter real_{{}, {.preset = "ultrafast"}};
};

}  // namespace streamkit::worker
