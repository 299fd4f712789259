#include "media/encoder_output.hpp"

#include <string>

#include "media/annex_b.hpp"
#include "media/ffmpeg_error.hpp"

namespace streamkit::media {
namespace {

// Returns the bitstream filters for the encoder's packets. A configuration that begins with 1 is an
// avcC or hvcC record, with which packets have lengths instead of start codes.
std::string filters_for(const AVCodecContext& codec, VideoCodec kind) {
  const std::string name = kind == VideoCodec::Hevc ? "hevc" : "h264";
  std::string filters;
  if (codec.extradata_size > 6 && codec.extradata[0] == 1) filters = name + "_mp4toannexb,";
  return filters + name + "_metadata=colour_primaries=" + std::to_string(codec.color_primaries) +
         ":transfer_characteristics=" + std::to_string(codec.color_trc) +
         ":matrix_coefficients=" + std::to_string(codec.colorspace) +
         ":video_full_range_flag=" + (codec.color_range == AVCOL_RANGE_JPEG ? "1" : "0");
}

}  // namespace

Result<std::unique_ptr<EncoderOutput>> EncoderOutput::create(const AVCodecContext& codec,
                                                             VideoCodec kind) {
  std::unique_ptr<EncoderOutput> output(new EncoderOutput(kind));
  if (auto opened = output->open_filter(codec); !opened) return opened.error();
  return output;
}

Result<void> EncoderOutput::open_filter(const AVCodecContext& codec) {
  AVBSFContext* filter = nullptr;
  const std::string filters = filters_for(codec, kind_);
  if (const int code = av_bsf_list_parse_str(filters.c_str(), &filter); code < 0) {
    return ffmpeg_error(code, "this FFmpeg lacks a bitstream filter of '" + filters + "'");
  }
  filter_.reset(filter);
  if (avcodec_parameters_from_context(filter->par_in, &codec) < 0) return out_of_memory();
  filter->time_base_in = codec.time_base;
  if (const int code = av_bsf_init(filter); code < 0) {
    return ffmpeg_error(code, "cannot open the bitstream filter '" + filters + "'");
  }
  const AVCodecParameters& out = *filter->par_out;
  config_.assign(out.extradata, out.extradata + out.extradata_size);
  return {};
}

std::int64_t EncoderOutput::expect(MediaTime pts, MediaTime duration) {
  expected_.push_back({next_number_, pts, duration});
  return next_number_++;
}

Result<void> EncoderOutput::take(AVPacket* packet, std::vector<Packet>& packets) {
  if (const int code = av_bsf_send_packet(filter_.get(), packet); code < 0) {
    return ffmpeg_error(code, "cannot filter an encoded frame");
  }
  const PacketPtr filtered(av_packet_alloc());
  if (filtered == nullptr) return out_of_memory();
  for (;;) {
    const int code = av_bsf_receive_packet(filter_.get(), filtered.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return ffmpeg_error(code, "cannot filter an encoded frame");
    auto done = finished(*filtered);
    av_packet_unref(filtered.get());
    if (!done) return done.error();
    packets.push_back(std::move(*done));
  }
}

Result<Packet> EncoderOutput::finished(const AVPacket& packet) {
  const bool numbered = packet.pts != AV_NOPTS_VALUE;
  // Rate control of some drivers drops frames: the ones before this packet will not come.
  while (numbered && !expected_.empty() && expected_.front().number < packet.pts) {
    expected_.pop_front();
    ++dropped_;
  }
  if (expected_.empty() || (numbered && expected_.front().number != packet.pts)) {
    return Error{ErrorCode::Internal,
                 "the encoder reorders frames although it was opened without B-frames"};
  }
  const Frame frame = expected_.front();
  expected_.pop_front();
  Packet result;
  result.pts = frame.pts;
  result.dts = frame.pts;
  result.duration = frame.duration;
  result.data.assign(packet.data, packet.data + packet.size);
  // The flag of some drivers means any intra picture; streams are cut at IDRs.
  result.keyframe = is_idr(result.data, kind_);
  if (result.keyframe && parameter_sets(result.data, kind_).empty()) {
    put_parameter_sets(result.data, config_, kind_);
  }
  return result;
}

}  // namespace streamkit::media
