#include "base/clock.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace coterie {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr UnixSeconds kMostOfADate = 8'640'000'000'000;  // ECMA-262 §21.4.1.1: 10^8 days each way

// The number in digits that is `size` long at `at`; -1 for anything else.
int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int number = 0;
  const char* begin = text.data() + at;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(begin, begin + size, is_digit)) return -1;
  std::from_chars(begin, begin + size, number);
  return number;
}

}  // namespace

UnixSeconds unix_now() {
  return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string iso_text(UnixSeconds time) {
  const sys_seconds at{seconds(std::clamp(time, -kMostOfADate, kMostOfADate))};
  const sys_days day = std::chrono::floor<days>(at);
  // std::chrono's years are 16 bits: whole cycles of 400 years, in which all dates repeat, are counted apart.
  constexpr std::int64_t kDaysOfACycle = 146'097;
  const std::int64_t day_number = day.time_since_epoch().count();
  const std::int64_t cycle =
      (day_number - (day_number % kDaysOfACycle + kDaysOfACycle) % kDaysOfACycle) / kDaysOfACycle;
  const year_month_day date{sys_days(days(day_number - cycle * kDaysOfACycle))};
  const std::int64_t year = int{date.year()} + 400 * cycle;
  const std::string year_text = year >= 0 && year <= 9999 ? fmt::format("{:04}", year) : fmt::format("{:+07}", year);
  const std::chrono::hh_mm_ss clock{at - day};
  return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z", year_text, unsigned{date.month()}, unsigned{date.day()},
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<UnixSeconds> parse_iso_text(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  const Error error = refused_error("not a time like 2025-10-27T08:09:28.339Z");
  if (text.size() != kForm.size()) return error;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] != '0' && text[i] != kForm[i]) return error;
  }
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  const int hour = number_at(text, 11, 2);
  const int minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  const int millisecond = number_at(text, 20, 3);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || millisecond < 0) return error;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return error;
  const sys_seconds at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return UnixSeconds{at.time_since_epoch().count()};
}

}  // namespace coterie
