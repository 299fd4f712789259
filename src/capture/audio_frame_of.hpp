#pragma once

#include <cstring>
#include <streamkit/core/frame.hpp>

#include "media/ffmpeg_handles.hpp"

namespace streamkit::capture {

/// Returns the samples of a frame that was converted to `format`, without its time.
[[nodiscard]] inline AudioFrame audio_frame_of(const AVFrame& converted,
                                               const AudioFormat& format) {
  const auto count = static_cast<std::size_t>(converted.nb_samples);
  AudioFrame frame;
  frame.format = format;
  frame.sample_count = converted.nb_samples;
  frame.samples.resize(count * static_cast<std::size_t>(format.channels));
  for (int channel = 0; channel < format.channels; ++channel) {
    std::memcpy(frame.samples.data() + static_cast<std::size_t>(channel) * count,
                converted.extended_data[channel], count * sizeof(float));
  }
  return frame;
}

}  // namespace streamkit::capture
