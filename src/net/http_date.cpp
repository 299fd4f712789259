#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <streamkit/net/http_date.hpp>
#include <streamkit/net/iso8601.hpp>

namespace streamkit::net {

std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr std::size_t kNameLength = 3;
  constexpr std::size_t kLength = 29;
  if (text.size() != kLength || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT") {
    return {};
  }
  const auto month = kMonths.find(text.substr(8, kNameLength));
  if (month == std::string_view::npos || month % kNameLength != 0) return {};
  const auto month_number = month / kNameLength + 1;

  std::string digits(text.substr(12, 4));
  digits += static_cast<char>('0' + month_number / 10);
  digits += static_cast<char>('0' + month_number % 10);
  digits.append(text.substr(5, 2)).append("T");
  digits.append(text.substr(17, 2)).append(text.substr(20, 2)).append(text.substr(23, 2));
  const auto time = parse_iso8601_basic(digits + "Z");
  if (!time) return {};
  const std::chrono::weekday weekday(std::chrono::floor<std::chrono::days>(*time));
  const bool same_day =
      text.starts_with(kDays.substr(weekday.c_encoding() * kNameLength, kNameLength));
  return same_day ? std::optional(*time) : std::nullopt;
}

std::string format_http_date(WallTime time) {
  // strftime is not used because its names depend on the locale of the process.
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace streamkit::net
