#pragma once

#include <streamkit/client/publisher.hpp>
#include <string>
#include <thread>

namespace streamkit::capture_tool {

/// One line of text, without a line end, as in "chunk 7  uploaded 5  buffered 2  lag 10.0 s".
[[nodiscard]] std::string status_text(const client::PublisherStatus& status);

/// Keeps one line on the terminal up to date, on a thread of its own. Prints nothing where standard
/// output is not a terminal.
class StatusLine {
 public:
  /// `publisher` must outlive the line.
  explicit StatusLine(const client::Publisher& publisher);
  /// Prints the line once more and ends it.
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
