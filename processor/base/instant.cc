#include "processor/base/instant.h"

#include <array>
#include <cstring>

#include "processor/base/rfc3339.h"

namespace leadpulse {
namespace {

constexpr Instant kFirstInstant{-62'135'596'800'000};  // 0001-01-01T00:00:00Z

// A reader of text from left to right; after the first mismatch all reads fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Literal(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Reads the letter in either case, as RFC 3339 (section 5.6) allows; `upper` is its capital.
  bool Letter(char upper) { return Literal(upper) || Literal(static_cast<char>(upper + ('a' - 'A'))); }
  // Reads exactly `digits` digits with a value from low to high.
  bool Number(size_t digits, int low, int high, int* value) {
    if (rest_.size() < digits) return false;
    *value = 0;
    for (char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      *value = *value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return *value >= low && *value <= high;
  }
  // Reads one or more digits after the point, cut to milliseconds.
  bool Fraction(int* millis) {
    size_t digits = 0;
    *millis = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      if (digits < 3) *millis = *millis * 10 + (rest_[digits] - '0');
    }
    for (size_t i = digits; i < 3; ++i) *millis *= 10;
    rest_.remove_prefix(digits);
    return digits > 0;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool ReadDate(Reader& reader, std::chrono::sys_days* day) {
  int year, month, date;
  if (!reader.Number(4, 1, 9999, &year) || !reader.Literal('-') || !reader.Number(2, 1, 12, &month) ||
      !reader.Literal('-') || !reader.Number(2, 1, 31, &date)) {
    return false;
  }
  const std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(date)}};
  *day = std::chrono::sys_days{ymd};
  return ymd.ok();
}

bool ReadTimeOfDay(Reader& reader, int64_t* millis) {
  int hour, minute, second;
  int fraction = 0;
  if (!reader.Number(2, 0, 23, &hour) || !reader.Literal(':') || !reader.Number(2, 0, 59, &minute) ||
      !reader.Literal(':') || !reader.Number(2, 0, 59, &second)) {
    return false;
  }
  if (reader.Literal('.') && !reader.Fraction(&fraction)) return false;
  *millis = ((hour * 60 + minute) * 60 + second) * int64_t{1000} + fraction;
  return true;
}

bool ReadOffset(Reader& reader, int64_t* millis) {
  *millis = 0;
  if (reader.Letter('Z')) return true;
  const bool west = reader.Literal('-');
  if (!west && !reader.Literal('+')) return false;
  int hour, minute;
  if (!reader.Number(2, 0, 23, &hour) || !reader.Literal(':') || !reader.Number(2, 0, 59, &minute)) return false;
  *millis = (hour * 60 + minute) * int64_t{60'000} * (west ? -1 : 1);
  return true;
}

// The digits of 00 to 99.
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) {
    const size_t number = i / 2;
    pairs[i] = static_cast<char>('0' + (i % 2 == 0 ? number / 10 : number % 10));
  }
  return pairs;
}();

// Writes the last two digits.
void PutTwo(unsigned value, char* out) { std::memcpy(out, &kPairs[size_t{2} * (value % 100)], 2); }

}  // namespace

std::optional<Instant> ParseRfc3339(std::string_view text) {
  Reader reader(text);
  std::chrono::sys_days day;
  int64_t time_of_day, offset;
  if (!ReadDate(reader, &day) || !reader.Letter('T') || !ReadTimeOfDay(reader, &time_of_day) ||
      !ReadOffset(reader, &offset) || !reader.AtEnd()) {
    return std::nullopt;
  }
  const Instant t{day.time_since_epoch().count() * kMillisPerDay + time_of_day - offset};
  if (t < kFirstInstant || t > kLastInstant) return std::nullopt;
  return t;
}

size_t WriteRfc3339(Instant t, char* out) {
  const std::chrono::sys_time<Millis> time{Millis{t.millis}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day ymd{day};
  const auto year = static_cast<unsigned>(static_cast<int>(ymd.year()));
  const auto rest = static_cast<unsigned>((time - day).count());
  std::memcpy(out, "YYYY-MM-DDThh:mm:ss.mmmZ", kMaxRfc3339Bytes);
  PutTwo(year / 100, out);
  PutTwo(year, out + 2);
  PutTwo(static_cast<unsigned>(ymd.month()), out + 5);
  PutTwo(static_cast<unsigned>(ymd.day()), out + 8);
  PutTwo(rest / 3'600'000, out + 11);
  PutTwo(rest / 60'000 % 60, out + 14);
  PutTwo(rest / 1000 % 60, out + 17);
  if (rest % 1000 != 0) {
    PutTwo(rest % 1000 / 10, out + 20);
    out[22] = static_cast<char>('0' + rest % 10);
    return kMaxRfc3339Bytes;
  }
  constexpr size_t kWholeSecond = 19;
  out[kWholeSecond] = 'Z';
  return kWholeSecond + 1;
}

std::string FormatRfc3339(Instant t) {
  std::array<char, kMaxRfc3339Bytes> text;
  return {text.data(), WriteRfc3339(t, text.data())};
}

}  // namespace leadpulse
