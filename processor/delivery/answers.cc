#include "processor/delivery/answers.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "processor/base/text.h"

namespace leadpulse::delivery {

Verdict Judge(int status) {
  if (status >= 200 && status < 300) return Verdict::kDelivered;
  if (status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600)) return Verdict::kAgain;
  return status >= 400 && status < 500 ? Verdict::kRefused : Verdict::kNotReceiver;
}

std::optional<Millis> ParseRetryAfter(std::string_view text, Instant now) {
  if (const auto seconds = ParseInteger<int64_t>(text); seconds && *seconds >= 0) {
    return Millis{std::min<int64_t>(*seconds, kLongestRetryAfter.count()) * 1000};
  }
  const std::string ended(text);  // with a NUL, and as long as what points into it
  std::tm date{};                 // as `Sun, 06 Nov 1994 08:49:37 GMT`; the program sets no locale
  const char* rest = strptime(ended.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return std::max(Instant{int64_t{timegm(&date)} * 1000} - now, Millis{0});
}

Millis Backoff::Next(std::optional<Millis> asked_for) {
  const Millis half = next_ / 2;
  const Millis wait = half + Millis{static_cast<int64_t>(random_() * static_cast<double>((next_ - half).count()))};
  next_ = std::min(next_ * 2, options_.longest);
  if (asked_for.has_value()) return std::clamp(*asked_for, options_.first / 2, kLongestRetryAfter);
  return wait;
}

}  // namespace leadpulse::delivery
