#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <streamkit/core/json_text.hpp>
#include <streamkit/core/stereo_choice.hpp>
#include <streamkit/core/text.hpp>

namespace streamkit {
namespace {

// The words are in the order of the enumerators.
constexpr std::array<std::string_view, 1> kAutomatic = {"auto"};
constexpr std::array<std::string_view, 5> kDepths = {"auto", "network", "cues", "onnx", "flat"};
constexpr std::array<std::string_view, 3> kViews = {"both", "left", "right"};
constexpr std::array<std::string_view, 3> kEdges = {"fill", "preserve", "window"};

// In the order of kAccess.
constexpr std::array<StereoFieldInfo, 9> kFields = {{
    {.name = "divergence",
     .summary = "depth: largest shift between the eyes, in percent of the width",
     .default_value = "2.0",
     .is_number = true,
     .least = 0,
     .most = 10},
    {.name = "convergence",
     .summary = "the depth at the screen: 0 all before it, 1 all behind it; auto: that of the "
                "middle of the frame",
     .default_value = "0.5",
     .words = kAutomatic,
     .is_number = true,
     .least = 0,
     .most = 1},
    {.name = "depth",
     .summary = "where depth comes from: auto (the built-in network fused with cues and motion), "
                "network (the built-in network alone), cues (cues and motion alone), onnx (the "
                "worker's own network; auto where it has none) or flat (none)",
     .default_value = "auto",
     .words = kDepths},
    {.name = "synthetic_view",
     .summary = "both: each eye sees half of the shift; left or right: that eye all of it, the "
                "other the source",
     .default_value = "both",
     .words = kViews},
    {.name = "screen_edge",
     .summary = "left and right edge of the frame: fill (continued), preserve (depth fades out) or "
                "window (black bars before the nearest object)",
     .default_value = "fill",
     .words = kEdges},
    {.name = "edge_dilation_x",
     .summary = "pixels by which near objects grow sideways",
     .default_value = "2",
     .is_number = true,
     .least = 0,
     .most = 16,
     .is_whole = true},
    {.name = "edge_dilation_y",
     .summary = "pixels by which near objects grow up and down",
     .default_value = "2",
     .is_number = true,
     .least = 0,
     .most = 16,
     .is_whole = true},
    {.name = "ipd_offset",
     .summary = "moves the views apart, all into the depth, in percent of the width",
     .default_value = "0",
     .is_number = true,
     .least = -10,
     .most = 10},
    {.name = "foreground_scale",
     .summary = "above 0 gives more of the depth to what is near, below 0 to what is far",
     .default_value = "0",
     .is_number = true,
     .least = -3,
     .most = 3},
}};

using Value = std::optional<StereoValue>;

// Reads and writes a field of a choice. Values to write are valid.
struct Access {
  Value (*get)(const StereoChoice&);
  void (*set)(StereoChoice&, const StereoValue&);
};

template <auto Member>
constexpr Access number_access() {
  return {[](const StereoChoice& choice) -> Value {
            const auto& member = choice.*Member;
            if (!member) return {};
            return StereoValue(static_cast<double>(*member));
          },
          [](StereoChoice& choice, const StereoValue& value) {
            using Number = typename std::remove_reference_t<decltype(choice.*Member)>::value_type;
            choice.*Member = static_cast<Number>(std::get<double>(value));
          }};
}

template <auto Member, const auto& Words>
constexpr Access word_access() {
  return {[](const StereoChoice& choice) -> Value {
            const auto& member = choice.*Member;
            if (!member) return {};
            const auto index = static_cast<std::size_t>(*member);
            return StereoValue(std::string(index < Words.size() ? Words[index] : "unknown"));
          },
          [](StereoChoice& choice, const StereoValue& value) {
            using Word = typename std::remove_reference_t<decltype(choice.*Member)>::value_type;
            const auto found = std::find(Words.begin(), Words.end(), std::get<std::string>(value));
            choice.*Member = static_cast<Word>(found - Words.begin());
          }};
}

constexpr Access convergence_access() {
  return {[](const StereoChoice& choice) -> Value {
            if (!choice.convergence) return {};
            if (choice.convergence->automatic) return StereoValue(std::string(kAutomatic[0]));
            return StereoValue(choice.convergence->depth);
          },
          [](StereoChoice& choice, const StereoValue& value) {
            const auto* depth = std::get_if<double>(&value);
            choice.convergence =
                depth != nullptr ? Convergence{.depth = *depth} : Convergence{.automatic = true};
          }};
}

constexpr std::array<Access, kFields.size()> kAccess = {
    number_access<&StereoChoice::divergence>(),
    convergence_access(),
    word_access<&StereoChoice::depth, kDepths>(),
    word_access<&StereoChoice::synthetic_view, kViews>(),
    word_access<&StereoChoice::screen_edge, kEdges>(),
    number_access<&StereoChoice::edge_dilation_x_px>(),
    number_access<&StereoChoice::edge_dilation_y_px>(),
    number_access<&StereoChoice::ipd_offset>(),
    number_access<&StereoChoice::foreground_scale>(),
};

std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), written.ptr};
}

bool is_valid(const StereoFieldInfo& field, const StereoValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    return std::find(field.words.begin(), field.words.end(), *word) != field.words.end();
  }
  const double number = std::get<double>(value);
  // Also false for a NaN.
  const bool within = field.is_number && number >= field.least && number <= field.most;
  return within && (!field.is_whole || number == std::trunc(number));
}

Error wrong(const StereoFieldInfo& field) {
  return {ErrorCode::InvalidArgument,
          "stereo." + std::string(field.name) + " must be " + stereo_field_rule(field)};
}

Error unknown_field() {
  std::string names;
  for (const StereoFieldInfo& field : kFields) names.append(", ").append(field.name);
  return {ErrorCode::InvalidArgument,
          "stereo has an unknown field; the known ones are mode" + names};
}

std::string value_text(const StereoValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr ? number_text(*number) : std::get<std::string>(value);
}

}  // namespace

std::span<const StereoFieldInfo> stereo_fields() noexcept { return kFields; }

std::string stereo_field_rule(const StereoFieldInfo& field) {
  std::string words;
  for (const std::string_view word : field.words) {
    words.append(words.empty() ? "" : ", ").append(word);
  }
  if (!field.is_number) return "one of " + words;
  std::string rule = field.is_whole ? "a whole number from " : "a number from ";
  rule += number_text(field.least) + " to " + number_text(field.most);
  return words.empty() ? rule : rule + ", or " + words;
}

Result<void> set_stereo_field(StereoChoice& choice, std::string_view name,
                              const StereoValue& value) {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (kFields[i].name != name) continue;
    if (!is_valid(kFields[i], value)) return wrong(kFields[i]);
    kAccess[i].set(choice, value);
    return {};
  }
  return unknown_field();
}

Result<void> set_stereo_field_text(StereoChoice& choice, std::string_view name,
                                   std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  const bool is_number = failure == std::errc() && stopped == end;
  return set_stereo_field(choice, name,
                          is_number ? StereoValue(number) : StereoValue(std::string(text)));
}

std::vector<std::pair<std::string_view, StereoValue>> stereo_values(const StereoChoice& choice) {
  std::vector<std::pair<std::string_view, StereoValue>> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (auto value = kAccess[i].get(choice))
      values.emplace_back(kFields[i].name, *std::move(value));
  }
  return values;
}

Result<void> check_stereo_choice(const StereoChoice& choice) {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto value = kAccess[i].get(choice);
    if (value && !is_valid(kFields[i], *value)) return wrong(kFields[i]);
  }
  return {};
}

std::string stereo_json(StereoMode mode, const StereoChoice& choice) {
  std::string json = "{\"mode\":" + json_string(to_string(mode));
  for (const auto& [name, value] : stereo_values(choice)) {
    json.append(",").append(json_string(name)).append(":");
    const auto* number = std::get_if<double>(&value);
    json += number != nullptr ? number_text(*number) : json_string(std::get<std::string>(value));
  }
  return json + "}";
}

std::string to_string(const StereoChoice& choice) {
  std::string text;
  for (const auto& [name, value] : stereo_values(choice)) {
    text.append(text.empty() ? "" : " ").append(name).append("=").append(value_text(value));
  }
  return text;
}

Result<StereoChoice> parse_stereo_choice(std::string_view text) {
  StereoChoice choice;
  while (!text.empty()) {
    const std::string_view field = text.substr(0, text.find(' '));
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string_view value = field.substr(std::min(equals + 1, field.size()));
    if (auto set = set_stereo_field_text(choice, field.substr(0, equals), value); !set) {
      return set.error();
    }
    text.remove_prefix(std::min(field.size() + 1, text.size()));
  }
  return choice;
}

}  // namespace streamkit
