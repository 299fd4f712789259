#include <limits>
#include <streamkit/dash/mpd.hpp>
#include <utility>

#include "dash/mpd_values.hpp"
#include "dash/xml.hpp"

namespace streamkit::dash {
namespace {

// Reads elements into values. After the first error the rest of what it returns is not used.
class Reader {
 public:
  Mpd mpd(const XmlElement& element);
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  Period period(const XmlElement& element);
  AdaptationSet adaptation_set(const XmlElement& element, std::optional<SegmentTemplate> inherited);
  // `head` has the attributes, also those of the set.
  Representation representation(const XmlElement& head, const std::vector<XmlElement>& children,
                                const std::optional<SegmentTemplate>& inherited);
  // Counts what is copied to each representation; false if that is too much.
  bool may_inherit(const XmlElement& element, const std::optional<SegmentTemplate>& segments);
  // `inherited` has what is not stated again.
  SegmentTemplate segment_template(const XmlElement& element, SegmentTemplate inherited);
  std::vector<TimelineEntry> timeline(const XmlElement& element);
  ServiceDescription service_description(const XmlElement& element);
  Descriptor descriptor(const XmlElement& element);

  void fail(const XmlElement& element, std::string_view attribute, std::string_view expected,
            ErrorCode code = ErrorCode::CorruptData);
  void require(const XmlElement& element, std::string_view attribute);

  void text(const XmlElement& element, std::string_view attribute, std::string& into);
  void time(const XmlElement& element, std::string_view attribute, std::optional<MediaTime>& into);
  void utc(const XmlElement& element, std::string_view attribute, std::optional<UtcTime>& into);
  void millis(const XmlElement& element, std::string_view attribute,
              std::optional<std::chrono::milliseconds>& into);
  void permille(const XmlElement& element, std::string_view attribute,
                std::optional<std::uint32_t>& into);
  // Of 32 or 64 bits.
  template <typename Number>
  void number(const XmlElement& element, std::string_view attribute, Number& into);

  std::optional<Error> error_;
  std::size_t inherited_bytes_ = 0;
};

void Reader::fail(const XmlElement& element, std::string_view attribute, std::string_view expected,
                  ErrorCode code) {
  if (error_) return;
  error_ =
      Error{code, "line " + std::to_string(element.line) + ": expected " + std::string(expected) +
                      " in '" + std::string(attribute) + "' of " + element.name};
}

void Reader::require(const XmlElement& element, std::string_view attribute) {
  if (element.find(attribute) == nullptr) fail(element, attribute, "a value");
}

void Reader::text(const XmlElement& element, std::string_view attribute, std::string& into) {
  if (const std::string* value = element.find(attribute)) into = *value;
}

void Reader::time(const XmlElement& element, std::string_view attribute,
                  std::optional<MediaTime>& into) {
  const std::string* value = element.find(attribute);
  if (value == nullptr) return;
  into = parse_duration(*value);
  if (into) return;
  if (has_years_or_months(*value)) {
    return fail(element, attribute, "a duration without years and months", ErrorCode::Unsupported);
  }
  fail(element, attribute, "a duration such as PT1.5S");
}

void Reader::utc(const XmlElement& element, std::string_view attribute,
                 std::optional<UtcTime>& into) {
  const std::string* value = element.find(attribute);
  if (value == nullptr) return;
  into = parse_utc_time(*value);
  if (!into) fail(element, attribute, "a date and time such as 2026-01-31T12:00:00Z");
}

void Reader::millis(const XmlElement& element, std::string_view attribute,
                    std::optional<std::chrono::milliseconds>& into) {
  std::optional<std::uint32_t> count;
  number(element, attribute, count);
  if (count) into = std::chrono::milliseconds(*count);
}

void Reader::permille(const XmlElement& element, std::string_view attribute,
                      std::optional<std::uint32_t>& into) {
  const std::string* value = element.find(attribute);
  if (value == nullptr) return;
  into = parse_permille(*value);
  if (!into) fail(element, attribute, "a decimal number");
}

template <typename T>
struct BareNumber {
  using type = T;
};
template <typename T>
struct BareNumber<std::optional<T>> {
  using type = T;
};

template <typename Number>
void Reader::number(const XmlElement& element, std::string_view attribute, Number& into) {
  using Bare = typename BareNumber<Number>::type;
  const std::string* text = element.find(attribute);
  if (text == nullptr) return;
  const auto value = parse_number(*text);
  if (!value || *value > std::numeric_limits<Bare>::max()) {
    return fail(element, attribute, "a number");
  }
  into = static_cast<Bare>(*value);
}

Descriptor Reader::descriptor(const XmlElement& element) {
  Descriptor result;
  require(element, "schemeIdUri");
  text(element, "schemeIdUri", result.scheme_id_uri);
  text(element, "value", result.value);
  return result;
}

std::vector<TimelineEntry> Reader::timeline(const XmlElement& element) {
  std::vector<TimelineEntry> entries;
  for (const XmlElement& child : element.children) {
    if (child.name != "S") continue;
    TimelineEntry& entry = entries.emplace_back();
    require(child, "d");
    number(child, "t", entry.start);
    number(child, "d", entry.duration);
    const std::string* repeat = child.find("r");
    if (repeat != nullptr && repeat->starts_with('-')) {
      fail(child, "r", "a number that is not negative", ErrorCode::Unsupported);
    }
    number(child, "r", entry.repeat);
  }
  return entries;
}

SegmentTemplate Reader::segment_template(const XmlElement& element, SegmentTemplate inherited) {
  SegmentTemplate result = std::move(inherited);
  number(element, "timescale", result.timescale);
  number(element, "presentationTimeOffset", result.presentation_time_offset);
  number(element, "duration", result.duration);
  number(element, "startNumber", result.start_number);
  text(element, "initialization", result.initialization);
  text(element, "media", result.media);
  if (const std::string* value = element.find("availabilityTimeOffset")) {
    result.availability_time_offset = parse_seconds(*value);
    if (!result.availability_time_offset) {
      fail(element, "availabilityTimeOffset", "a decimal number of seconds",
           *value == "INF" ? ErrorCode::Unsupported : ErrorCode::CorruptData);
    }
  }
  if (const std::string* value = element.find("availabilityTimeComplete")) {
    result.availability_time_complete = parse_boolean(*value);
    if (!result.availability_time_complete) {
      fail(element, "availabilityTimeComplete", "true or false");
    }
  }
  for (const XmlElement& child : element.children) {
    if (child.name == "SegmentTimeline") result.timeline = timeline(child);
  }
  return result;
}

bool Reader::may_inherit(const XmlElement& element,
                         const std::optional<SegmentTemplate>& segments) {
  constexpr std::size_t kMaxBytes = std::size_t{64} * 1024 * 1024;
  for (const auto& [name, value] : element.attributes) inherited_bytes_ += value.size();
  if (segments) {
    inherited_bytes_ += segments->initialization.size() + segments->media.size() +
                        segments->timeline.size() * sizeof(TimelineEntry);
  }
  if (inherited_bytes_ <= kMaxBytes) return true;
  fail(element, "Representation", "less that is inherited");
  return false;
}

// Attributes of the set are those of each representation that does not state its own.
XmlElement with_attributes_of(const XmlElement& representation, const XmlElement& set) {
  XmlElement head;
  head.name = representation.name;
  head.line = representation.line;
  head.attributes = representation.attributes;
  for (const char* name : {"codecs", "width", "height", "frameRate", "audioSamplingRate"}) {
    const std::string* value = set.find(name);
    if (value != nullptr && representation.find(name) == nullptr) {
      head.attributes.emplace_back(name, *value);
    }
  }
  return head;
}

Representation Reader::representation(const XmlElement& head,
                                      const std::vector<XmlElement>& children,
                                      const std::optional<SegmentTemplate>& inherited) {
  Representation result;
  require(head, "id");
  require(head, "bandwidth");
  text(head, "id", result.id);
  number(head, "bandwidth", result.bandwidth_bps);
  text(head, "codecs", result.codecs);
  number(head, "width", result.width_px);
  number(head, "height", result.height_px);
  if (const std::string* value = head.find("frameRate")) {
    result.frame_rate = parse_rate(*value);
    if (!result.frame_rate) fail(head, "frameRate", "a rate such as 30000/1001");
  }
  number(head, "audioSamplingRate", result.audio_sampling_rate_hz);
  result.segment_template = inherited;
  for (const XmlElement& child : children) {
    if (child.name == "AudioChannelConfiguration") {
      result.audio_channel_configurations.push_back(descriptor(child));
    } else if (child.name == "SegmentTemplate") {
      result.segment_template =
          segment_template(child, std::move(result.segment_template).value_or(SegmentTemplate{}));
    }
  }
  return result;
}

AdaptationSet Reader::adaptation_set(const XmlElement& element,
                                     std::optional<SegmentTemplate> inherited) {
  AdaptationSet result;
  number(element, "id", result.id);
  text(element, "contentType", result.content_type);
  text(element, "mimeType", result.mime_type);
  text(element, "lang", result.language);
  number(element, "startWithSAP", result.start_with_sap);
  if (const std::string* value = element.find("segmentAlignment")) {
    const auto aligned = parse_boolean(*value);
    if (!aligned) fail(element, "segmentAlignment", "true or false");
    result.segment_alignment = aligned.value_or(false);
  }
  for (const XmlElement& child : element.children) {
    if (child.name == "SegmentTemplate") {
      inherited = segment_template(child, std::move(inherited).value_or(SegmentTemplate{}));
    } else if (child.name == "Role") {
      result.roles.push_back(descriptor(child));
    } else if (child.name == "Representation") {
      if (!may_inherit(element, inherited)) return result;
      result.representations.push_back(
          representation(with_attributes_of(child, element), child.children, inherited));
    }
  }
  return result;
}

Period Reader::period(const XmlElement& element) {
  Period result;
  text(element, "id", result.id);
  time(element, "start", result.start);
  time(element, "duration", result.duration);
  std::optional<SegmentTemplate> inherited;
  for (const XmlElement& child : element.children) {
    if (child.name == "SegmentTemplate") inherited = segment_template(child, {});
    if (child.name == "AdaptationSet") {
      if (!may_inherit(child, inherited)) return result;
      result.adaptation_sets.push_back(adaptation_set(child, inherited));
    }
  }
  return result;
}

ServiceDescription Reader::service_description(const XmlElement& element) {
  ServiceDescription result;
  number(element, "id", result.id);
  for (const XmlElement& child : element.children) {
    if (child.name == "Latency") {
      millis(child, "target", result.latency_target);
      millis(child, "min", result.latency_min);
      millis(child, "max", result.latency_max);
    } else if (child.name == "PlaybackRate") {
      permille(child, "min", result.playback_rate_min_permille);
      permille(child, "max", result.playback_rate_max_permille);
    }
  }
  return result;
}

Mpd Reader::mpd(const XmlElement& element) {
  Mpd result;
  const std::string* type = element.find("type");
  if (type != nullptr && *type == "dynamic") {
    result.type = PresentationType::Dynamic;
  } else if (type != nullptr && *type != "static") {
    fail(element, "type", "static or dynamic");
  }
  result.profiles.clear();
  text(element, "profiles", result.profiles);
  utc(element, "availabilityStartTime", result.availability_start_time);
  utc(element, "publishTime", result.publish_time);
  time(element, "mediaPresentationDuration", result.media_presentation_duration);
  time(element, "minimumUpdatePeriod", result.minimum_update_period);
  time(element, "timeShiftBufferDepth", result.time_shift_buffer_depth);
  time(element, "suggestedPresentationDelay", result.suggested_presentation_delay);
  time(element, "maxSegmentDuration", result.max_segment_duration);
  std::optional<MediaTime> min_buffer_time;
  time(element, "minBufferTime", min_buffer_time);
  result.min_buffer_time = min_buffer_time.value_or(MediaTime{0});
  for (const XmlElement& child : element.children) {
    if (child.name == "ServiceDescription") {
      result.service_descriptions.push_back(service_description(child));
    } else if (child.name == "Period") {
      result.periods.push_back(period(child));
    } else if (child.name == "UTCTiming") {
      result.utc_timings.push_back(descriptor(child));
    }
  }
  return result;
}

}  // namespace

Result<Mpd> parse_mpd(std::string_view text) {
  const auto document = parse_xml(text);
  if (!document) return document.error();
  if (document->name != "MPD") {
    return Error{ErrorCode::CorruptData, "line " + std::to_string(document->line) +
                                             ": expected MPD in the namespace " +
                                             std::string(kNamespace)};
  }
  Reader reader;
  Mpd mpd = reader.mpd(*document);
  if (reader.error()) return *reader.error();
  return mpd;
}

}  // namespace streamkit::dash
