#include "common/stereo_flags.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace streamkit::common {
namespace {

std::string flag_name(std::string_view field) {
  std::string name(field);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

const char* value_name(const StereoFieldInfo& field) {
  if (!field.is_number) return "NAME";
  return field.words.empty() ? "NUMBER" : "NUMBER|NAME";
}

}  // namespace

std::vector<Flag> stereo_flags(StereoFlagUse use) {
  std::vector<Flag> flags;
  for (const StereoFieldInfo& field : stereo_fields()) {
    Flag flag{.name = flag_name(field.name),
              .value_name = value_name(field),
              .help = std::string(field.summary)};
    if (field.is_number) flag.help += "; " + stereo_field_rule(field);
    if (use == StereoFlagUse::Worker) flag.default_value = std::string(field.default_value);
    flags.push_back(std::move(flag));
  }
  return flags;
}

Result<StereoChoice> read_stereo_flags(const Arguments& arguments) {
  StereoChoice choice;
  for (const StereoFieldInfo& field : stereo_fields()) {
    const std::string flag = flag_name(field.name);
    if (!arguments.declared(flag) || !arguments.given(flag)) continue;
    if (!set_stereo_field_text(choice, field.name, arguments.text(flag))) {
      return arguments.wrong(flag, "expected " + stereo_field_rule(field));
    }
  }
  return choice;
}

}  // namespace streamkit::common
