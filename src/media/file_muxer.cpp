#include <streamkit/media/file_muxer.hpp>

#include <string_view>

#include "media/ffmpeg_error.hpp"
#include "media/ffmpeg_quiet.hpp"
#include "media/frame_color.hpp"
#include "media/mux_streams.hpp"

namespace streamkit::media {
namespace {

class ContainerMuxer final : public FileMuxer {
 public:
  explicit ContainerMuxer(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
    part_ += ".part";
  }
  ContainerMuxer(const ContainerMuxer&) = delete;
  ContainerMuxer& operator=(const ContainerMuxer&) = delete;

  ~ContainerMuxer() override {
    if (context_ != nullptr) {
      avio_closep(&context_->pb);
      avformat_free_context(context_);
    }
    std::error_code ignored;
    if (created_) std::filesystem::remove(part_, ignored);
  }

  Result<void> open_container() {
    // The format is looked up first, because the call that allocates prints a message if it finds
    // none.
    const AVOutputFormat* format = av_guess_format(nullptr, path_.string().c_str(), nullptr);
    if (format == nullptr) {
      return Error{ErrorCode::Unsupported,
                   "'" + path_.string() + "': no container of that name; use .mp4 or .mkv"};
    }
    int code = avformat_alloc_output_context2(&context_, format, nullptr, nullptr);
    if (code < 0) return out_of_memory();
    make_quiet(*context_);
    // The faststart option opens the file a second time, by the name that the context holds.
    const std::string url = "file:" + part_.string();
    av_freep(&context_->url);
    context_->url = av_strdup(url.c_str());
    code = avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE);
    if (code < 0) return ffmpeg_error(code, "cannot write '" + part_.string() + "'");
    created_ = true;
    return {};
  }

  Result<void> open(const Tracks& tracks) override {
    if (tracks.video) {
      auto stream = add_stream(context_, *tracks.video);
      if (!stream) return stream.error();
      video_ = *stream;
      // Some players read the colour of MP4 and MOV from the container only. The segments of a live
      // stream, which share a header, state theirs in the H.264 data.
      if (is_iso_media()) set_color(*video_->codecpar, color_of(tracks.video->coded_color));
    }
    if (tracks.audio) {
      const AVCodecDescriptor* codec = avcodec_descriptor_get_by_name(tracks.audio->codec.c_str());
      if (codec != nullptr &&
          avformat_query_codec(context_->oformat, codec->id, FF_COMPLIANCE_NORMAL) == 0) {
        return Error{ErrorCode::Unsupported, "audio in " + tracks.audio->codec +
                                                 " does not fit into this container; use .mkv"};
      }
      auto stream = add_stream(context_, *tracks.audio);
      if (!stream) return stream.error();
      audio_ = *stream;
    }
    Options options;
    options.set("movflags", "+faststart");
    const int code = avformat_write_header(context_, options.in_out());
    if (code < 0) return ffmpeg_error(code, "cannot write the header of '" + path_.string() + "'");
    header_written_ = true;
    return {};
  }

  Result<void> write(Packet packet) override {
    const AVStream* stream = packet.track == TrackKind::Video ? video_ : audio_;
    if (stream == nullptr) {
      return Error{ErrorCode::InvalidArgument, "a packet of a track that was not announced"};
    }
    auto borrowed = borrow_packet(packet, *stream);
    if (!borrowed) return borrowed.error();
    // Interleaving keeps packets beyond this call, so it needs its own copy of the bytes.
    if (av_packet_make_refcounted(borrowed->get()) < 0) return out_of_memory();
    if (const int code = av_interleaved_write_frame(context_, borrowed->get()); code < 0) {
      return ffmpeg_error(code, "cannot write to '" + part_.string() + "'");
    }
    return {};
  }

  Result<void> finish() override {
    if (!header_written_) return Error{ErrorCode::InvalidArgument, "a file without tracks"};
    int code = av_write_trailer(context_);
    if (code >= 0) code = avio_closep(&context_->pb);
    if (code < 0) return ffmpeg_error(code, "cannot finish '" + part_.string() + "'");
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
  bool is_iso_media() const {
    const std::string_view name = context_->oformat->name;
    return name == "mp4" || name == "mov";
  }

  const std::filesystem::path path_;
  std::filesystem::path part_;
  AVFormatContext* context_ = nullptr;
  AVStream* video_ = nullptr;  // both belong to context_
  AVStream* audio_ = nullptr;
  bool created_ = false;
  bool header_written_ = false;
};

}  // namespace

Result<std::unique_ptr<FileMuxer>> FileMuxer::create(std::filesystem::path path) {
  auto muxer = std::make_unique<ContainerMuxer>(std::move(path));
  if (auto opened = muxer->open_container(); !opened) return opened.error();
  return std::unique_ptr<FileMuxer>(std::move(muxer));
}

}  // namespace streamkit::media
