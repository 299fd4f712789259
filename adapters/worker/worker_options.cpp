#include "worker/worker_options.hpp"

#include <array>
#include <cmath>

#include <streamkit/http/server.hpp>
#include <streamkit/telemetry/json_logger.hpp>
#include "worker/policy_flags.hpp"
#include "worker/stereo_flags.hpp"

namespace streamkit::worker_tool {
namespace {

constexpr std::array<std::string_view, 2> kBackends = {"local", "stub"};
constexpr std::array<std::string_view, 2> kIsolations = {"process", "none"};
#ifdef STREAMKIT_SANITIZED
constexpr const char* kIsolation = "none";  // sanitizers need address space and system calls
#else
constexpr const char* kIsolation = "process";
#endif

Result<void> read_isolation(const common::Arguments& arguments, ToolOptions& options) {
  const auto isolation = arguments.choice("isolation", kIsolations);
  if (!isolation) return isolation.error();
  options.isolated = *isolation == "process";
  options.uses_devices = arguments.text("depth-provider") != "cpu";
  return {};
}

}  // namespace

common::CommandLine worker_command_line() {
  std::vector<common::Flag> flags = {
      {"data-dir,d", "DIR", "where the server keeps objects, sessions and jobs", "streamkit-data"},
      {"concurrency,j", "COUNT", "concurrent conversions, 1 to 64", "1"},
      {"per-session", "COUNT",
       "of these for one session, in all workers together; more than 1 costs steadiness between "
       "chunks; 0: no limit",
       "1"},
      {"visibility-seconds", "S",
       "how soon another worker takes over from one that gives no sign of life, 1 to 3600", "10"},
      {"max-attempts", "COUNT", "failed conversions of a chunk before its place is filled", "3"},
      {"isolation", "NAME",
       "process (chunks are converted in child processes without rights) or none (in this process)",
       kIsolation},
      {"inference-backend",
       "NAME",
       "local (here, see --depth) or stub (no depth: both eyes see the source)",
       "local",
       {"INFERENCE_BACKEND"}},
      {"streaming",
       "BOOL",
       "false: stream chunks are dropped, counted and logged",
       "true",
       {"STREAMING_ENABLED"}},
      {"metrics-listen", "HOST:PORT",
       "serve GET /metrics and /healthz there, to whoever asks; port 0 takes a free one, which is "
       "printed"},
      {"log-level", "LEVEL", "debug, info, warning or error", "info"},
  };
  for (common::Flag& flag : common::codec_flags()) flags.push_back(std::move(flag));
  flags.push_back(common::encoder_flag("software"));
  for (common::Flag& flag : policy_flags()) flags.push_back(std::move(flag));
  for (common::Flag& flag : depth_flags()) flags.push_back(std::move(flag));
  for (common::Flag& flag : conversion_flags("superfast", "23")) flags.push_back(std::move(flag));
  return common::CommandLine(
      "streamkit-worker [run] [options]",
      "Turns stored chunks into 3D segments. A session that chooses its own depth or views gets "
      "these; "
      "the flags here are for what it leaves open. `streamkit-worker convert --help` describes how "
      "to "
      "convert "
      "a whole file, `streamkit-worker dead-letters --help` how to handle jobs that were given up.",
      std::move(flags));
}

Result<ToolOptions> read_worker_options(const common::Arguments& arguments) {
  ToolOptions options;
  const auto data_dir = arguments.required("data-dir");
  if (!data_dir) return data_dir.error();
  options.data_dir = *data_dir;
  const auto concurrency = arguments.integer("concurrency", 1, 64);
  if (!concurrency) return concurrency.error();
  options.worker.concurrency = static_cast<int>(*concurrency);
  const auto per_session = arguments.integer("per-session", 0, 64);
  if (!per_session) return per_session.error();
  options.worker.per_session = static_cast<int>(*per_session);
  const auto visibility = arguments.number("visibility-seconds", 1, 3600);
  if (!visibility) return visibility.error();
  options.worker.visibility = std::chrono::milliseconds(std::llround(*visibility * 1000));
  const auto max_attempts = arguments.integer("max-attempts", 1, 100);
  if (!max_attempts) return max_attempts.error();
  options.worker.retry.max_attempts = static_cast<int>(*max_attempts);
  const auto backend = arguments.choice("inference-backend", kBackends);
  if (!backend) return backend.error();
  options.worker.depth_is_choosable = *backend != "stub";
  const bool flat = *backend == "stub" || arguments.text("depth") == "flat";
  options.worker.kind = flat ? SegmentKind::Flat : SegmentKind::Converted;
  const auto streaming = arguments.boolean("streaming");
  if (!streaming) return streaming.error();
  options.worker.streaming_enabled = *streaming;
  options.metrics_listen = arguments.text("metrics-listen");
  if (!options.metrics_listen.empty()) {
    const auto address = http::parse_listen_address(options.metrics_listen);
    if (!address) return arguments.wrong("metrics-listen", address.error().message);
  }
  const auto level = telemetry::parse_log_level(arguments.text("log-level"));
  if (!level) return arguments.wrong("log-level", "use debug, info, warning or error");
  options.log_level = *level;
  if (auto read = read_isolation(arguments, options); !read) return read.error();
  auto stereo = stereo_options(arguments);
  if (!stereo) return stereo.error();
  options.stereo = *stereo;
  auto depth = session_depth(arguments, options.stereo.convergence);
  if (!depth) return depth.error();
  options.depth = *std::move(depth);
  const auto codec = common::read_codec_flags(arguments);
  if (!codec) return codec.error();
  options.keep_hdr = codec->keep_hdr;
  auto encoder = encoder_config(arguments, *codec);
  if (!encoder) return encoder.error();
  options.encoder = *encoder;
  // Hardware encoders are reached through devices.
  options.uses_devices = options.uses_devices || is_hardware(*encoder);
  auto policy = resource_policy(arguments);
  if (!policy) return policy.error();
  options.policy = *std::move(policy);
  return options;
}

}  // namespace streamkit::worker_tool
