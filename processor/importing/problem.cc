#include "processor/importing/problem.h"

#include "processor/base/text.h"

namespace leadpulse::importing {

std::string InWords(const Problem& problem, std::string (*name_of)(const Option& option)) {
  const Option& remedy = problem.remedy;
  std::string_view how;
  if (remedy.name == "map") how = remedy.meaning.empty() ? "; leave one out with " : "; name it with ";
  if (remedy.name == "date_format") how = "; for dates such as 31.12.2026 give ";
  if (remedy.name == "timezone") how = "; say which with ";
  const bool is_at_fault = !problem.fault.name.empty();
  return Concat(
      {is_at_fault ? name_of(problem.fault) + ": " : "", problem.what, how, how.empty() ? "" : name_of(remedy)});
}

}  // namespace leadpulse::importing
