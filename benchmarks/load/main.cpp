#include <cstdio>
#include <iostream>

#include "common/command_line.hpp"
#include "load/baselines.hpp"
#include "load/put_load.hpp"
#include "load/socket.hpp"
#include "load/viewer_crowd.hpp"

namespace {

using namespace streamkit;
using common::Arguments;
using std::chrono::milliseconds;

constexpr std::string_view kProgram = "streamkit-load";

struct Command {
  std::string name;
  std::string summary;
  std::vector<common::Flag> flags;
  Result<void> (*run)(const Arguments& arguments);
};

common::Flag size_flag() { return {"size", "BYTES", "size of an object", "5000000"}; }
common::Flag objects_flag() { return {"objects", "N", "how many objects", "200"}; }

Result<milliseconds> seconds_of(const Arguments& arguments, std::string_view flag) {
  const auto seconds = arguments.number(flag, 0, 86'400);
  if (!seconds) return seconds.error();
  return milliseconds(static_cast<std::int64_t>(*seconds * 1000));
}

Result<std::size_t> count_of(const Arguments& arguments, std::string_view flag) {
  const auto count = arguments.integer(flag, 1, 1'000'000'000);
  if (!count) return count.error();
  return static_cast<std::size_t>(*count);
}

void print(const load::Throughput& result) {
  std::printf("%.1f MB/s (%.1f MB in %.3f s)\n", result.megabytes_per_second(),
              static_cast<double>(result.bytes) / 1e6, result.time.count());
}

void print(load::CrowdReport report) {
  std::printf("playlists %zu, segments %zu, %.1f MB, at most %zu connections\n",
              report.playlists.count(), report.segments.count(),
              static_cast<double>(report.bytes) / 1e6, report.most_connected);
  for (auto* part : {&report.playlists, &report.segments}) {
    std::printf("%s: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, max %.1f ms\n",
                part == &report.playlists ? "playlist" : "segment", part->percentile_ms(50),
                part->percentile_ms(95), part->percentile_ms(99), part->percentile_ms(100));
  }
  for (const auto& [reason, count] : report.reasons) {
    std::printf("error: %s (%llu times)\n", reason.c_str(), static_cast<unsigned long long>(count));
  }
  std::printf("errors %llu, p99 %.0f ms\n", static_cast<unsigned long long>(report.errors),
              report.playlists.percentile_ms(99));
}

Result<void> run_viewers(const Arguments& arguments) {
  load::CrowdOptions config;
  const auto url = net::parse_url(arguments.text("url"));
  const auto viewers = arguments.integer("viewers", 1, 1'000'000);
  const auto interval = seconds_of(arguments, "interval");
  const auto join = seconds_of(arguments, "join");
  const auto watch = seconds_of(arguments, "seconds");
  if (!url) return url.error().with_context("--url");
  if (!viewers) return viewers.error();
  for (const auto* time : {&interval, &join, &watch}) {
    if (!*time) return time->error();
  }
  if (*interval < milliseconds(10)) return arguments.wrong("interval", "at least 0.01");
  config.playlist = *url;
  config.viewers = static_cast<std::size_t>(*viewers);
  config.interval = *interval;
  config.join = *join;
  config.watch = *watch;
  if (load::raise_descriptor_limit() < config.viewers + 16) {
    return arguments.wrong("viewers", "more than the descriptors of a process (ulimit -n)");
  }
  auto report = load::run_crowd(config);
  if (!report) return report.error();
  const bool failed = report->errors > 0;
  print(*std::move(report));
  if (failed) return Error{ErrorCode::Unavailable, "some viewers did not get what they asked for"};
  return {};
}

Result<void> run_put(const Arguments& arguments) {
  const auto endpoint = arguments.required("endpoint");
  const auto objects = count_of(arguments, "objects");
  const auto size = count_of(arguments, "size");
  const auto connections = arguments.integer("connections", 1, 256);
  if (!endpoint) return endpoint.error();
  if (!objects) return objects.error();
  if (!size) return size.error();
  if (!connections) return connections.error();
  const auto result = load::run_puts({.endpoint = *endpoint,
                                      .api_key = arguments.text("api-key"),
                                      .objects = *objects,
                                      .object_bytes = *size,
                                      .connections = static_cast<std::size_t>(*connections)});
  if (!result) return result.error();
  print(*result);
  return {};
}

Result<void> run_disk(const Arguments& arguments) {
  const auto folder = arguments.required("dir");
  const auto objects = count_of(arguments, "objects");
  const auto size = count_of(arguments, "size");
  const auto writers = arguments.integer("connections", 1, 256);
  if (!folder) return folder.error();
  if (!objects) return objects.error();
  if (!size) return size.error();
  if (!writers) return writers.error();
  const auto result = load::run_disk(*folder, *objects, *size, static_cast<std::size_t>(*writers));
  if (!result) return result.error();
  print(*result);
  return {};
}

Result<void> run_sha256(const Arguments& arguments) {
  const auto size = count_of(arguments, "size");
  const auto time = seconds_of(arguments, "seconds");
  if (!size) return size.error();
  if (!time) return time.error();
  print(load::run_sha256(*size, *time));
  return {};
}

std::vector<Command> commands() {
  return {
      {"viewers",
       "Many viewers of a live playlist: each polls it and fetches the new segments.",
       {{"url", "URL", "the playlist's"},
        {"viewers", "N", "how many", "1000"},
        {"interval", "SECONDS", "between two polls of a viewer", "2"},
        {"join", "SECONDS", "in which the viewers come, one after the other", "10"},
        {"seconds", "SECONDS", "how long they watch once all are there", "30"}},
       run_viewers},
      {"put",
       "Puts chunks into a new session, with signed payloads.",
       {{"endpoint", "URL", "the server's base URL"},
        {"api-key", "KEY", "bearer token for creating the session"},
        objects_flag(),
        size_flag(),
        {"connections", "N", "puts at a time, 1 to 256", "2"}},
       run_put},
      {"disk",
       "What a disk can take: write, sync and rename files of one size.",
       {{"dir", "DIR", "where"},
        objects_flag(),
        size_flag(),
        {"connections", "N", "files at a time, 1 to 256", "2"}},
       run_disk},
      {"sha256",
       "The SHA-256 speed of one core.",
       {size_flag(), {"seconds", "SECONDS", "how long", "2"}},
       run_sha256},
  };
}

}  // namespace

int main(int argc, char** argv) {
  auto words = common::words_of(argc, argv);
  const std::string name = words.empty() ? "" : words.front();
  for (const Command& command : commands()) {
    if (command.name != name) continue;
    words.erase(words.begin());
    const common::CommandLine line("streamkit-load " + name + " [options]", command.summary,
                                   command.flags);
    const auto arguments = common::read_command_line(line, words);
    if (const auto* code = std::get_if<common::ExitCode>(&arguments)) return code->value;
    const auto done = command.run(std::get<Arguments>(arguments));
    return done ? 0 : common::report(kProgram, done.error());
  }
  return common::report(kProgram, {ErrorCode::InvalidArgument,
                                   "the first word must be viewers, put, disk or sha256"});
}
