#include "capture/capture_flags.hpp"

#include <streamkit/core/stereo_mode.hpp>
#include <utility>

#include "common/codec_flags.hpp"
#include "common/server_flags.hpp"
#include "common/stereo_flags.hpp"

namespace streamkit::capture_tool {
namespace {

std::vector<common::Flag> input_flags() {
  return {
      {"source,i",
       "ID|FILE|URL|-|test",
       "what to capture: the id of a screen, window or camera (see `streamkit-capture sources`); a "
       "video file; a URL; -: standard input; test: a generated scene",
       "test",
       {},
       {"input"}},
      {"backend", "NAME",
       "ffmpeg, or gstreamer: --source is the text of a GStreamer pipeline, such as \"videotestsrc "
       "is-live=true ! appsink name=video audiotestsrc is-live=true ! appsink name=audio\"",
       "ffmpeg"},
      {"audio", "ID[,ID]",
       "microphones and system audio to mix, as listed by `streamkit-capture sources`. Not for "
       "files, which bring their own"},
      {"resolution",
       "SIZE",
       "source, 720p, 1080p, or WIDTHxHEIGHT such as 1280x720. Files are never enlarged and keep "
       "their shape",
       "source",
       {},
       {"size"}},
      {"fps", "RATE",
       "frames a second. Of a screen, window or camera: a number, 30 if it is auto. Of a file: "
       "auto: its rate, or if that varies the lowest at which no frame is lost, at most 60. "
       "source: the average that the file states. Or a number",
       "auto"},
      {"no-cursor", "", "leave the mouse pointer out of a screen or window"},
      {"ask-source", "",
       "of portal:screen and portal:window: let the desktop ask again which one, in place of the "
       "one that was chosen before"},
      {"duration,t", "SECONDS", "stop after this time; 0: when the source ends", "0"},
      {"speed", "NAME", "of a file: realtime, or max: as fast as the machine can", "realtime"},
      {"loop", "", "start the file again at its end"},
      {"allow-playlists", "",
       "let FILE be a playlist (HLS, DASH, ffconcat) and open the local files that it names"},
      {"video-track", "TRACK",
       "the video track of FILE: its number from 1, or its language such as en; otherwise the best "
       "one"},
      {"audio-track", "TRACK", "the audio track, chosen in the same way"},
  };
}

std::vector<common::Flag> stream_flags() {
  return {
      {"mode,m", "NAME", "how the views are packed: " + std::string(stereo_mode_names()), "sbs"},
      {"chunk-seconds", "SECONDS", "length of a chunk, 0.5 to 60", "5"},
      {"encoder", "NAME",
       "the video encoder, as listed by `streamkit-capture encoders`; auto: the fastest that works",
       "auto"},
      {"capture-preset", "NAME", "encoder preset of the 2D chunks", "superfast"},
      {"video-bit-rate", "BPS", "target bit rate of the 2D chunks; 0: constant quality", "0"},
      {"adaptive-bitrate", "",
       "lower the video bit rate while the link is slower than the stream, and raise it again; "
       "needs --video-bit-rate, or starts at 4000000"},
      {"capture-crf", "NUMBER", "encoder quality of the 2D chunks, 0 to 51", "23"},
      {"audio-bit-rate", "BPS", "16000 to 512000", "128000"},
      {"record", "FILE", "also write what is captured to this MP4 file, which must not exist yet"},
  };
}

std::vector<common::Flag> upload_flags() {
  return {
      {"spool", "auto|none|FOLDER",
       "where chunks wait until the server has stored them. auto: on disk for devices and live "
       "streams, in memory for files; none: in memory; FOLDER: on disk in this folder. What is on "
       "disk survives a crash, see `streamkit-capture resume`",
       "auto"},
      {"spool-mib", "MIB", "the most that one stream may keep on disk", "4096"},
      {"spool-minutes", "MINUTES",
       "the longest outage that the spool bridges; the server ends sessions that are idle for "
       "longer than its own limit, 30 minutes by default",
       "20"},
      {"give-up-after", "SECONDS",
       "how long the server may be away before the capture fails, 1 to 86400. With a spool it "
       "counts from the end of the capture",
       "300"},
      {"buffer-mib", "MIB",
       "chunks kept in memory while the server is away, without a spool; when it is full, the "
       "capture waits",
       "256"},
      {"json", "", "print one JSON object per line, for scripts"},
      {"log-level", "LEVEL", "debug, info, warning or error", "warning"},
  };
}

void append(std::vector<common::Flag>& flags, std::vector<common::Flag> more) {
  for (common::Flag& flag : more) flags.push_back(std::move(flag));
}

}  // namespace

std::vector<common::Flag> capture_flags() {
  std::vector<common::Flag> flags = input_flags();
  append(flags, stream_flags());
  append(flags, upload_flags());
  append(flags, common::stereo_flags(common::StereoFlagUse::Session));
  append(flags, common::codec_flags());
  append(flags, common::server_flags("http://localhost:8000"));
  return flags;
}

}  // namespace streamkit::capture_tool
