#include "processor/serve/pages/lead_score.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/pages/page_answers.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

using codec::GetTime;

using Contribution = v1::Explanation::Contribution;

// The contributions of one rule that count, or those that do not for one reason.
struct RuleSum {
  uint32_t rule = 0;
  std::string_view outcome;
  std::string title, terms;  // what the rule counts; what it gives, how often and how long
  int64_t points = 0;
  std::vector<const Contribution*> parts = {};
  bool changes_next = false;  // one of them changes when the score does
};

// Returns what the rule counts, and the rest of its description: `Page visit` of `page_visit +20, limit 1 per day`.
std::pair<std::string, std::string> PartsOf(const std::string& description) {
  std::string title = Capitalized(description);
  std::ranges::replace(title, '_', ' ');
  const size_t points = title.find_last_of("+-");
  if (points == std::string::npos) return {title, ""};
  std::string terms = title.substr(points);
  title.resize(points);
  while (title.ends_with(' ') || title.ends_with(':')) title.pop_back();
  return {std::move(title), std::move(terms)};
}

// Returns `+1,200, limit 1 per day` for `+1200, limit 1 per day`.
std::string ShownTerms(const std::string& terms, const ShownNumbers& numbers) {
  const size_t begin = terms.starts_with('+') ? 1 : 0;
  const size_t end = std::min(terms.find_first_not_of("-0123456789", begin), terms.size());
  const auto points = ParseInteger<int64_t>(std::string_view(terms).substr(begin, end - begin));
  return points ? numbers.Signed(*points) + terms.substr(end) : terms;
}

std::vector<RuleSum> SumsOf(const v1::Explanation::Score& score) {
  std::vector<RuleSum> sums;
  const Instant next = GetTime(score.has_changes_at(), score.changes_at());
  for (const Contribution& part : score.contributions()) {
    auto sum = std::ranges::find_if(
        sums, [&](const RuleSum& s) { return s.rule == part.rule() && s.outcome == part.outcome(); });
    if (sum == sums.end()) {
      auto [title, terms] = PartsOf(part.description());
      sum = sums.insert(sum, RuleSum{part.rule(), part.outcome(), std::move(title), std::move(terms)});
    }
    sum->points += part.points();
    sum->parts.push_back(&part);
    const bool changes_next = part.has_changes_at() && GetTime(true, part.changes_at()) == next;
    sum->changes_next = sum->changes_next || changes_next;
  }
  std::ranges::stable_sort(sums, std::ranges::greater(), &RuleSum::points);
  return sums;
}

PageData RowOf(const RuleSum& sum, const ShownTimes& times, const ShownNumbers& numbers) {
  PageData row;
  row["rule_title"] = sum.title;
  row["terms"] = TextData(ShownTerms(sum.terms, numbers));
  row["count"] = TextData(sum.parts.size() > 1 ? Concat({"×", numbers.Of(sum.parts.size())}) : "");
  row["points"] = numbers.Signed(sum.points);
  row["outcome"] = TextData(sum.outcome == "counted" ? "" : AsciiLower(LabelOf(sum.outcome)));
  PageList events;
  for (const Contribution* part : sum.parts) {
    if (!part->has_occurred_at()) continue;
    events.push_back(PageRow{{"occurred_at", times.Of(GetTime(true, part->occurred_at()))},
                             {"event_points", numbers.Signed(part->points())},
                             {"event_changes_at", times.Of(GetTime(part->has_changes_at(), part->changes_at()))}});
  }
  AddList("events", events, &row);
  return row;
}

}  // namespace

void AddScore(const v1::Explanation& explanation, const ShownTimes& times, const ShownNumbers& numbers,
              PageData* data) {
  const v1::Explanation::Score& score = explanation.score();
  PageList counted, others;
  std::vector<std::string> changing;
  for (const RuleSum& sum : SumsOf(score)) {
    (sum.outcome == "counted" ? counted : others).push_back(RowOf(sum, times, numbers));
    if (sum.changes_next) changing.push_back(sum.title);
  }
  (*data)["rules"] = counted;
  AddList("uncounted", others, data);
  (*data)["excluded"] = score.excluded();
  (*data)["score_changes_at"] = times.Of(GetTime(score.has_changes_at(), score.changes_at()));
  (*data)["changing"] = TextData(Join(changing, ", "));
  (*data)["score_changes_to"] = numbers.Of(score.changes_to());
  const v1::Explanation::Quality& quality = explanation.quality();
  (*data)["quality"] = numbers.Of(quality.value());
  (*data)["quality_changes_at"] = times.Of(GetTime(quality.has_changes_at(), quality.changes_at()));
  (*data)["quality_changes_to"] = numbers.Of(quality.changes_to());
  (*data)["quality_parts"] = ListOf(quality.parts(), [&numbers](const v1::Explanation::QualityPart& part) {
    return PageRow{{"part", LabelOf(part.name())}, {"part_points", numbers.Signed(part.points())}};
  });
}

}  // namespace leadpulse::serve
