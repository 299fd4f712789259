#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <streamkit/core/result.hpp>
#include <string_view>

namespace streamkit::load {

/// As much of an answer's head as a load needs.
struct AnswerHead {
  int status = 0;
  /// With the empty line that ends it.
  std::size_t head_bytes = 0;
  std::uint64_t body_bytes = 0;
  /// The server ends the connection after this answer.
  bool closes = false;
};

/// Reads the head that `received` begins with; nothing while it is incomplete.
/// Errors: CorruptData (no HTTP/1.1, or no Content-Length).
Result<std::optional<AnswerHead>> parse_answer_head(std::string_view received);

}  // namespace streamkit::load
