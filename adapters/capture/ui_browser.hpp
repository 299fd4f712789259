#pragma once

#include <filesystem>
#include <memory>
#include <streamkit/core/result.hpp>
#include <string>

namespace streamkit::capture_tool {

/// Opens an address that is a secret in the person's browser. The command line of a program can be
/// read by every user of the machine, so the browser gets the name of a private file that leads to
/// the address.
class BrowserLink {
 public:
  /// Errors: Unavailable (there is no xdg-open, or no folder for the file).
  static Result<std::unique_ptr<BrowserLink>> open(const std::string& url);
  /// Removes the file.
  ~BrowserLink();
  BrowserLink(BrowserLink&&) = delete;
  BrowserLink& operator=(BrowserLink&&) = delete;

 private:
  explicit BrowserLink(std::filesystem::path file) : file_(std::move(file)) {}
  const std::filesystem::path file_;
};

}  // namespace streamkit::capture_tool
