#include "worker/convert_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <streamkit/core/context.hpp>
#include <streamkit/core/frame_packing.hpp>
#include <streamkit/core/signal_stop.hpp>
#include <streamkit/core/stereo_mode.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/still_picture.hpp>
#include <streamkit/worker/contact_sheet.hpp>
#include <streamkit/worker/file_conversion.hpp>
#include <utility>

#include "common/codec_flags.hpp"
#include "common/command_line.hpp"
#include "worker/conversion_output.hpp"
#include "worker/depth_flags.hpp"
#include "worker/stereo_flags.hpp"

namespace streamkit::worker_tool {
namespace {

namespace fs = std::filesystem;

// Besides the table's modes, which are of one file.
constexpr std::string_view kPair = "pair";

constexpr std::array<std::string_view, 5> kFormats = {"", "mp4", "mov", "mkv", "ts"};
constexpr std::string_view kFormatNames = "mp4, mov, mkv or ts";

common::CommandLine command_line() {
  std::vector<common::Flag> flags = {
      {"input", "INPUT", "the video to convert; an http(s) URL; -: standard input"},
      {"output", "OUTPUT",
       "the video to write, " + std::string(media::container_extensions()) +
           "; a folder, or nothing for INPUT's: named as headset players expect it, .mp4, or .mkv "
           "for audio that .mp4 cannot hold; -: standard output"},
      {"format", "NAME",
       "the container of OUTPUT: " + std::string(kFormatNames) +
           "; by default by its name, for standard output mkv"},
      {"more",
       "MORE",
       "of three or more names the last one is OUTPUT, and all before it are joined in it, one "
       "after another, at the size and rate of the first",
       "",
       {},
       {},
       true},
      {"start", "TIME",
       "begin at this time of INPUT: seconds, or HH:MM:SS, with a fraction if wanted"},
      {"end", "TIME", "end at this time of INPUT"},
      {"mode,m", "NAME",
       "how the views are packed: " + std::string(stereo_mode_names()) +
           ", or pair: two files, "
           "OUTPUT with _L and _R before its extension",
       "sbs"},
      {"video-track", "TRACK",
       "the video track: its number from 1, or its language such as en; otherwise the best one"},
      {"audio-track", "TRACK",
       "the audio track that is played first, chosen in the same way; the others are carried over"},
      {"compare", "SHEET",
       "write a .png or .jpg of source, depth, left, right and anaglyph for inspection, with "
       "--depth "
       "auto also the depth of the network and of the cues alone; the video only if OUTPUT is "
       "named"},
      {"compare-times", "SECONDS",
       "times of the frames, such as 0.5,3,12; otherwise five evenly spaced ones"},
      {"allow-playlists", "",
       "let INPUT be a playlist (HLS, DASH, ffconcat) and open the local files that it names"},
      {"overwrite,y", "", "replace OUTPUT where it exists"},
      {"quiet,q", "", "no progress line"},
  };
  for (common::Flag& flag : common::codec_flags()) flags.push_back(std::move(flag));
  flags.push_back(common::encoder_flag("software"));
  for (common::Flag& flag : depth_flags()) flags.push_back(std::move(flag));
  for (common::Flag& flag : conversion_flags("veryfast", "20")) flags.push_back(std::move(flag));
  return common::CommandLine(
      "streamkit-worker convert INPUT [OUTPUT] [options]\n"
      "       streamkit-worker convert INPUT INPUT... OUTPUT [options]",
      "Converts a whole 2D video to stereoscopic 3D; audio, subtitles, chapters and "
      "tags are kept, and what cannot be is named.",
      std::move(flags), {"input", "output", "more"});
}

struct Request {
  worker::FileConversion conversion;
  std::vector<NamedDepth> parts = {};
  fs::path sheet = {};
  std::vector<MediaTime> sheet_times = {};
  bool quiet = false;
  bool pair = false;
  bool overwrite = false;
};

// The videos of a request: one, or one for each eye; none if it is for a sheet alone.
std::vector<worker::FileConversion> each_video(const Request& request) {
  if (request.conversion.output.empty()) return {};
  if (!request.pair) return {request.conversion};
  const auto views = worker::split_views(request.conversion);
  return {views.begin(), views.end()};
}

// A pipe is read once and written once.
Result<void> check_pipes(const Request& request, const std::string& named) {
  const worker::FileConversion& conversion = request.conversion;
  for (const fs::path& more : conversion.more_inputs) {
    if (!media::is_input_pipe(more) && !media::is_input_pipe(conversion.input)) continue;
    return Error{ErrorCode::InvalidArgument, "pipes and URLs cannot be joined; give files"};
  }
  if (media::is_input_pipe(conversion.input)) {
    const bool twice = request.pair || (!request.sheet.empty() && !conversion.output.empty());
    if (twice) {
      return Error{
          ErrorCode::InvalidArgument,
          "INPUT is a pipe or URL, which is read only once; give a file for --mode pair, and "
          "for --compare together with OUTPUT"};
    }
    const bool folder = named.empty() || conversion.output != fs::path(named);
    if (!conversion.output.empty() && folder) {
      return Error{ErrorCode::InvalidArgument, "name the OUTPUT file: INPUT is a pipe or URL"};
    }
  }
  if (request.pair && media::is_output_pipe(conversion.output)) {
    return Error{ErrorCode::InvalidArgument, "--mode pair writes two files; OUTPUT is a pipe"};
  }
  return {};
}

Result<void> check_written(const Request& request, const fs::path& written) {
  if (media::is_output_pipe(written)) return {};
  std::error_code failure;
  std::vector<fs::path> inputs = request.conversion.more_inputs;
  inputs.push_back(request.conversion.input);
  for (const fs::path& input : inputs) {
    if (fs::equivalent(input, written, failure)) {
      return Error{ErrorCode::InvalidArgument, "INPUT and OUTPUT are the same file"};
    }
  }
  const fs::path folder = written.lexically_normal().parent_path();
  if (!folder.empty() && !fs::exists(folder, failure)) {
    return Error{ErrorCode::NotFound,
                 "the folder '" + folder.string() + "' does not exist; create it first"};
  }
  if (!request.overwrite && fs::exists(written, failure)) {
    return Error{ErrorCode::AlreadyExists,
                 "'" + written.string() + "' exists; add --overwrite to replace it"};
  }
  return {};
}

// An output that names no file gets the container that holds the audio as it is.
std::string_view chosen_extension(const worker::FileConversion& conversion,
                                  const fs::path& output) {
  const bool named = worker::converted_file_path(conversion.input, output, "") == output;
  return named ? ".mp4"
               : worker::fitting_extension(conversion.input, conversion.tracks,
                                           conversion.allow_playlists);
}

// Reads --start and --end.
Result<void> read_part(const common::Arguments& arguments, worker::FileConversion& conversion) {
  for (const char* name : {"start", "end"}) {
    if (!arguments.given(name)) continue;
    const auto time = parse_time(arguments.text(name));
    if (!time) return arguments.wrong(name, time.error().message);
    (std::string_view(name) == "start" ? conversion.start : conversion.end) = *time;
  }
  if (conversion.end <= conversion.start) {
    return Error{ErrorCode::InvalidArgument, "--end must be later than --start"};
  }
  return {};
}

Result<Request> read_request(const common::Arguments& arguments) {
  const auto input = arguments.required("input");
  if (!input) return input.error();
  const bool pair = arguments.text("mode") == kPair;
  const auto mode = pair ? StereoMode::LeftView : parse_stereo_mode(arguments.text("mode"));
  if (!mode) {
    return arguments.wrong("mode", "use one of " + std::string(stereo_mode_names()) + ", pair");
  }
  auto stereo = stereo_options(arguments);
  if (!stereo) return stereo.error();
  auto depth = depth_factory(arguments, stereo->convergence);
  if (!depth) return depth.error();
  auto parts = depth_parts(arguments);
  if (!parts) return parts.error();
  const auto codec = common::read_codec_flags(arguments);
  if (!codec) return codec.error();
  auto encoder = encoder_config(arguments, *codec);
  if (!encoder) return encoder.error();
  const auto overwrite = arguments.boolean("overwrite");
  if (!overwrite) return overwrite.error();
  const auto playlists = arguments.boolean("allow-playlists");
  if (!playlists) return playlists.error();
  const auto quiet = arguments.boolean("quiet");
  if (!quiet) return quiet.error();
  const auto format = arguments.choice("format", kFormats);
  if (!format) return arguments.wrong("format", "use " + std::string(kFormatNames));

  Request request;
  worker::FileConversion& conversion = request.conversion;
  conversion.keep_hdr = codec->keep_hdr;
  conversion.allow_playlists = *playlists;
  conversion.input = *input;
  // The names are INPUT OUTPUT, or INPUT INPUT... OUTPUT.
  std::string named_output = arguments.text("output");
  if (const auto more = arguments.texts("more"); !more.empty()) {
    conversion.more_inputs.emplace_back(named_output);
    conversion.more_inputs.insert(conversion.more_inputs.end(), more.begin(), more.end() - 1);
    named_output = more.back();
  }
  if (auto part = read_part(arguments, conversion); !part) return part.error();
  conversion.tracks = {arguments.text("video-track"), arguments.text("audio-track")};
  conversion.stereo = *stereo;
  conversion.stereo.mode = *mode;
  conversion.encoder.codec = codec->codec;
  conversion.encoder.encoder = encoder->encoder;
  conversion.encoder.preset = encoder->preset;
  conversion.encoder.crf = encoder->crf;
  conversion.make_depth = std::move(*depth);
  request.parts = std::move(*parts);
  conversion.format = *format;
  request.quiet = *quiet;
  request.pair = pair;
  request.overwrite = *overwrite;
  request.sheet = arguments.text("compare");
  if (request.sheet.empty() || arguments.given("output")) {
    const std::string_view suffix = pair ? std::string_view() : file_name_suffix(*mode);
    const fs::path output = named_output;
    conversion.output =
        worker::converted_file_path(*input, output, suffix, chosen_extension(conversion, output));
    const auto known = media::container_holds(conversion.output, "aac", *format);
    if (!known) return Error{ErrorCode::InvalidArgument, known.error().message};
  }
  if (const std::string times = arguments.text("compare-times"); !times.empty()) {
    auto parsed = parse_sheet_times(times);
    if (!parsed) return arguments.wrong("compare-times", parsed.error().message);
    request.sheet_times = std::move(*parsed);
  }
  if (auto checked = check_pipes(request, named_output); !checked) return checked.error();
  if (!request.sheet.empty()) {
    if (auto checked = check_written(request, request.sheet); !checked) return checked.error();
  }
  for (const worker::FileConversion& video : each_video(request)) {
    if (auto checked = check_written(request, video.output); !checked) return checked.error();
    if (video.output.lexically_normal() == request.sheet.lexically_normal()) {
      return Error{ErrorCode::InvalidArgument, "SHEET and OUTPUT are the same file"};
    }
  }
  if (!request.sheet.empty() && !media::is_picture_name(request.sheet)) {
    return arguments.wrong("compare", "use a name that ends in .png, .jpg or .jpeg");
  }
  return request;
}

Result<void> compare(const Request& request, std::stop_token stop) {
  auto reader = media::open_media_file(request.conversion.input,
                                       {.tracks = request.conversion.tracks,
                                        .start = request.conversion.start,
                                        .end = request.conversion.end,
                                        .start_at_zero = true,
                                        .stop = stop,
                                        .allow_playlists = request.conversion.allow_playlists});
  if (!reader) return reader.error();
  auto estimator = request.conversion.make_depth();
  if (!estimator) return estimator.error();
  std::vector<worker::SheetPart> parts;
  for (const NamedDepth& part : request.parts) {
    auto made = part.make();
    if (!made) return made.error();
    parts.push_back({part.name, std::move(*made)});
  }
  auto sheet = worker::make_contact_sheet(**reader, **estimator, request.conversion.stereo,
                                          request.sheet_times, std::move(stop), parts);
  if (!sheet) return sheet.error();
  if (auto written = media::write_picture(request.sheet, sheet->picture); !written) return written;
  if (request.quiet) return {};
  // Standard output may be for the video.
  std::FILE* out = media::is_output_pipe(request.conversion.output) ? stderr : stdout;
  std::fprintf(out, "wrote '%s', %s\n", request.sheet.string().c_str(),
               worker::describe(*sheet).c_str());
  return {};
}

Result<void> convert(const worker::FileConversion& video, bool quiet, Notes& notes,
                     std::stop_token stop) {
  ProgressLine progress(quiet);
  const auto converted = worker::convert_file(
      video,
      [&](const worker::FileProgress& now) {
        notes.print(quiet);
        progress.show(now);
      },
      std::move(stop));
  if (!converted) return converted.error();
  progress.finish();
  notes.print(quiet);
  if (converted->damaged) {
    std::fprintf(stderr, "warning: '%s' is damaged; what could be decoded was converted\n",
                 video.input.string().c_str());
  }
  return {};
}

}  // namespace

Result<std::vector<MediaTime>> parse_sheet_times(std::string_view text) {
  const Error wrong{ErrorCode::InvalidArgument,
                    "times must be 1 to " + std::to_string(kMaxSheetRows) +
                        " numbers of seconds with commas between, such as 0.5,3,12"};
  constexpr double kLongest = 1e6;
  std::vector<MediaTime> times;
  for (;;) {
    const std::string_view word = text.substr(0, text.find(','));
    double seconds = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    const bool whole = failure == std::errc{} && end == word.data() + word.size();
    if (!whole || !(seconds >= 0 && seconds <= kLongest)) return wrong;
    times.push_back(std::chrono::duration_cast<MediaTime>(std::chrono::duration<double>(seconds)));
    if (times.size() > kMaxSheetRows) return wrong;
    if (word.size() == text.size()) break;
    text.remove_prefix(word.size() + 1);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

Result<MediaTime> parse_time(std::string_view text) {
  const Error wrong{ErrorCode::InvalidArgument,
                    "a time must be seconds such as 12.5, or HH:MM:SS such as 1:02:03.5"};
  constexpr double kLongest = 1e6;
  constexpr double kSixty = 60;
  double seconds = 0;
  for (int part = 0;; ++part) {
    const std::string_view word = text.substr(0, text.find(':'));
    const bool last = word.size() == text.size();
    double value = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = failure == std::errc{} && end == word.data() + word.size();
    const bool in_range = part == 0 || value < kSixty;
    // Only seconds have a fraction.
    const bool digits = last || word.find_first_not_of("0123456789") == std::string_view::npos;
    if (!whole || !digits || !in_range || !(value >= 0)) return wrong;
    seconds = seconds * kSixty + value;
    if (last) break;
    if (part == 2) return wrong;
    text.remove_prefix(word.size() + 1);
  }
  if (seconds > kLongest) return wrong;
  return std::chrono::duration_cast<MediaTime>(std::chrono::duration<double>(seconds));
}

int run_convert(const std::vector<std::string>& words) {
  const common::CommandLine line = command_line();
  const auto parsed = common::read_command_line(line, words);
  if (const auto* exit = std::get_if<common::ExitCode>(&parsed)) return exit->value;
  // Before a depth network is loaded, whose threads inherit the signal mask.
  const SignalStop stop;
  const auto request = read_request(std::get<common::Arguments>(parsed));
  if (!request) return common::report(line.program(), request.error());

  if (!request->sheet.empty()) {
    const auto compared = compare(*request, stop.token());
    if (!compared) return common::report(line.program(), compared.error());
  }
  Notes notes;
  auto videos = each_video(*request);
  if (!videos.empty()) videos.front().context.logger = &notes;
  for (const worker::FileConversion& video : videos) {
    const auto converted = convert(video, request->quiet, notes, stop.token());
    if (!converted) return common::report(line.program(), converted.error());
  }
  return 0;
}

}  // namespace streamkit::worker_tool
