#pragma once

#include <cassert>
#include <stdexcept>
#include <streamkit/core/api.hpp>
#include <streamkit/core/error.hpp>
#include <type_traits>
#include <utility>
#include <variant>

namespace streamkit {

/// Thrown by Result::value() only; the library itself never calls that.
class STREAMKIT_API BadResultAccess : public std::runtime_error {
 public:
  explicit BadResultAccess(const Error& error)
      : std::runtime_error(to_string(error)), error_(error) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// A value or the Error that explains why there is none. Member names are a subset of
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
  /// From whatever converts to T: a derived pointer, a string literal.
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

  /// The value; throws BadResultAccess when there is none. For small programs.
  [[nodiscard]] T& value() & {
    throw_if_error();
    return *checked();
  }
  [[nodiscard]] const T& value() const& {
    throw_if_error();
    return *checked();
  }
  [[nodiscard]] T&& value() && {
    throw_if_error();
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

 private:
  T* checked() noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  const T* checked() const noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  void throw_if_error() const {
    if (!has_value()) throw BadResultAccess(error());
  }

  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class STREAMKIT_API [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (failed_) throw BadResultAccess(error_);
  }
  /// Precondition: !has_value().
  [[nodiscard]] const Error& error() const& noexcept {
    assert(failed_);
    return error_;
  }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace streamkit
