#include "media/track_selection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <vector>

extern "C" {
#include <libavutil/avstring.h>
}

namespace streamkit::media {
namespace {

constexpr int kStillPicture = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
constexpr int kForOthers = AV_DISPOSITION_COMMENT | AV_DISPOSITION_VISUAL_IMPAIRED |
                           AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_DESCRIPTIONS |
                           AV_DISPOSITION_KARAOKE | AV_DISPOSITION_LYRICS |
                           AV_DISPOSITION_CLEAN_EFFECTS | AV_DISPOSITION_NON_DIEGETIC;

// Every row holds the names of one language: ISO 639-1, 639-2/B, 639-2/T, in English.
constexpr std::array<std::array<std::string_view, 4>, 24> kLanguages = {
    {{"ar", "ara", "ara", "arabic"},    {"bg", "bul", "bul", "bulgarian"},
     {"cs", "cze", "ces", "czech"},     {"da", "dan", "dan", "danish"},
     {"de", "ger", "deu", "german"},    {"el", "gre", "ell", "greek"},
     {"en", "eng", "eng", "english"},   {"es", "spa", "spa", "spanish"},
     {"fi", "fin", "fin", "finnish"},   {"fr", "fre", "fra", "french"},
     {"he", "heb", "heb", "hebrew"},    {"hi", "hin", "hin", "hindi"},
     {"hu", "hun", "hun", "hungarian"}, {"it", "ita", "ita", "italian"},
     {"ja", "jpn", "jpn", "japanese"},  {"ko", "kor", "kor", "korean"},
     {"nl", "dut", "nld", "dutch"},     {"no", "nor", "nor", "norwegian"},
     {"pl", "pol", "pol", "polish"},    {"pt", "por", "por", "portuguese"},
     {"ru", "rus", "rus", "russian"},   {"sv", "swe", "swe", "swedish"},
     {"tr", "tur", "tur", "turkish"},   {"zh", "chi", "zho", "chinese"}}};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Returns the first name of the language; without the region of a tag such as "pt-BR".
std::string first_name(std::string_view language) {
  const std::string name = lower(language.substr(0, language.find('-')));
  for (const auto& row : kLanguages) {
    if (std::find(row.begin(), row.end(), name) != row.end()) return std::string(row.front());
  }
  return name;
}

std::string tag(const AVDictionary* metadata, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(metadata, name, nullptr, 0);
  return entry == nullptr ? std::string() : std::string(entry->value);
}

bool is_usable(const AVStream& stream, AVMediaType type) {
  if (stream.codecpar->codec_type != type) return false;
  if (type == AVMEDIA_TYPE_VIDEO) return (stream.disposition & kStillPicture) == 0;
  return type != AVMEDIA_TYPE_AUDIO || stream.codecpar->sample_rate > 0;
}

std::vector<AVStream*> candidates(const AVFormatContext& file, AVMediaType type) {
  std::vector<AVStream*> found;
  for (AVStream* stream : tracks_of(file)) {
    if (is_usable(*stream, type)) found.push_back(stream);
  }
  return found;
}

// Returns whether a program of the file holds both tracks, or there are no programs.
bool share_program(const AVFormatContext& file, const AVStream* one, const AVStream* other) {
  if (one == nullptr || file.nb_programs == 0) return true;
  const auto holds = [](const AVProgram& program, const AVStream* stream) {
    const std::span indexes(program.stream_index, program.nb_stream_indexes);
    return std::find(indexes.begin(), indexes.end(), static_cast<unsigned>(stream->index)) !=
           indexes.end();
  };
  const std::span programs(file.programs, file.nb_programs);
  return std::any_of(programs.begin(), programs.end(), [&](const AVProgram* program) {
    return holds(*program, one) && holds(*program, other);
  });
}

// Returns whether a track has far fewer frames than another one of its kind, as the photo beside
// the video that a camera recorded with it.
bool is_beside_another(const AVFormatContext& file, const AVStream& stream) {
  constexpr std::int64_t kTimes = 10;
  const auto tracks = tracks_of(file);
  return stream.nb_frames > 0 &&
         std::any_of(tracks.begin(), tracks.end(), [&](const AVStream* other) {
           return is_usable(*other, stream.codecpar->codec_type) &&
                  other->nb_frames >= kTimes * stream.nb_frames;
         });
}

// Returns whether FFmpeg can decode a track, and may, where the file has a list of decoders.
bool is_decodable(const AVFormatContext& file, AVCodecID codec) {
  const AVCodec* decoder = avcodec_find_decoder(codec);
  if (decoder == nullptr || file.codec_whitelist == nullptr) return decoder != nullptr;
  return av_match_list(decoder->name, file.codec_whitelist, ',') > 0;
}

// What makes a track better than another one, the most important first.
auto rank(const AVFormatContext& file, const AVStream* video, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  const bool decodable = is_decodable(file, codec.codec_id);
  const std::int64_t size = codec.codec_type == AVMEDIA_TYPE_VIDEO
                                ? std::int64_t{codec.width} * codec.height
                                : codec.ch_layout.nb_channels;
  const auto has = [&](int flags) { return (stream.disposition & flags) != 0; };
  return std::tuple(decodable, share_program(file, video, &stream),
                    !is_beside_another(file, stream), !has(kForOthers), has(AV_DISPOSITION_DEFAULT),
                    has(AV_DISPOSITION_FORCED), !has(AV_DISPOSITION_DUB), size);
}

// Returns the number of a track that is meant by `choice`, from 0; empty if it is not a number.
std::optional<std::size_t> number_of(const std::string& choice) {
  std::size_t number = 0;
  const char* end = choice.data() + choice.size();
  const auto [stopped, failure] = std::from_chars(choice.data(), end, number);
  if (failure != std::errc{} || stopped != end || number == 0) return {};
  return number - 1;
}

Result<AVStream*> choose(const AVFormatContext& file, const AVStream* video, AVMediaType type,
                         const std::string& choice) {
  std::vector<AVStream*> found = candidates(file, type);
  if (const auto number = number_of(choice)) {
    if (*number < found.size()) return found[*number];
    found.clear();
  } else if (!choice.empty()) {
    std::erase_if(found, [&](const AVStream* stream) {
      return !is_same_language(tag(stream->metadata, "language"), choice);
    });
  }
  if (found.empty() && choice.empty()) return static_cast<AVStream*>(nullptr);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const AVStream* each : candidates(file, type))
      names.push_back(describe_track(file, *each));
    return Error{ErrorCode::NotFound,
                 "no " + std::string(av_get_media_type_string(type)) + " track is '" + choice +
                     "'; " +
                     (names.empty() ? "the file has none" : "there are " + join_names(names))};
  }
  // The first one of the best.
  return *std::max_element(found.begin(), found.end(), [&](const AVStream* a, const AVStream* b) {
    return rank(file, video, *a) < rank(file, video, *b);
  });
}

void add_marks(std::string& text, int disposition) {
  struct Mark {
    int flag;
    const char* name;
  };
  constexpr std::array<Mark, 7> kMarks = {{{AV_DISPOSITION_DEFAULT, "default"},
                                           {AV_DISPOSITION_FORCED, "forced"},
                                           {AV_DISPOSITION_COMMENT, "commentary"},
                                           {AV_DISPOSITION_VISUAL_IMPAIRED, "visual impaired"},
                                           {AV_DISPOSITION_HEARING_IMPAIRED, "hearing impaired"},
                                           {AV_DISPOSITION_ATTACHED_PIC, "cover art"},
                                           {AV_DISPOSITION_DUB, "dubbed"}}};
  for (const Mark& mark : kMarks) {
    if ((disposition & mark.flag) != 0) text += std::string(", ") + mark.name;
  }
}

}  // namespace

Result<AVStream*> choose_video(const AVFormatContext& file, const std::string& choice) {
  return choose(file, nullptr, AVMEDIA_TYPE_VIDEO, choice);
}

Result<AVStream*> choose_audio(const AVFormatContext& file, const AVStream* video,
                               const std::string& choice) {
  return choose(file, video, AVMEDIA_TYPE_AUDIO, choice);
}

bool is_same_language(std::string_view one, std::string_view other) {
  return !one.empty() && first_name(one) == first_name(other);
}

bool is_chapter_track(const AVFormatContext& file, const AVStream& stream) {
  return file.nb_chapters > 0 && stream.codecpar->codec_type == AVMEDIA_TYPE_DATA &&
         stream.codecpar->codec_id == AV_CODEC_ID_BIN_DATA;
}

std::string codec_name_of(const AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_NONE) return avcodec_get_name(codec.codec_id);
  if (codec.codec_tag == 0) return "unknown";
  std::array<char, AV_FOURCC_MAX_STRING_SIZE> text{};
  return "'" + std::string(av_fourcc_make_string(text.data(), codec.codec_tag)) + "'";
}

std::string describe_track(const AVFormatContext& file, const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  int number = 0;
  for (const AVStream* each : tracks_of(file)) {
    number += each->codecpar->codec_type == codec.codec_type &&
                      (each->disposition & kStillPicture) == (stream.disposition & kStillPicture)
                  ? 1
                  : 0;
    if (each == &stream) break;
  }
  const char* kind = av_get_media_type_string(codec.codec_type);
  std::string text = std::string(kind == nullptr ? "data" : kind) + " " + std::to_string(number) +
                     " (" + codec_name_of(codec);
  if (codec.codec_type == AVMEDIA_TYPE_VIDEO) {
    text += ", " + std::to_string(codec.width) + "x" + std::to_string(codec.height);
  }
  if (codec.codec_type == AVMEDIA_TYPE_AUDIO) {
    const int channels = codec.ch_layout.nb_channels;
    text += ", " + std::to_string(channels) + (channels == 1 ? " channel" : " channels");
  }
  if (const std::string language = tag(stream.metadata, "language");
      !language.empty() && language != "und") {
    text += ", " + language;
  }
  add_marks(text, stream.disposition);
  return text + ")";
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace streamkit::media
