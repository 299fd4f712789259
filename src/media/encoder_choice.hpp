#pragma once

#include <streamkit/media/encoder_probe.hpp>

#include "media/encoder_backend.hpp"

namespace streamkit::media {

/// Returns the backend of `options.encoder`; tries encoders only for "auto".
/// Errors: as choose_encoder().
Result<const EncoderBackend*> backend_of(const EncoderOptions& options, const VideoFormat& video);

/// Tries one encoder, on a thread that is abandoned after some seconds.
[[nodiscard]] EncoderReport try_encoder(const EncoderBackend& backend, const VideoFormat& format,
                                        std::stop_token stop);

}  // namespace streamkit::media
