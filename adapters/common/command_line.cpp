#include "common/command_line.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

namespace streamkit::common {
namespace {

namespace options = boost::program_options;

constexpr unsigned kHelpColumns = 100;

std::string long_name(const Flag& flag) { return flag.name.substr(0, flag.name.find(',')); }

std::string described(const Flag& flag) {
  std::string text = flag.help;
  if (!flag.default_value.empty()) text += " (default: " + flag.default_value + ")";
  for (std::size_t i = 0; i < flag.environment.size(); ++i) {
    text += (i == 0 ? " [environment: " : ", ") + flag.environment[i];
  }
  if (!flag.environment.empty()) text += "]";
  return text;
}

options::options_description describe(const std::vector<Flag>& flags,
                                      const std::vector<std::string>& hidden) {
  options::options_description all("Options", kHelpColumns, kHelpColumns / 2);
  for (const auto& flag : flags) {
    if (std::find(hidden.begin(), hidden.end(), flag.name) != hidden.end()) continue;
    if (flag.value_name.empty()) {
      all.add_options()(flag.name.c_str(), described(flag).c_str());
    } else if (flag.repeated) {
      all.add_options()(flag.name.c_str(),
                        options::value<std::vector<std::string>>()->value_name(flag.value_name),
                        described(flag).c_str());
    } else {
      all.add_options()(flag.name.c_str(),
                        options::value<std::string>()->value_name(flag.value_name),
                        described(flag).c_str());
    }
  }
  all.add_options()("help,h", "print this text")("version", "print the version");
  return all;
}

void add_aliases(const std::vector<Flag>& flags, options::options_description& known) {
  for (const auto& flag : flags) {
    for (const auto& alias : flag.aliases) {
      if (flag.value_name.empty()) {
        known.add_options()(alias.c_str(), "");
      } else {
        known.add_options()(alias.c_str(), options::value<std::string>(), "");
      }
    }
  }
}

// Returns the name under which a flag was given; empty if it was not given.
// Errors: InvalidArgument (given under two names).
Result<std::string> given_name(const Flag& flag, const options::variables_map& parsed) {
  std::string found;
  std::vector<std::string> names = flag.aliases;
  names.insert(names.begin(), long_name(flag));
  for (const auto& name : names) {
    if (parsed.count(name) == 0) continue;
    if (!found.empty()) {
      return Error{ErrorCode::InvalidArgument,
                   "--" + name + " is an earlier name of --" + found + ": give one of them"};
    }
    found = name;
  }
  return found;
}

}  // namespace

CommandLine::CommandLine(std::string usage, std::string summary, std::vector<Flag> flags,
                         std::vector<std::string> positional)
    : usage_(std::move(usage)),
      summary_(std::move(summary)),
      flags_(std::move(flags)),
      positional_(std::move(positional)) {}

std::string CommandLine::help() const {
  std::ostringstream out;
  out << "Usage: " << usage_ << "\n\n" << summary_ << "\n\n";
  std::string words;
  for (const auto& flag : flags_) {
    if (std::find(positional_.begin(), positional_.end(), flag.name) == positional_.end()) continue;
    words += "  " + flag.value_name + "  " + described(flag) + "\n";
  }
  if (!words.empty()) out << words << '\n';
  out << describe(flags_, positional_);
  return out.str();
}

std::string_view CommandLine::program() const noexcept {
  return std::string_view(usage_).substr(0, usage_.find(' '));
}

Result<Arguments> CommandLine::parse(const std::vector<std::string>& words,
                                     const Environment& environment) const {
  options::variables_map parsed;
  try {
    auto known = describe(flags_, {});
    add_aliases(flags_, known);
    options::positional_options_description positional;
    for (const auto& name : positional_) {
      const bool repeated = std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) {
        return flag.name == name && flag.repeated;
      });
      positional.add(name.c_str(), repeated ? -1 : 1);
    }
    // Abbreviations are not accepted, because they would break scripts when a flag is added.
    const int style = options::command_line_style::unix_style &
                      ~static_cast<int>(options::command_line_style::allow_guessing);
    options::store(options::command_line_parser(words)
                       .options(known)
                       .positional(positional)
                       .style(style)
                       .run(),
                   parsed);
  } catch (const options::error& failure) {
    return Error{ErrorCode::InvalidArgument, failure.what()};
  }

  Arguments arguments;
  for (const auto& flag : flags_) {
    Arguments::Value value{flag, flag.default_value, false, {}, {}};
    const auto name = given_name(flag, parsed);
    if (!name) return name.error();
    if (!name->empty() && flag.repeated) {
      value.texts = parsed[*name].as<std::vector<std::string>>();
      value.given = true;
    } else if (!name->empty()) {
      value.text = flag.value_name.empty() ? "true" : parsed[*name].as<std::string>();
      value.given = true;
    } else {
      for (const auto& variable : flag.environment) {
        const auto found = environment(variable);
        if (!found || found->empty()) continue;
        value.text = *found;
        value.given = true;
        value.variable = variable;
        break;
      }
    }
    arguments.values_.emplace(long_name(flag), std::move(value));
  }
  for (const std::string name : {"help", "version"}) {
    arguments.values_.emplace(
        name, Arguments::Value{Flag{name, "", ""}, "", parsed.count(name) > 0, {}, {}});
  }
  return arguments;
}

}  // namespace streamkit::common
