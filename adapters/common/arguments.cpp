#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <streamkit/core/version.hpp>

#include "common/command_line.hpp"

namespace streamkit::common {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::string print(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
  };
}

const Arguments::Value& Arguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end() && "a flag that was not declared");
  return found->second;
}

bool Arguments::declared(std::string_view name) const { return values_.contains(name); }

bool Arguments::given(std::string_view name) const { return find(name).given; }

std::vector<std::string> Arguments::texts(std::string_view name) const { return find(name).texts; }

std::string Arguments::text(std::string_view name) const { return find(name).text; }

Result<std::string> Arguments::required(std::string_view name) const {
  const auto& value = find(name);
  if (!value.text.empty()) return value.text;
  std::string message = "--" + std::string(name) + " is missing: give it";
  for (const auto& variable : value.flag.environment) message += " or set " + variable;
  return Error{ErrorCode::InvalidArgument, message + " (" + value.flag.help + ")"};
}

Result<std::int64_t> Arguments::integer(std::string_view name, std::int64_t least,
                                        std::int64_t most) const {
  const auto number = parse_number<std::int64_t>(text(name));
  if (number && *number >= least && *number <= most) return *number;
  return wrong(name, "expected a whole number from " + std::to_string(least) + " to " +
                         std::to_string(most));
}

Result<double> Arguments::number(std::string_view name, double least, double most) const {
  const auto number = parse_number<double>(text(name));
  if (number && *number >= least && *number <= most) return *number;
  return wrong(name, "expected a number from " + print(least) + " to " + print(most));
}

Result<bool> Arguments::boolean(std::string_view name) const {
  const std::string value = text(name);
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (value == yes) return true;
  }
  for (const std::string_view no : {"", "false", "0", "no", "off"}) {
    if (value == no) return false;
  }
  return wrong(name, "expected true or false");
}

Result<std::string> Arguments::choice(std::string_view name,
                                      std::span<const std::string_view> choices) const {
  const std::string value = text(name);
  std::string list;
  for (const auto choice : choices) {
    if (value == choice) return value;
    if (!list.empty()) list += ", ";
    list += choice;
  }
  return wrong(name, "expected one of " + list);
}

Error Arguments::wrong(std::string_view name, std::string_view reason) const {
  const auto& value = find(name);
  std::string origin = "--" + std::string(name);
  if (!value.variable.empty()) origin = value.variable + " (or " + origin + ")";
  return {ErrorCode::InvalidArgument,
          origin + ": '" + value.text + "' is not usable: " + std::string(reason)};
}

std::vector<std::string> words_of(int argc, const char* const* argv) {
  return {argv + std::min(argc, 1), argv + argc};
}

std::variant<Arguments, ExitCode> read_command_line(const CommandLine& command_line,
                                                    const std::vector<std::string>& words,
                                                    const Environment& environment) {
  auto arguments = command_line.parse(words, environment);
  if (!arguments) {
    const int code = report(command_line.program(), arguments.error());
    std::cerr << "Try '" << command_line.program() << " --help'.\n";
    return ExitCode{code};
  }
  if (arguments->given("help")) {
    std::cout << command_line.help();
    return ExitCode{0};
  }
  if (arguments->given("version")) {
    std::cout << command_line.program() << ' ' << version() << '\n';
    return ExitCode{0};
  }
  return *std::move(arguments);
}

std::string describe(const Error& error) {
  if (error.message.empty()) return to_string(error);
  if (error.domain.empty()) return error.message;
  return error.message + " [" + error.domain + " " + std::to_string(error.native_code) + "]";
}

int report(std::string_view program, const Error& error) {
  std::cerr << program << ": " << describe(error) << '\n';
  return error.code == ErrorCode::InvalidArgument ? kExitUsage : kExitFailure;
}

}  // namespace streamkit::common
