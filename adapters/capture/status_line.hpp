#pragma once

#include <streamkit/client/publisher.hpp>
#include <string>
#include <thread>

namespace streamkit::capture_tool {

/// Returns one line of text without a line end, such as "chunk 7  uploaded 5  buffered 2  lag 10.0
/// s".
[[nodiscard]] std::string status_text(const client::PublisherStatus& status);

/// Keeps one line on the terminal up to date, on its own thread. Prints nothing if standard output
/// is not a terminal.
class StatusLine {
 public:
  /// `publisher` must outlive the line.
  explicit StatusLine(const client::Publisher& publisher);
  /// Prints the line a last time and ends it.
  ~StatusLine();
  StatusLine(StatusLine&&) = delete;
  StatusLine& operator=(StatusLine&&) = delete;

 private:
  void print();

  const client::Publisher& publisher_;
  std::string last_;
  std::jthread thread_;
};

}  // namespace streamkit::capture_tool
