#include "media/companion_tracks.hpp"

#include <algorithm>
#include <array>
#include <streamkit/media/sound_encoder.hpp>

#include "media/codec_parameters.hpp"
#include "media/ffmpeg_error.hpp"
#include "media/mux_streams.hpp"
#include "media/subtitle_converter.hpp"
#include "media/track_selection.hpp"

namespace streamkit::media {
namespace {

// Tags that describe the input as a file, or that its muxer wrote.
constexpr std::array<const char*, 8> kOwnTags = {
    "major_brand", "minor_version", "compatible_brands", "encoder",
    "rotate",      "DURATION",      "handler_name",      "vendor_id"};

void copy_tags(AVDictionary*& to, const AVDictionary* from) {
  av_dict_copy(&to, from, 0);
  for (const char* name : kOwnTags) av_dict_set(&to, name, nullptr, 0);
  // Statistics that mkvmerge writes, true of the input only.
  for (const AVDictionaryEntry* entry = nullptr;
       (entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr;) {
    const std::string_view name = entry->key;
    if (name.starts_with("_STATISTICS") || name.starts_with("BPS") ||
        name.starts_with("NUMBER_OF")) {
      av_dict_set(&to, entry->key, nullptr, 0);
    }
  }
}

Result<void> write_packet(AVFormatContext& muxer, AVPacket& packet) {
  const int code = av_interleaved_write_frame(&muxer, &packet);
  if (code < 0) return ffmpeg_error(code, "cannot write a track");
  return {};
}

// Copies packets.
class CopiedTrack final : public CompanionTrack {
 public:
  CopiedTrack(AVFormatContext& muxer, AVStream& to, AVRational base)
      : muxer_(muxer), to_(to), base_(base) {}

  Result<void> write(AVPacket& packet) override {
    packet.stream_index = to_.index;
    packet.pos = -1;
    av_packet_rescale_ts(&packet, base_, to_.time_base);
    // A damaged timestamp would end the conversion.
    if (packet.dts != AV_NOPTS_VALUE && packet.dts <= last_dts_) return {};
    last_dts_ = packet.dts == AV_NOPTS_VALUE ? last_dts_ : packet.dts;
    return write_packet(muxer_, packet);
  }
  Result<void> finish() override { return {}; }

 private:
  AVFormatContext& muxer_;
  AVStream& to_;
  const AVRational base_;
  std::int64_t last_dts_ = INT64_MIN;
};

// Converts text subtitles.
class TextTrack final : public CompanionTrack {
 public:
  TextTrack(AVFormatContext& muxer, AVStream& to, AVRational base,
            std::unique_ptr<SubtitleConverter> converter)
      : converter_(std::move(converter)), muxer_(muxer), to_(to), base_(base) {}

  Result<void> write(AVPacket& packet) override {
    auto converted = converter_->convert(packet);
    if (!converted) return converted.error();
    if (*converted == nullptr) return {};
    AVPacket& text = **converted;
    text.stream_index = to_.index;
    text.pts = text.dts = packet.pts;
    text.duration = packet.duration;
    text.flags |= AV_PKT_FLAG_KEY;
    av_packet_rescale_ts(&text, base_, to_.time_base);
    return write_packet(muxer_, text);
  }
  Result<void> finish() override { return {}; }

 private:
  const std::unique_ptr<SubtitleConverter> converter_;
  AVFormatContext& muxer_;
  AVStream& to_;
  const AVRational base_;
};

// Encodes audio that the container cannot hold.
class EncodedTrack final : public CompanionTrack, public PacketSink {
 public:
  EncodedTrack(AVFormatContext& muxer, const AVStream& from) : muxer_(muxer), from_(from) {}

  Result<void> start(const AudioTrack& track) {
    track_ = track;
    auto encoder = SoundEncoder::create(*this, {.format = aac_format(track.format)});
    if (!encoder) return encoder.error();
    encoder_ = std::move(*encoder);
    return encoder_->open({{}, track});
  }
  [[nodiscard]] AVStream* stream() const { return to_; }

  Result<void> write(AVPacket& coded) override {
    Packet packet;
    packet.track = TrackKind::Audio;
    packet.pts = to_media_time(coded.pts, from_.time_base);
    packet.dts = packet.pts;
    packet.duration = to_media_time(coded.duration, from_.time_base);
    packet.data.assign(coded.data, coded.data + coded.size);
    return encoder_->write(std::move(packet));
  }
  Result<void> finish() override { return encoder_->finish(); }

  Result<void> open(const Tracks& tracks) override {
    auto stream = add_stream(&muxer_, *tracks.audio);
    if (!stream) return stream.error();
    to_ = *stream;
    return {};
  }
  Result<void> write(Packet packet) override {
    auto borrowed = borrow_packet(packet, *to_);
    if (!borrowed) return borrowed.error();
    if (av_packet_make_refcounted(borrowed->get()) < 0) return out_of_memory();
    return write_packet(muxer_, **borrowed);
  }

 private:
  AVFormatContext& muxer_;
  const AVStream& from_;
  AVStream* to_ = nullptr;
  AudioTrack track_;
  std::unique_ptr<SoundEncoder> encoder_;
};

Result<AVStream*> add_copy(AVFormatContext& muxer, const AVStream& from) {
  AVStream* to = avformat_new_stream(&muxer, nullptr);
  if (to == nullptr || avcodec_parameters_copy(to->codecpar, from.codecpar) < 0) {
    return out_of_memory();
  }
  to->codecpar->codec_tag = 0;
  to->time_base = from.time_base;
  return to;
}

bool is_text(AVCodecID codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
  return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_TEXT_SUB) != 0;
}

}  // namespace

Result<std::unique_ptr<CompanionTracks>> CompanionTracks::open(const Companion& companion,
                                                               const Container& container,
                                                               AVFormatContext& muxer) {
  std::unique_ptr<CompanionTracks> tracks(new CompanionTracks);
  InputOptions options;
  options.tracks = companion.tracks;
  options.start_at_zero = true;
  options.allow_playlists = companion.allow_playlists;
  auto input = InputFile::open(companion.file, options);
  if (!input) return input.error();
  tracks->input_ = std::move(*input);
  tracks->input_->read_others();
  tracks->from_ = companion.start;
  tracks->to_ = companion.end;
  if (auto added = tracks->add_tracks(container, muxer); !added) return added.error();
  const auto& all = tracks->tracks_;
  tracks->ended_ =
      std::none_of(all.begin(), all.end(), [](const auto& each) { return each != nullptr; });
  return tracks;
}

Result<void> CompanionTracks::add_tracks(const Container& container, AVFormatContext& muxer) {
  AVFormatContext& input = *input_->context();
  tracks_.resize(input.nb_streams);
  for (AVStream* stream : tracks_of(input)) {
    const bool main = stream == input_->video() || stream == input_->audio();
    // The clock of the main tracks is that of all, so they are read too where it may jump.
    const bool clock = main && (input.iformat->flags & AVFMT_TS_DISCONT) != 0;
    stream->discard = clock ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    if (main || is_chapter_track(input, *stream)) continue;
    if (auto added = add_track(*stream, container, muxer); !added) return added;
    const bool read = tracks_[static_cast<std::size_t>(stream->index)] != nullptr;
    if (read) stream->discard = AVDISCARD_DEFAULT;
  }
  return {};
}

void CompanionTracks::drop(const AVStream& stream, const std::string& reason) {
  report_.dropped.push_back(describe_track(*input_->context(), stream) + ", because " + reason);
}

Result<void> CompanionTracks::add_track(AVStream& stream, const Container& container,
                                        AVFormatContext& muxer) {
  const AVCodecParameters& codec = *stream.codecpar;
  const AVMediaType type = codec.codec_type;
  auto& track = tracks_[static_cast<std::size_t>(stream.index)];
  AVStream* to = nullptr;
  if (type == AVMEDIA_TYPE_ATTACHMENT && std::string_view(container.muxer) == "matroska") {
    auto copy = add_copy(muxer, stream);
    if (!copy) return copy.error();
    to = *copy;
  } else if (type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_SUBTITLE) {
    drop(stream, type == AVMEDIA_TYPE_VIDEO ? "only one video is converted"
                                            : "tracks of its kind are not carried over");
    return {};
  } else if (type == AVMEDIA_TYPE_AUDIO &&
             (codec.sample_rate <= 0 || codec.ch_layout.nb_channels <= 0)) {
    drop(stream, "neither the file nor its packets state its sample rate and channels");
    return {};
  } else if (container.holds_codec(codec.codec_id)) {
    auto copy = add_copy(muxer, stream);
    if (!copy) return copy.error();
    to = *copy;
    track = std::make_unique<CopiedTrack>(muxer, *to, stream.time_base);
  } else if (type == AVMEDIA_TYPE_AUDIO) {
    auto encoded = std::make_unique<EncodedTrack>(muxer, stream);
    if (auto started = encoded->start(audio_track(stream)); !started) return started;
    to = encoded->stream();
    track = std::move(encoded);
    report_.changed.push_back(describe_track(*input_->context(), stream) + " encoded as AAC");
  } else if (is_text(codec.codec_id)) {
    auto converter = SubtitleConverter::open(stream, container.text_codec);
    if (!converter) {
      drop(stream, "it cannot be converted");
      return {};
    }
    auto copy = (*converter)->add_stream(muxer);
    if (!copy) return copy.error();
    to = *copy;
    track = std::make_unique<TextTrack>(muxer, *to, stream.time_base, std::move(*converter));
  } else {
    drop(stream, "it does not fit into this container, .mkv holds it");
    return {};
  }
  copy_tags(to->metadata, stream.metadata);
  // The main tracks are the default ones.
  to->disposition = stream.disposition & ~AV_DISPOSITION_DEFAULT;
  report_.carried.push_back(describe_track(*input_->context(), stream));
  return {};
}

Result<void> CompanionTracks::describe(AVFormatContext& muxer, AVStream* video,
                                       AVStream* audio) const {
  const AVFormatContext& input = *input_->context();
  copy_tags(muxer.metadata, input.metadata);
  if (video != nullptr) copy_tags(video->metadata, input_->video()->metadata);
  if (audio != nullptr && input_->audio() != nullptr) {
    copy_tags(audio->metadata, input_->audio()->metadata);
  }
  if (input.nb_chapters == 0) return {};
  muxer.chapters = static_cast<AVChapter**>(av_calloc(input.nb_chapters, sizeof(AVChapter*)));
  if (muxer.chapters == nullptr) return out_of_memory();
  for (const AVChapter* from : std::span(input.chapters, input.nb_chapters)) {
    const MediaTime origin = input_->stated_start();
    const MediaTime start = to_media_time(from->start, from->time_base) - origin - from_;
    const MediaTime end = std::min(to_media_time(from->end, from->time_base) - origin, to_) - from_;
    if (end <= MediaTime{0} || start >= end) continue;
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (chapter == nullptr) return out_of_memory();
    muxer.chapters[muxer.nb_chapters++] = chapter;
    chapter->id = from->id;
    chapter->time_base = {1, 1000};
    chapter->start = from_media_time(std::max(start, MediaTime{0}), chapter->time_base);
    chapter->end = from_media_time(end, chapter->time_base);
    av_dict_copy(&chapter->metadata, from->metadata, 0);
  }
  return {};
}

// Moves a packet to its time in the new file. Returns false if it is not a part of that.
bool CompanionTracks::place(AVPacket& packet) {
  const AVStream& stream = *input_->context()->streams[packet.stream_index];
  const auto index = static_cast<std::size_t>(packet.stream_index);
  const std::int64_t stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  const bool wanted = index < tracks_.size() && tracks_[index] != nullptr;
  if (!wanted || stamp == AV_NOPTS_VALUE) return false;
  const MediaTime time = to_media_time(stamp, stream.time_base);
  const MediaTime length =
      to_media_time(std::max<std::int64_t>(packet.duration, 0), stream.time_base);
  if (time >= to_ || time + length <= from_) return false;
  const std::int64_t shift = from_media_time(from_, stream.time_base);
  // A cue that is shown at the start already begins with it.
  const std::int64_t early = std::max<std::int64_t>(shift - stamp, 0);
  if (early > 0 && stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) return false;
  packet.duration -= early;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += early - shift;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += early - shift;
  waiting_time_ = std::max(time - from_, MediaTime{0});
  return true;
}

// Reads the next packet that is wanted. Returns false at the end.
Result<bool> CompanionTracks::read() {
  for (;;) {
    auto packet = input_->read();
    if (!packet) return packet.error();
    if (*packet == nullptr) return false;
    if (!place(**packet)) continue;
    waiting_ = std::move(*packet);
    return true;
  }
}

Result<void> CompanionTracks::advance(MediaTime until) {
  while (!ended_) {
    if (waiting_ == nullptr) {
      const auto more = read();
      if (!more) return more.error();
      ended_ = !*more;
      if (ended_) return {};
    }
    if (waiting_time_ > until) return {};
    const PacketPtr packet = std::move(waiting_);
    auto written = tracks_[static_cast<std::size_t>(packet->stream_index)]->write(*packet);
    if (!written) return written;
  }
  return {};
}

Result<void> CompanionTracks::finish() {
  if (auto written = advance(MediaTime::max()); !written) return written;
  for (const auto& track : tracks_) {
    if (track == nullptr) continue;
    if (auto finished = track->finish(); !finished) return finished;
  }
  return {};
}

}  // namespace streamkit::media
