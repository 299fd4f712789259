#pragma once

#include <memory>
#include <streamkit/core/result.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <string>
#include <vector>

#include "media/container.hpp"
#include "media/input_file.hpp"

namespace streamkit::media {

/// A track that is copied or converted from one file to another.
class CompanionTrack {
 public:
  virtual ~CompanionTrack() = default;
  /// Takes a packet of the track, with the times of the new file in the time base of the input.
  virtual Result<void> write(AVPacket& packet) = 0;
  virtual Result<void> finish() = 0;
};

/// What a converted file takes over from its input besides the tracks that were converted: other
/// tracks, chapters, tags.
class CompanionTracks {
 public:
  /// Opens the input a second time and adds its tracks to `muxer`, after the main ones.
  static Result<std::unique_ptr<CompanionTracks>> open(const Companion& companion,
                                                       const Container& container,
                                                       AVFormatContext& muxer);
  /// Copies the tags of the file and of the main tracks, and the chapters. A null stream is absent.
  Result<void> describe(AVFormatContext& muxer, AVStream* video, AVStream* audio) const;
  /// Writes packets up to a time of the new file, so that all tracks interleave.
  Result<void> advance(MediaTime until);
  Result<void> finish();
  [[nodiscard]] const CompanionReport& report() const noexcept { return report_; }

 private:
  CompanionTracks() = default;
  Result<void> add_tracks(const Container& container, AVFormatContext& muxer);
  Result<void> add_track(AVStream& stream, const Container& container, AVFormatContext& muxer);
  void drop(const AVStream& stream, const std::string& reason);
  bool place(AVPacket& packet);
  Result<bool> read();

  MediaTime from_{0};  // the part of the input that is carried over
  MediaTime to_ = MediaTime::max();
  std::unique_ptr<InputFile> input_;
  std::vector<std::unique_ptr<CompanionTrack>> tracks_;  // by the index of the input; may be null
  PacketPtr waiting_;                                    // read, but later than the other tracks
  MediaTime waiting_time_{0};
  CompanionReport report_;
  bool ended_ = false;
};

}  // namespace streamkit::media
