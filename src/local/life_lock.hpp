#pragma once

#include <cstdint>
#include <filesystem>
#include <streamkit/core/file_descriptor.hpp>
#include <streamkit/core/result.hpp>
#include <utility>

namespace streamkit::local {

/// Shows other processes of this machine that this one is alive: a lock on one byte of a file,
/// which the system releases when the process ends, however it ends. It works between PID
/// namespaces too, and no later process is taken for this one.
///
/// A child process that keeps the descriptor keeps the lock; exec() closes it.
class LifeLock {
 public:
  /// Locks byte `number` of the file, which is created if missing. Errors: those of opening the
  /// file; Unsupported when its file system has no such locks.
  static Result<LifeLock> hold(const std::filesystem::path& path, std::int64_t number);

  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  /// Returns whether another LifeLock holds `number`, and true if that cannot be found out.
  [[nodiscard]] bool is_held(std::int64_t number) const noexcept;

 private:
  LifeLock(FileDescriptor file, std::int64_t number) : file_(std::move(file)), number_(number) {}

  FileDescriptor file_;
  std::int64_t number_;
};

}  // namespace streamkit::local
