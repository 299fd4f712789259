#include "load/baselines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <streamkit/net/sha256.hpp>
#include <thread>
#include <vector>

#include "load/socket.hpp"

namespace streamkit::load {
namespace {

Result<void> write_durably(const Descriptor& folder, const std::string& name,
                           std::string_view body) {
  const std::string temporary = name + ".part";
  const Descriptor file(
      ::openat(folder.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return socket_error("open");
  while (!body.empty()) {
    const auto written = ::write(file.get(), body.data(), body.size());
    if (written < 0) return socket_error("write");
    body.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return socket_error("fsync");
  if (::renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) != 0) {
    return socket_error("rename");
  }
  if (::fsync(folder.get()) != 0) return socket_error("fsync");
  return {};
}

}  // namespace

Throughput run_sha256(std::size_t object_bytes, std::chrono::milliseconds time) {
  const std::vector<std::uint8_t> object(object_bytes, 0x5A);
  Throughput result;
  const auto began = std::chrono::steady_clock::now();
  do {
    (void)net::sha256(object);
    result.bytes += object.size();
    result.time = std::chrono::steady_clock::now() - began;
  } while (result.time < time);
  return result;
}

Result<Throughput> run_disk(const std::filesystem::path& folder, std::size_t objects,
                            std::size_t object_bytes, std::size_t writers) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return socket_error("open");
  const std::string body(object_bytes, 'x');
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;
  const auto name = [](std::size_t i) { return "object_" + std::to_string(i); };
  const auto began = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < writers; ++thread) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < objects; i = next++) {
          if (auto written = write_durably(opened, name(i), body); !written) {
            std::lock_guard lock(mutex);
            failure = written.error();
            return;
          }
        }
      });
    }
  }
  const auto time = std::chrono::steady_clock::now() - began;
  for (std::size_t i = 0; i < objects; ++i) ::unlinkat(opened.get(), name(i).c_str(), 0);
  if (failure) return *failure;
  return Throughput{objects * object_bytes, time};
}

}  // namespace streamkit::load
