#include "media/many_tracks.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <span>

#include "media/media_test_support.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

namespace streamkit::media {
namespace {

AVStream* add_copy(AVFormatContext* to, const AVStream* from) {
  AVStream* stream = avformat_new_stream(to, nullptr);
  avcodec_parameters_copy(stream->codecpar, from->codecpar);
  stream->codecpar->codec_tag = 0;
  return stream;
}

void write(AVFormatContext* to, AVPacket* packet, const AVStream* from, const AVStream* stream) {
  AVPacket* copy = av_packet_clone(packet);
  copy->stream_index = stream->index;
  if (from != nullptr) av_packet_rescale_ts(copy, from->time_base, stream->time_base);
  EXPECT_GE(av_interleaved_write_frame(to, copy), 0);
  av_packet_free(&copy);
}

void add_chapters(AVFormatContext* to, std::int64_t milliseconds) {
  to->chapters = static_cast<AVChapter**>(av_calloc(2, sizeof(AVChapter*)));
  for (const char* title : {"One", "Two"}) {
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    chapter->id = to->nb_chapters + 1;
    chapter->time_base = {1, 1000};
    chapter->start = to->nb_chapters * milliseconds / 2;
    chapter->end = chapter->start + milliseconds / 2;
    av_dict_set(&chapter->metadata, "title", title, 0);
    to->chapters[to->nb_chapters++] = chapter;
  }
}

void write_cue(AVFormatContext* to, const AVStream* stream) {
  const char* text = "A line of text";
  AVPacket* cue = av_packet_alloc();
  av_new_packet(cue, static_cast<int>(std::strlen(text)));
  std::memcpy(cue->data, text, std::strlen(text));
  cue->pts = cue->dts = av_rescale_q(100, {1, 1000}, stream->time_base);
  cue->duration = av_rescale_q(200, {1, 1000}, stream->time_base);
  cue->flags |= AV_PKT_FLAG_KEY;
  write(to, cue, nullptr, stream);
  av_packet_free(&cue);
}

std::string tag(const AVDictionary* tags, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(tags, name, nullptr, 0);
  return entry == nullptr ? "" : entry->value;
}

}  // namespace

void write_many_tracks(const std::filesystem::path& path, std::int64_t frames,
                       const ManyTracks& file) {
  const std::filesystem::path plain = path.string() + ".plain.mp4";
  write_video_file(plain, frames, 0);
  AVFormatContext* from = nullptr;
  ASSERT_GE(avformat_open_input(&from, plain.c_str(), nullptr, nullptr), 0);
  ASSERT_GE(avformat_find_stream_info(from, nullptr), 0);
  AVFormatContext* to = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&to, nullptr, nullptr, path.c_str()), 0);
  const AVStream* video = from->streams[0];
  const AVStream* audio = from->streams[1];
  std::vector<AVStream*> sounds;
  AVStream* pictures = add_copy(to, video);
  for (const auto& sound : file.sounds) {
    AVStream* stream = sounds.emplace_back(add_copy(to, audio));
    av_dict_set(&stream->metadata, "language", sound.language.c_str(), 0);
    for (const auto& [name, flag] : {std::pair("default", AV_DISPOSITION_DEFAULT),
                                     std::pair("comment", AV_DISPOSITION_COMMENT)}) {
      if (sound.disposition.find(name) != std::string::npos) stream->disposition |= flag;
    }
  }
  AVStream* text = nullptr;
  if (!file.subtitles.empty()) {
    text = avformat_new_stream(to, nullptr);
    text->codecpar->codec_type = AVMEDIA_TYPE_SUBTITLE;
    text->codecpar->codec_id = AV_CODEC_ID_SUBRIP;
    av_dict_set(&text->metadata, "language", file.subtitles.c_str(), 0);
  }
  if (!file.title.empty()) av_dict_set(&to->metadata, "title", file.title.c_str(), 0);
  if (file.chapters) add_chapters(to, frames * 1000 / 30);
  ASSERT_GE(avio_open(&to->pb, path.c_str(), AVIO_FLAG_WRITE), 0);
  ASSERT_GE(avformat_write_header(to, nullptr), 0);
  if (text != nullptr) write_cue(to, text);
  AVPacket* packet = av_packet_alloc();
  while (av_read_frame(from, packet) >= 0) {
    const bool picture = packet->stream_index == video->index;
    if (picture) write(to, packet, video, pictures);
    for (const AVStream* sound : sounds) {
      if (!picture) write(to, packet, audio, sound);
    }
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
  EXPECT_GE(av_write_trailer(to), 0);
  avio_closep(&to->pb);
  avformat_free_context(to);
  avformat_close_input(&from);
  std::filesystem::remove(plain);
}

std::vector<std::string> contents_of(const std::filesystem::path& path) {
  std::vector<std::string> contents;
  AVFormatContext* file = nullptr;
  EXPECT_GE(avformat_open_input(&file, path.c_str(), nullptr, nullptr), 0) << path;
  if (file == nullptr) return contents;
  EXPECT_GE(avformat_find_stream_info(file, nullptr), 0);
  for (const AVStream* stream : std::span(file->streams, file->nb_streams)) {
    const AVMediaType type = stream->codecpar->codec_type;
    if (type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_SUBTITLE) continue;
    std::string text = av_get_media_type_string(type);
    text += std::string(" ") + avcodec_get_name(stream->codecpar->codec_id);
    text += " " + tag(stream->metadata, "language");
    const bool marked =
        type == AVMEDIA_TYPE_AUDIO && (stream->disposition & AV_DISPOSITION_DEFAULT);
    contents.push_back(text + (marked ? " default" : ""));
  }
  for (const AVChapter* chapter : std::span(file->chapters, file->nb_chapters)) {
    contents.push_back("chapter " + tag(chapter->metadata, "title"));
  }
  const std::string title = tag(file->metadata, "title");
  if (!title.empty()) contents.push_back("title " + title);
  avformat_close_input(&file);
  return contents;
}

}  // namespace streamkit::media
