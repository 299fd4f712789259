#include <array>
#include <streamkit/dash/mpd.hpp>
#include <string>

#include "dash/mpd_values.hpp"
#include "dash/xml.hpp"

namespace streamkit::dash {
namespace {

void put(XmlWriter& xml, std::string_view name, std::string_view value) {
  if (!value.empty()) xml.attribute(name, value);
}

void put(XmlWriter& xml, std::string_view name, const std::optional<MediaTime>& time) {
  if (time) xml.attribute(name, print_duration(*time));
}

void put(XmlWriter& xml, std::string_view name, const std::optional<UtcTime>& time) {
  if (!time) return;
  std::array<char, kMaxTimeText> text;
  xml.attribute(name, {text.data(), print_utc_time(*time, text)});
}

void put(XmlWriter& xml, std::string_view name,
         const std::optional<std::chrono::milliseconds>& time) {
  if (time) xml.attribute(name, std::to_string(time->count()));
}

void put_number(XmlWriter& xml, std::string_view name, std::optional<std::uint64_t> number) {
  if (number) xml.attribute(name, std::to_string(*number));
}

// 0 is not stated.
void put_positive(XmlWriter& xml, std::string_view name, std::uint64_t number) {
  if (number != 0) put_number(xml, name, number);
}

void write_descriptors(XmlWriter& xml, std::string_view name,
                       const std::vector<Descriptor>& descriptors) {
  for (const Descriptor& descriptor : descriptors) {
    xml.open(name);
    xml.attribute("schemeIdUri", descriptor.scheme_id_uri);
    put(xml, "value", descriptor.value);
    xml.close();
  }
}

void write_timeline(XmlWriter& xml, const std::vector<TimelineEntry>& timeline) {
  if (timeline.empty()) return;
  xml.open("SegmentTimeline");
  for (const TimelineEntry& entry : timeline) {
    xml.open("S");
    put_number(xml, "t", entry.start);
    put_number(xml, "d", entry.duration);
    put_positive(xml, "r", entry.repeat);
    xml.close();
  }
  xml.close();
}

void write_template(XmlWriter& xml, const SegmentTemplate& segments) {
  xml.open("SegmentTemplate");
  put_number(xml, "timescale", segments.timescale);
  put_positive(xml, "presentationTimeOffset", segments.presentation_time_offset);
  if (segments.availability_time_offset) {
    xml.attribute("availabilityTimeOffset", print_decimal(*segments.availability_time_offset));
  }
  if (segments.availability_time_complete) {
    xml.attribute("availabilityTimeComplete",
                  *segments.availability_time_complete ? "true" : "false");
  }
  put_number(xml, "duration", segments.duration);
  put_number(xml, "startNumber", segments.start_number);
  put(xml, "initialization", segments.initialization);
  put(xml, "media", segments.media);
  write_timeline(xml, segments.timeline);
  xml.close();
}

void write_representation(XmlWriter& xml, const Representation& representation) {
  xml.open("Representation");
  xml.attribute("id", representation.id);
  put_number(xml, "bandwidth", representation.bandwidth_bps);
  put(xml, "codecs", representation.codecs);
  put_positive(xml, "width", representation.width_px);
  put_positive(xml, "height", representation.height_px);
  if (representation.frame_rate) {
    xml.attribute("frameRate", to_string(*representation.frame_rate));
  }
  put_positive(xml, "audioSamplingRate", representation.audio_sampling_rate_hz);
  write_descriptors(xml, "AudioChannelConfiguration", representation.audio_channel_configurations);
  if (representation.segment_template) write_template(xml, *representation.segment_template);
  xml.close();
}

void write_adaptation_set(XmlWriter& xml, const AdaptationSet& set) {
  xml.open("AdaptationSet");
  if (set.id) put_number(xml, "id", *set.id);
  put(xml, "contentType", set.content_type);
  put(xml, "mimeType", set.mime_type);
  put(xml, "lang", set.language);
  if (set.segment_alignment) xml.attribute("segmentAlignment", "true");
  put_positive(xml, "startWithSAP", set.start_with_sap);
  write_descriptors(xml, "Role", set.roles);
  for (const Representation& representation : set.representations) {
    write_representation(xml, representation);
  }
  xml.close();
}

void write_period(XmlWriter& xml, const Period& period) {
  xml.open("Period");
  put(xml, "id", period.id);
  put(xml, "start", period.start);
  put(xml, "duration", period.duration);
  for (const AdaptationSet& set : period.adaptation_sets) write_adaptation_set(xml, set);
  xml.close();
}

void write_service_description(XmlWriter& xml, const ServiceDescription& service) {
  xml.open("ServiceDescription");
  put_number(xml, "id", service.id);
  if (service.latency_target || service.latency_min || service.latency_max) {
    xml.open("Latency");
    put(xml, "target", service.latency_target);
    put(xml, "min", service.latency_min);
    put(xml, "max", service.latency_max);
    xml.close();
  }
  const auto& slowest = service.playback_rate_min_permille;
  const auto& fastest = service.playback_rate_max_permille;
  if (slowest || fastest) {
    xml.open("PlaybackRate");
    if (slowest) xml.attribute("min", print_permille(*slowest));
    if (fastest) xml.attribute("max", print_permille(*fastest));
    xml.close();
  }
  xml.close();
}

}  // namespace

std::string write_mpd(const Mpd& mpd) {
  XmlWriter xml;
  xml.open("MPD");
  xml.attribute("xmlns", kNamespace);
  put(xml, "profiles", mpd.profiles);
  xml.attribute("type", mpd.type == PresentationType::Dynamic ? "dynamic" : "static");
  put(xml, "availabilityStartTime", mpd.availability_start_time);
  put(xml, "publishTime", mpd.publish_time);
  put(xml, "mediaPresentationDuration", mpd.media_presentation_duration);
  put(xml, "minimumUpdatePeriod", mpd.minimum_update_period);
  put(xml, "minBufferTime", std::optional(mpd.min_buffer_time));
  put(xml, "timeShiftBufferDepth", mpd.time_shift_buffer_depth);
  put(xml, "suggestedPresentationDelay", mpd.suggested_presentation_delay);
  put(xml, "maxSegmentDuration", mpd.max_segment_duration);
  for (const ServiceDescription& service : mpd.service_descriptions) {
    write_service_description(xml, service);
  }
  for (const Period& period : mpd.periods) write_period(xml, period);
  write_descriptors(xml, "UTCTiming", mpd.utc_timings);
  xml.close();
  return std::move(xml).take();
}

}  // namespace streamkit::dash
