#pragma once

#include <array>
#include <cstdint>

// The proleptic Gregorian calendar in days since 0000-01-01, for years 0 to 9999.
namespace streamkit::hls {

constexpr std::int64_t days_before_year(std::int64_t year) noexcept {
  const std::int64_t last = year - 1;
  return year == 0 ? 0 : 365 * year + last / 4 - last / 100 + last / 400 + 1;
}

inline constexpr std::int64_t kDaysBeforeEpoch = days_before_year(1970);
inline constexpr std::int64_t kDaysInAll = days_before_year(10'000);

constexpr bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// `month` from 1 to 13: 13 gives the year's length.
constexpr std::int64_t days_before_month(std::int64_t year, int month) noexcept {
  constexpr std::array<int, 13> kDays = {0,   31,  59,  90,  120, 151, 181,
                                         212, 243, 273, 304, 334, 365};
  return kDays[static_cast<std::size_t>(month - 1)] + (month > 2 && is_leap(year) ? 1 : 0);
}

}  // namespace streamkit::hls
