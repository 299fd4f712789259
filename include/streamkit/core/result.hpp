#pragma once

#include <cassert>
#include <functional>
#include <stdexcept>
#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <type_traits>
#include <utility>
#include <variant>

namespace streamkit {

/// The exception that Result::value() throws; the library itself never calls value().
class STREAMKIT_API BadResultAccess : public std::runtime_error {
 public:
  explicit BadResultAccess(const Error& error)
      : std::runtime_error(to_string(error)), error_(error) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

template <typename T>
class Result;

namespace detail {

template <typename T>
inline constexpr bool kIsResult = false;
template <typename T>
inline constexpr bool kIsResult<Result<T>> = true;

/// Throws BadResultAccess. In a library built with -fno-exceptions: prints the error on the
/// standard error stream and aborts.
STREAMKIT_API [[noreturn]] void bad_result_access(const Error& error);

/// Calls `function` with the value of `self`, or with nothing for a Result<void>.
template <typename Self, typename Function>
decltype(auto) call_with_value(Self&& self, Function&& function) {
  if constexpr (std::is_void_v<typename std::remove_cvref_t<Self>::value_type>) {
    return std::invoke(std::forward<Function>(function));
  } else {
    return std::invoke(std::forward<Function>(function), *std::forward<Self>(self));
  }
}

/// Implements Result::and_then() for every kind of reference to a Result.
template <typename Self, typename Function>
auto and_then(Self&& self, Function&& function) {
  using Next = std::remove_cvref_t<decltype(call_with_value(std::forward<Self>(self),
                                                            std::forward<Function>(function)))>;
  static_assert(kIsResult<Next>, "and_then() takes a function that returns a Result");
  if (!self.has_value()) return Next(std::forward<Self>(self).error());
  return Next(call_with_value(std::forward<Self>(self), std::forward<Function>(function)));
}

/// Implements Result::transform() for every kind of reference to a Result.
template <typename Self, typename Function>
auto transform(Self&& self, Function&& function) {
  using Next = std::remove_cvref_t<decltype(call_with_value(std::forward<Self>(self),
                                                            std::forward<Function>(function)))>;
  if (!self.has_value()) return Result<Next>(std::forward<Self>(self).error());
  if constexpr (std::is_void_v<Next>) {
    call_with_value(std::forward<Self>(self), std::forward<Function>(function));
    return Result<Next>();
  } else {
    return Result<Next>(
        call_with_value(std::forward<Self>(self), std::forward<Function>(function)));
  }
}

}  // namespace detail

/// Holds a value or the Error that explains why there is none. Member names are a subset of
/// `std::expected` (ISO C++23 22.8), so code written against it reads the same.
/// Thread-safety: as for the held value.
template <typename T>
class STREAMKIT_API [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  /// Converts from whatever converts to T: a pointer to a derived class, a string literal.
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Precondition for the unchecked accessors: has_value().
  [[nodiscard]] T& operator*() & noexcept { return *checked(); }
  [[nodiscard]] const T& operator*() const& noexcept { return *checked(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*checked()); }
  [[nodiscard]] T* operator->() noexcept { return checked(); }
  [[nodiscard]] const T* operator->() const noexcept { return checked(); }

  /// Returns the value; throws BadResultAccess if there is none. For small programs. In a library
  /// built with -fno-exceptions a missing value prints the error and aborts the program.
  [[nodiscard]] T& value() & {
    require_value();
    return *checked();
  }
  [[nodiscard]] const T& value() const& {
    require_value();
    return *checked();
  }
  [[nodiscard]] T&& value() && {
    require_value();
    return std::move(*checked());
  }
  template <typename U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }
  template <typename U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(fallback));
  }

  /// Precondition: !has_value().
  [[nodiscard]] const Error& error() const& noexcept {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error&& error() && noexcept {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  /// Returns `function(value)`, which is a Result of any type, or the held error.
  template <typename Function>
  auto and_then(Function&& function) & {
    return detail::and_then(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto and_then(Function&& function) const& {
    return detail::and_then(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto and_then(Function&& function) && {
    return detail::and_then(std::move(*this), std::forward<Function>(function));
  }

  /// Returns a Result that holds `function(value)`, or the held error. A function that returns
  /// nothing gives a Result<void>.
  template <typename Function>
  auto transform(Function&& function) & {
    return detail::transform(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto transform(Function&& function) const& {
    return detail::transform(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto transform(Function&& function) && {
    return detail::transform(std::move(*this), std::forward<Function>(function));
  }

 private:
  T* checked() noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  const T* checked() const noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  void require_value() const {
    if (!has_value()) detail::bad_result_access(error());
  }

  std::variant<T, Error> state_;
};

/// Holds success without a value, or an Error.
template <>
class STREAMKIT_API Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (failed_) detail::bad_result_access(error_);
  }
  /// Precondition: !has_value().
  [[nodiscard]] const Error& error() const& noexcept {
    assert(failed_);
    return error_;
  }
  [[nodiscard]] Error&& error() && noexcept {
    assert(failed_);
    return std::move(error_);
  }

  /// As for a Result with a value; `function` takes no argument.
  template <typename Function>
  auto and_then(Function&& function) const& {
    return detail::and_then(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto and_then(Function&& function) && {
    return detail::and_then(std::move(*this), std::forward<Function>(function));
  }
  template <typename Function>
  auto transform(Function&& function) const& {
    return detail::transform(*this, std::forward<Function>(function));
  }
  template <typename Function>
  auto transform(Function&& function) && {
    return detail::transform(std::move(*this), std::forward<Function>(function));
  }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace streamkit
