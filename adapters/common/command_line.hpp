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

/// Looks up an environment variable. Returns no value if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

struct Flag {
  /// The name without dashes; "listen,l" adds the short form -l.
  std::string name;
  /// The name of the value in --help, such as "HOST:PORT". If it is empty, the flag is a switch
  /// without a value.
  std::string value_name;
  std::string help;
  std::string default_value = {};
  /// Environment variables that set the flag. The first one that is set is used; an empty variable
  /// counts as not set. The flag on the command line takes precedence.
  std::vector<std::string> environment = {};
  /// Earlier names, without dashes, which are still accepted. --help omits them.
  std::vector<std::string> aliases = {};
  /// Whether it may be given more than once, see Arguments::texts(). As the last positional flag it
  /// takes all arguments that are left.
  bool repeated = false;
};

/// The values of a program's flags. Each is from the command line, or else the environment, or else
/// its default.
/// Errors of all readers: InvalidArgument, naming the flag, its variables and what to set.
class Arguments {
 public:
  /// Returns whether the program has the flag.
  [[nodiscard]] bool declared(std::string_view name) const;
  /// Returns whether the flag was given on the command line or by a variable. A default does not
  /// count.
  [[nodiscard]] bool given(std::string_view name) const;
  /// Returns the value; empty if it was not given and has no default.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// Returns the values of a repeated flag, in order.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  /// Returns the value of text(), which must not be empty.
  Result<std::string> required(std::string_view name) const;
  Result<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most) const;
  Result<double> number(std::string_view name, double least, double most) const;
  /// Reads a switch, or "true"/"false", "1"/"0", "yes"/"no", "on"/"off" in a variable or value.
  Result<bool> boolean(std::string_view name) const;
  /// Reads one of `choices`.
  Result<std::string> choice(std::string_view name,
                             std::span<const std::string_view> choices) const;
  /// Returns the error "the value of --name is wrong: `reason`", in the wording of the readers
  /// above, for a program's own checks.
  [[nodiscard]] Error wrong(std::string_view name, std::string_view reason) const;

 private:
  friend class CommandLine;
  struct Value {
    Flag flag;
    std::string text;
    bool given = false;
    std::vector<std::string> texts = {};  // of a repeated flag
    /// The variable that the value came from; empty for the command line.
    std::string variable;
  };
  [[nodiscard]] const Value& find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// The flags of a program. --help and --version are added automatically.
class CommandLine {
 public:
  /// `usage` is a text such as "streamkit-worker convert INPUT OUTPUT [options]"; its first word is
  /// the name of the program. `positional` names the flags (declared in `flags`) that arguments
  /// without a dash are assigned to, in order.
  CommandLine(std::string usage, std::string summary, std::vector<Flag> flags,
              std::vector<std::string> positional = {});

  [[nodiscard]] std::string help() const;
  [[nodiscard]] std::string_view program() const noexcept;
  /// Parses the arguments without the name of the program. Errors: InvalidArgument (unknown flag,
  /// missing value, repeated flag).
  Result<Arguments> parse(const std::vector<std::string>& words,
                          const Environment& environment) const;

 private:
  const std::string usage_;
  const std::string summary_;
  const std::vector<Flag> flags_;
  const std::vector<std::string> positional_;
};

/// The code with which the program should exit instead of running.
struct ExitCode {
  int value = 0;
};
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// Parses the arguments at the beginning of main(). Prints --help and --version on standard output,
/// and errors on standard error (exit code 2).
[[nodiscard]] std::variant<Arguments, ExitCode> read_command_line(
    const CommandLine& command_line, const std::vector<std::string>& words,
    const Environment& environment = process_environment());
/// Returns argv without the name of the program.
[[nodiscard]] std::vector<std::string> words_of(int argc, const char* const* argv);
/// Returns "message [domain native_code]": an error for people, without the name of its code.
[[nodiscard]] std::string describe(const Error& error);
/// Prints "program: " and describe(error) on standard error. Returns kExitUsage for
/// InvalidArgument, otherwise kExitFailure.
int report(std::string_view program, const Error& error);

}  // namespace streamkit::common
