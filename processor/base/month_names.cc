#include "processor/base/month_names.h"

#include <array>
#include <string>

#include "processor/base/text.h"
#include "processor/base/word_list.h"

namespace leadpulse {
namespace {

// English, German, French, Spanish, Italian, Portuguese and Dutch.
constexpr auto kMonths = std::to_array<std::string_view>({
    "jan january januar jänner januari janvier janv enero ene gennaio gen janeiro",
    "feb february februar februari février févr fév febrero febbraio fevereiro fev",
    "mar march märz mär mrz mars marzo março maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dezember dez décembre déc diciembre dic dicembre dezembro",
});
constexpr std::string_view kDays =
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday";

constexpr size_t kLongestName = 20;

}  // namespace

int32_t MonthOfName(std::string_view word) {
  if (word.size() > kLongestName) return 0;
  const std::string folded = FoldCase(word);
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (HasWord(kMonths[i], folded)) return static_cast<int32_t>(i + 1);
  }
  return 0;
}

bool IsDayOfTheWeek(std::string_view word) { return word.size() <= kLongestName && HasWord(kDays, FoldCase(word)); }

}  // namespace leadpulse
