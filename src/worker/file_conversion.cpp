#include <streamkit/worker/file_conversion.hpp>

#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <streamkit/core/frame_packing.hpp>
#include <streamkit/media/file_muxer.hpp>
#include <streamkit/media/frame_packing_sei.hpp>
#include <streamkit/media/joined_reader.hpp>
#include <streamkit/media/media_file.hpp>
#include <streamkit/media/sound_encoder.hpp>
#include <streamkit/stereo/stereo_runner.hpp>

namespace streamkit::worker {
namespace {

namespace fs = std::filesystem;

// A pipe can be read once only.
std::optional<media::Companion> companion_of(const FileConversion& conversion) {
  std::error_code ignored;
  if (!conversion.more_inputs.empty()) return {};
  if (!fs::is_regular_file(conversion.input, ignored)) return {};
  return media::Companion{conversion.input, conversion.tracks, conversion.start, conversion.end,
                          conversion.allow_playlists};
}

Result<std::unique_ptr<MediaReader>> open_input(const FileConversion& conversion,
                                                const std::stop_token& stop) {
  const media::ReaderOptions options{.tracks = conversion.tracks,
                                     .start = conversion.start,
                                     .end = conversion.end,
                                     .start_at_zero = true,
                                     .context = conversion.context,
                                     .stop = stop,
                                     .keep_hdr = conversion.keep_hdr,
                                     .allow_playlists = conversion.allow_playlists};
  if (conversion.more_inputs.empty()) return media::open_media_file(conversion.input, options);
  std::vector<fs::path> files = conversion.more_inputs;
  files.insert(files.begin(), conversion.input);
  return media::open_joined_files(files, options);
}

std::string list(const char* title, const std::vector<std::string>& names) {
  return names.empty() ? std::string() : std::string("; ") + title + media::join_names(names);
}

bool held_by_matroska(const std::string& codec) {
  return media::container_holds("x.mkv", codec).value_or(false);
}

// Logs in one line what becomes of the tracks; nothing if all of them are converted as they are.
void log_tracks(const FileConversion& conversion, const MediaInfo& input,
                const media::CompanionReport& others, bool sound_encoded) {
  const bool joined = !conversion.more_inputs.empty();
  if (input.tracks_left_out.empty() && !sound_encoded && !joined) return;
  const bool carries = companion_of(conversion).has_value();
  const auto& left_out = carries ? others.dropped : input.tracks_left_out;
  std::string line = "converted " + media::join_names(input.tracks_taken);
  if (sound_encoded) {
    line += ", its audio encoded as AAC because the output cannot hold " + input.audio->codec;
    if (held_by_matroska(input.audio->codec)) line += " (.mkv can)";
  }
  if (joined) line += ", and the files after it; audio is encoded as AAC, tags are left out";
  line += list("carried over ", others.carried) + list("changed ", others.changed) +
          list("left out ", left_out);
  conversion.context.log(left_out.empty() ? LogLevel::Info : LogLevel::Warning, line);
}

// Passes packets on to the muxer, by an encoder if the file cannot hold the audio as it is.
class TrackOutput final : public PacketSink {
 public:
  TrackOutput(media::FileMuxer& muxer, const FileConversion& conversion, const MediaInfo& input)
      : muxer_(muxer), conversion_(conversion), input_(input) {}

  Result<void> open_sound() {
    if (!input_.audio) return {};
    const auto holds =
        media::container_holds(conversion_.output, input_.audio->codec, conversion_.format);
    if (!holds) return holds.error();
    if (*holds) return {};
    auto encoder = media::SoundEncoder::create(
        muxer_, {.format = media::aac_format(input_.audio->format), .start = MediaTime{0}});
    if (!encoder) return encoder.error();
    encoder_ = std::move(*encoder);
    return {};
  }

  Result<void> open(const Tracks& tracks) override {
    if (auto opened = next().open(tracks); !opened) return opened;
    log_tracks(conversion_, input_, muxer_.report(), encoder_ != nullptr);
    return {};
  }

  // The earliest track begins at 0.
  Result<void> write(Packet packet) override {
    packet.pts -= input_.origin;
    packet.dts -= input_.origin;
    return next().write(std::move(packet));
  }

  Result<void> finish() {
    if (encoder_ == nullptr) return {};
    if (auto finished = encoder_->finish(); !finished) return finished;
    if (encoder_->problem()) {
      conversion_.context.log(LogLevel::Warning, "the audio, or a part of it, is silent",
                              {{"error", to_string(*encoder_->problem())}});
    }
    return {};
  }

 private:
  PacketSink& next() { return encoder_ == nullptr ? static_cast<PacketSink&>(muxer_) : *encoder_; }

  media::FileMuxer& muxer_;
  const FileConversion& conversion_;
  const MediaInfo& input_;
  std::unique_ptr<media::SoundEncoder> encoder_;
};

}  // namespace

std::string_view fitting_extension(const fs::path& input, const media::TrackChoice& tracks,
                                   bool allow_playlists) {
  std::error_code ignored;
  if (!fs::is_regular_file(input, ignored)) return ".mp4";
  const auto reader =
      media::open_media_file(input, {.tracks = tracks, .allow_playlists = allow_playlists});
  if (!reader || !(*reader)->info().audio) return ".mp4";
  const std::string& codec = (*reader)->info().audio->codec;
  const bool held_by_mp4 = media::container_holds("x.mp4", codec).value_or(true);
  return held_by_mp4 || !held_by_matroska(codec) ? ".mp4" : ".mkv";
}

fs::path converted_file_path(const fs::path& input, const fs::path& output, std::string_view suffix,
                             std::string_view extension) {
  std::error_code ignored;
  const bool folder = output.empty() || !output.has_filename() || fs::is_directory(output, ignored);
  if (!folder) return output;
  fs::path name = input.stem();
  name += std::string(suffix) + std::string(extension);
  return (output.empty() ? input.parent_path() : output) / name;
}

std::array<FileConversion, 2> split_views(const FileConversion& conversion) {
  std::array<FileConversion, 2> views = {conversion, conversion};
  for (std::size_t eye = 0; eye < views.size(); ++eye) {
    fs::path name = conversion.output.stem();
    name += eye == 0 ? "_L" : "_R";
    name += conversion.output.extension();
    views[eye].output.replace_filename(name);
    views[eye].stereo.mode = eye == 0 ? StereoMode::LeftView : StereoMode::RightView;
  }
  return views;
}

Result<ConvertedFile> convert_file(const FileConversion& conversion,
                                   const std::function<void(const FileProgress&)>& on_progress,
                                   std::stop_token stop) {
  const auto reader = open_input(conversion, stop);
  if (!reader) return reader.error();
  const auto renderer = stereo::ForwardWarpRenderer::create(conversion.stereo);
  if (!renderer) return renderer.error();
  const auto estimator = conversion.make_depth();
  if (!estimator) return estimator.error();
  const auto muxer = media::FileMuxer::create(conversion.output,
                                              {companion_of(conversion), conversion.format, stop});
  if (!muxer) return muxer.error();
  TrackOutput output(**muxer, conversion, (*reader)->info());
  if (auto opened = output.open_sound(); !opened) return opened.error();

  media::EncoderOptions encoder = conversion.encoder;
  encoder.hdr = (*reader)->info().hdr;
  stereo::RunOptions options;
  if (on_progress) {
    options.on_progress = [&](const stereo::RunProgress& now) {
      on_progress({now.video_frames, now.done, (*reader)->info().duration});
    };
  }
  stereo::StereoRunner runner(
      {**estimator, **renderer,
       media::announce_frame_packing(media::video_encoder_factory(encoder),
                                     frame_packing(conversion.stereo.mode))});
  const auto stats = runner.run(**reader, output, options, std::move(stop));
  if (!stats) return stats.error();
  if (auto ended = output.finish(); !ended) return ended.error();
  if (auto finished = (*muxer)->finish(); !finished) return finished.error();
  return ConvertedFile{stats->video_frames, (*reader)->damaged()};
}

}  // namespace streamkit::worker
