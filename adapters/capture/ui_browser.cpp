#include "capture/ui_browser.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

extern char** environ;

namespace streamkit::capture_tool {
namespace {

std::filesystem::path runtime_folder() {
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  if (folder != nullptr && std::filesystem::path(folder).is_absolute()) return folder;
  std::error_code failure;
  auto temporary = std::filesystem::temp_directory_path(failure);
  return failure ? "/tmp" : temporary;
}

Error unavailable(std::string_view what, int code) {
  return {ErrorCode::Unavailable, std::string(what) + ": " + std::system_category().message(code)};
}

// Only the owner can read it: mkstemps creates files of mode 0600.
Result<std::filesystem::path> write_link(const std::string& url) {
  constexpr int kSuffixLength = 5;
  std::string name = (runtime_folder() / "streamkit-capture-XXXXXX.html").string();
  const int file = ::mkstemps(name.data(), kSuffixLength);
  if (file < 0) return unavailable("cannot write '" + name + "'", errno);
  const std::string text =
      "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"
      "<meta http-equiv=\"refresh\" content=\"0;url=" +
      url + "\"><title>streamkit</title>\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int code = errno;
  ::close(file);
  if (written) return std::filesystem::path(name);
  std::error_code ignored;
  std::filesystem::remove(name, ignored);
  return unavailable("cannot write '" + name + "'", code);
}

struct SpawnSettings {
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions = {};
  posix_spawnattr_t attributes = {};
};

// The browser gets a session of its own and the usual signals, so that Ctrl-C does not end it.
void detach(SpawnSettings& settings) {
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&settings.actions, stream, "/dev/null", O_WRONLY, 0);
  }
  sigset_t none = {};
  sigset_t pipe = {};
  ::sigemptyset(&none);
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &pipe);
  ::posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

// The shell ends immediately; xdg-open may run for as long as the browser does.
Result<void> run_opener(std::string file) {
  std::array<std::string, 4> words = {
      "sh", "-c", "command -v xdg-open || exit 1; xdg-open \"$0\" </dev/null &", std::move(file)};
  std::array<char*, 5> arguments = {words[0].data(), words[1].data(), words[2].data(),
                                    words[3].data(), nullptr};
  SpawnSettings settings;
  detach(settings);
  pid_t shell = 0;
  const int code = ::posix_spawn(&shell, "/bin/sh", &settings.actions, &settings.attributes,
                                 arguments.data(), environ);
  if (code != 0) return unavailable("cannot run xdg-open", code);
  int status = 0;
  while (::waitpid(shell, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{ErrorCode::Unavailable, "there is no xdg-open"};
}

}  // namespace

Result<std::unique_ptr<BrowserLink>> BrowserLink::open(const std::string& url) {
  auto file = write_link(url);
  if (!file) return file.error();
  std::unique_ptr<BrowserLink> link(new BrowserLink(*file));
  if (auto opened = run_opener(file->string()); !opened) return opened.error();
  return link;
}

BrowserLink::~BrowserLink() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace streamkit::capture_tool
