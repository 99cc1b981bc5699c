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

// Returns `+1,200`, `−5`, `0`.
std::string Signed(int64_t points) {
  const std::string digits = GroupDigits(std::to_string(points < 0 ? -points : points));
  return Concat({points < 0 ? "−" : points > 0 ? "+" : "", digits});
}

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

PageData RowOf(const RuleSum& sum, const ShownTimes& times) {
  PageData row;
  row["rule_title"] = sum.title;
  row["terms"] = TextData(sum.terms);
  row["count"] = TextData(sum.parts.size() > 1 ? Concat({"×", std::to_string(sum.parts.size())}) : "");
  row["points"] = Signed(sum.points);
  row["outcome"] = TextData(sum.outcome == "counted" ? "" : AsciiLower(LabelOf(sum.outcome)));
  PageList events;
  for (const Contribution* part : sum.parts) {
    if (!part->has_occurred_at()) continue;
    events.push_back(PageRow{{"occurred_at", times.Of(GetTime(true, part->occurred_at()))},
                             {"event_points", Signed(part->points())},
                             {"event_changes_at", times.Of(GetTime(part->has_changes_at(), part->changes_at()))}});
  }
  AddList("events", events, &row);
  return row;
}

}  // namespace

void AddScore(const v1::Explanation& explanation, const ShownTimes& times, PageData* data) {
  const v1::Explanation::Score& score = explanation.score();
  PageList counted, others;
  std::vector<std::string> changing;
  for (const RuleSum& sum : SumsOf(score)) {
    (sum.outcome == "counted" ? counted : others).push_back(RowOf(sum, times));
    if (sum.changes_next) changing.push_back(sum.title);
  }
  (*data)["rules"] = counted;
  AddList("uncounted", others, data);
  (*data)["excluded"] = score.excluded();
  (*data)["score_changes_at"] = times.Of(GetTime(score.has_changes_at(), score.changes_at()));
  (*data)["changing"] = TextData(Join(changing, ", "));
  (*data)["score_changes_to"] = std::to_string(score.changes_to());
  const v1::Explanation::Quality& quality = explanation.quality();
  (*data)["quality"] = std::to_string(quality.value());
  (*data)["quality_changes_at"] = times.Of(GetTime(quality.has_changes_at(), quality.changes_at()));
  (*data)["quality_changes_to"] = std::to_string(quality.changes_to());
  (*data)["quality_parts"] = ListOf(quality.parts(), [](const v1::Explanation::QualityPart& part) {
    return PageRow{{"part", LabelOf(part.name())}, {"part_points", Signed(part.points())}};
  });
}

}  // namespace leadpulse::serve
