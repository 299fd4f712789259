#include <cerrno>
#include <streamkit/media/file_muxer.hpp>
#include <string_view>
#include <utility>

#include "media/companion_tracks.hpp"
#include "media/container.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"
#include "media/mux_streams.hpp"
#include "media/pipe_io.hpp"

namespace streamkit::media {
namespace {

class ContainerMuxer final : public FileMuxer {
 public:
  ContainerMuxer(std::filesystem::path path, const Container& container, FileMuxerOptions options)
      : path_(std::move(path)), part_(path_), container_(container), options_(std::move(options)) {
    part_ += ".part";
  }
  ContainerMuxer(const ContainerMuxer&) = delete;
  ContainerMuxer& operator=(const ContainerMuxer&) = delete;

  ~ContainerMuxer() override {
    if (context_ != nullptr) {
      if (pipe_ == nullptr) avio_closep(&context_->pb);
      avformat_free_context(context_);
    }
    std::error_code ignored;
    if (created_) std::filesystem::remove(part_, ignored);
  }

  Result<void> open_container() {
    const int code =
        avformat_alloc_output_context2(&context_, container_.format(), nullptr, nullptr);
    if (code < 0) return out_of_memory();
    make_quiet(*context_);
    return is_output_pipe(path_) ? open_pipe() : open_part();
  }

  Result<void> open_part() {
    // The faststart option opens the file a second time, by the name that the context holds.
    const std::string url = "file:" + part_.string();
    av_freep(&context_->url);
    context_->url = av_strdup(url.c_str());
    const int code = avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE);
    if (code < 0) return ffmpeg_error(code, "cannot write '" + part_.string() + "'");
    created_ = true;
    return {};
  }

  Result<void> open_pipe() {
    auto pipe = PipeIo::open_output(path_, options_.stop);
    if (!pipe) return pipe.error();
    pipe_ = std::move(*pipe);
    context_->pb = pipe_->io();
    context_->flags |= AVFMT_FLAG_CUSTOM_IO;
    return {};
  }

  Result<void> open(const Tracks& tracks) override {
    if (tracks.video) {
      auto stream = add_stream(context_, *tracks.video);
      if (!stream) return stream.error();
      video_ = *stream;
      // Some players read the colour of MP4 and MOV from the container only. The segments of a live
      // stream, which share a header, state theirs in the coded data, HDR in the header too.
      if (is_iso_media()) set_color(*video_->codecpar, color_of(tracks.video->coded_color));
    }
    if (tracks.audio) {
      const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(tracks.audio->codec.c_str());
      if (codec != nullptr && !container_.holds_codec(codec->id)) {
        return Error{ErrorCode::Unsupported, "audio in " + tracks.audio->codec +
                                                 " does not fit into this container; use .mkv"};
      }
      // For FLAC, whose place in MP4 is a standard by now.
      context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
      auto stream = add_stream(context_, *tracks.audio);
      if (!stream) return stream.error();
      audio_ = *stream;
    }
    if (auto added = add_companions(); !added) return added;
    Options options;
    // Nothing that was written to a pipe can be changed.
    options.set("movflags", pipe_ == nullptr
                                ? "+faststart"
                                : "+frag_keyframe+empty_moov+delay_moov+default_base_moof");
    const int code = avformat_write_header(context_, options.in_out());
    if (code < 0) return write_error(code, "cannot write the header of '" + path_.string() + "'");
    header_written_ = true;
    return {};
  }

  Result<void> write(Packet packet) override {
    const AVStream* stream = packet.track == TrackKind::Video ? video_ : audio_;
    if (stream == nullptr) {
      return Error{ErrorCode::InvalidArgument, "a packet of a track that was not announced"};
    }
    if (companions_ != nullptr) {
      if (auto advanced = companions_->advance(packet.dts); !advanced) return advanced;
    }
    auto borrowed = borrow_packet(packet, *stream);
    if (!borrowed) return borrowed.error();
    // Interleaving keeps packets beyond this call, so it needs its own copy of the bytes.
    if (av_packet_make_refcounted(borrowed->get()) < 0) return out_of_memory();
    if (const int code = av_interleaved_write_frame(context_, borrowed->get()); code < 0) {
      return write_error(code, "cannot write to '" + name_in_messages() + "'");
    }
    return {};
  }

  CompanionReport report() const override {
    return companions_ == nullptr ? CompanionReport{} : companions_->report();
  }

  Result<void> finish() override {
    if (!header_written_) return Error{ErrorCode::InvalidArgument, "a file without tracks"};
    if (companions_ != nullptr) {
      if (auto finished = companions_->finish(); !finished) return finished;
    }
    int code = av_write_trailer(context_);
    if (code >= 0 && pipe_ != nullptr) code = context_->pb->error;
    if (code >= 0 && pipe_ == nullptr) code = avio_closep(&context_->pb);
    if (code < 0) return write_error(code, "cannot finish '" + name_in_messages() + "'");
    if (pipe_ != nullptr) return {};
    std::error_code failure;
    std::filesystem::rename(part_, path_, failure);
    if (failure) {
      return Error{ErrorCode::Internal, "cannot rename '" + part_.string() + "' to '" +
                                            path_.string() + "': " + failure.message()};
    }
    created_ = false;
    return {};
  }

 private:
  std::string name_in_messages() const {
    return pipe_ == nullptr ? part_.string() : path_.string();
  }

  Error write_error(int code, std::string what) const {
    if (pipe_ != nullptr && pipe_->stopped()) return {ErrorCode::Cancelled, "writing stopped"};
    if (pipe_ != nullptr && code == AVERROR(EPIPE)) {
      return {ErrorCode::Unavailable, what + ": nobody reads it any longer"};
    }
    return ffmpeg_error(code, std::move(what));
  }

  Result<void> add_companions() {
    if (!options_.companion) return {};
    for (AVStream* stream : {video_, audio_}) {
      if (stream != nullptr) stream->disposition = AV_DISPOSITION_DEFAULT;
    }
    auto companions = CompanionTracks::open(*options_.companion, container_, *context_);
    if (!companions) return companions.error();
    companions_ = std::move(*companions);
    return companions_->describe(*context_, video_, audio_);
  }

  bool is_iso_media() const {
    const std::string_view name = context_->oformat->name;
    return name == "mp4" || name == "mov";
  }

  const std::filesystem::path path_;
  std::filesystem::path part_;
  const Container& container_;
  const FileMuxerOptions options_;
  std::unique_ptr<PipeIo> pipe_;  // null for a file
  std::unique_ptr<CompanionTracks> companions_;
  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;  // both belong to context_
  AVStream* audio_ = nullptr;
  bool created_ = false;
  bool header_written_ = false;
};

}  // namespace

Result<std::unique_ptr<FileMuxer>> FileMuxer::create(std::filesystem::path path,
                                                     const FileMuxerOptions& options) {
  const auto container = container_of(path, options.format);
  if (!container) return container.error();
  auto muxer = std::make_unique<ContainerMuxer>(std::move(path), **container, options);
  if (auto opened = muxer->open_container(); !opened) return opened.error();
  return std::unique_ptr<FileMuxer>(std::move(muxer));
}

}  // namespace streamkit::media
