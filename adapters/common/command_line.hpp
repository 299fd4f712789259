#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <streamkit/core/result.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace streamkit::common {

/// Looks up an environment variable; empty when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

struct Flag {
  /// Without dashes; "listen,l" adds the short form -l.
  std::string name;
  /// What --help calls the value, as in "HOST:PORT"; empty makes it a switch without a value.
  std::string value_name;
  std::string help;
  std::string default_value = {};
  /// Variables that stand in for the flag, the first that is set counts. The flag wins over them,
  /// and an empty variable counts as not set.
  std::vector<std::string> environment = {};
  /// Earlier names, without dashes, which are still accepted. --help leaves them out.
  std::vector<std::string> aliases = {};
};

/// The values of a program's flags, each from the command line, else the environment, else its
/// default.
/// Errors of all readers: InvalidArgument, naming the flag, its variables and what to set.
class Arguments {
 public:
  /// Given by flag or variable: a default does not count.
  [[nodiscard]] bool given(std::string_view name) const;
  /// Empty when neither given nor with a default.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// As text(), but must not be empty.
  Result<std::string> required(std::string_view name) const;
  Result<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most) const;
  Result<double> number(std::string_view name, double least, double most) const;
  /// A switch, or "true"/"false", "1"/"0", "yes"/"no", "on"/"off" in a variable or value.
  Result<bool> boolean(std::string_view name) const;
  /// One of `choices`.
  Result<std::string> choice(std::string_view name,
                             std::span<const std::string_view> choices) const;
  /// "the value of --name is wrong: `reason`", as the readers above say it, for checks of one's
  /// own.
  [[nodiscard]] Error wrong(std::string_view name, std::string_view reason) const;

 private:
  friend class CommandLine;
  struct Value {
    Flag flag;
    std::string text;
    bool given = false;
    /// Set when the value came from this variable.
    std::string variable;
  };
  [[nodiscard]] const Value& find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// A program's flags. --help and --version are there by themselves.
class CommandLine {
 public:
  /// `usage` as in "streamkit-worker convert INPUT OUTPUT [options]"; its first word names the
  /// program. `positional` names the flags (declared in `flags`) that bare words fill, in order.
  CommandLine(std::string usage, std::string summary, std::vector<Flag> flags,
              std::vector<std::string> positional = {});

  [[nodiscard]] std::string help() const;
  [[nodiscard]] std::string_view program() const noexcept;
  /// `words` without the program's name. Errors: InvalidArgument (unknown flag, missing value, a
  /// flag twice).
  Result<Arguments> parse(const std::vector<std::string>& words,
                          const Environment& environment) const;

 private:
  const std::string usage_;
  const std::string summary_;
  const std::vector<Flag> flags_;
  const std::vector<std::string> positional_;
};

/// What the program should exit with instead of running.
struct ExitCode {
  int value = 0;
};
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// The beginning of every main(): parses, answers --help and --version on standard output, and
/// prints what is wrong on standard error (exit code 2).
[[nodiscard]] std::variant<Arguments, ExitCode> read_command_line(
    const CommandLine& command_line, const std::vector<std::string>& words,
    const Environment& environment = process_environment());
/// argv without the program's name.
[[nodiscard]] std::vector<std::string> words_of(int argc, const char* const* argv);
/// "message [domain native_code]": an error for people, without the name of its code.
[[nodiscard]] std::string describe(const Error& error);
/// Prints "program: " and describe(error) on standard error. Returns kExitUsage for
/// InvalidArgument, else kExitFailure.
int report(std::string_view program, const Error& error);

}  // namespace streamkit::common
