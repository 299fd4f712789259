#pragma once

#include <functional>
#include <optional>
#include <streamkit/core/api.hpp>
#include <streamkit/core/result.hpp>
#include <type_traits>
#include <utility>

namespace streamkit {

namespace detail {

/// Calls `function`, and returns what it threw as an error.
STREAMKIT_API Result<void> contain(const std::function<void()>& function);

}  // namespace detail

/// Calls `function`, which returns a Result, and turns an exception into an error, so that none
/// leaves a thread. Errors: those of `function`; ResourceExhausted (memory is exhausted, or a size
/// is one that no container can have); Internal (any other exception).
/// If the library was built with -fno-exceptions, this only calls `function`.
template <typename Function>
std::invoke_result_t<Function> contained(Function&& function) {
  std::optional<std::invoke_result_t<Function>> result;
  const Result<void> done = detail::contain([&] { result.emplace(function()); });
  if (!done) return done.error();
  return *std::move(result);
}

}  // namespace streamkit
