#pragma once

#include <memory>
#include <streamkit/core/api.hpp>
#include <streamkit/core/context.hpp>
#include <streamkit/core/live_input.hpp>
#include <streamkit/core/source_info.hpp>
#include <string>
#include <vector>

namespace streamkit::desktop {

struct STREAMKIT_API AudioServerOptions {
  /// Address of the audio server, as in "unix:/run/user/1000/pulse/native". Empty: that of the
  /// desktop, as PULSE_SERVER or the user's configuration names it. No server is started.
  std::string server = {};
};

/// Lists the microphones, and for each output the monitor of what is played on it ("system_audio"),
/// from PulseAudio or PipeWire. The default of each kind is marked and comes first. Ids are
/// "pulse:NAME" with the server's name of the device; bytes that an id cannot hold are written as
/// "%20". Blocks for at most five seconds.
/// Errors: Unavailable (no audio server responds).
STREAMKIT_API Result<std::vector<SourceInfo>> list_audio_sources(
    const AudioServerOptions& options = {});

/// Opens a microphone or a monitor by its id, as 48 kHz stereo; the server converts. Also
/// "pulse:@DEFAULT_SOURCE@" and "pulse:@DEFAULT_MONITOR@", which follow the user's choice of the
/// default device.
///
/// Runs last about 20 ms, and their time is that of the capture as the server measures it. If the
/// device or the server goes away, the input reports Lost and tries twice a second to open it
/// again; the first run after that has `gap_before`. If nobody reads, two seconds are kept, and
/// what comes after is missing, with `gap_before` where it continues. Blocks for at most five
/// seconds. The objects in `context` must outlive the input. Errors: InvalidArgument (the text is
/// not the id of an audio device); NotFound (there is no such device); Unavailable (no audio server
/// responds).
STREAMKIT_API Result<std::unique_ptr<AudioInput>> open_audio_input(
    const std::string& id, const AudioServerOptions& options = {}, Context context = {});

}  // namespace streamkit::desktop
