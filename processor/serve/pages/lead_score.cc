#include "processor/serve/pages/lead_score.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {
namespace {

// The contributions of one rule that count, or those that do not for one reason.
struct RuleSum {
  std::string_view rule, outcome;
  std::string description;
  int64_t points = 0;
  std::vector<const Json*> parts = {};
  bool changes_next = false;  // one of them changes when the score does
};

// Returns `+1,200`, `−5`, `0`.
std::string Signed(int64_t points) {
  const std::string digits = GroupDigits(std::to_string(points < 0 ? -points : points));
  return Concat({points < 0 ? "−" : points > 0 ? "+" : "", digits});
}

// Returns the rule as people read it: `Page visit +20`.
std::string DescriptionOf(const Json& part) {
  std::string text = Capitalized(std::string(part["description"].text()));
  std::ranges::replace(text, '_', ' ');
  return text;
}

int64_t PointsOf(const Json& part) { return static_cast<int64_t>(ParseNumber(part["points"].text()).value_or(0)); }

std::vector<RuleSum> SumsOf(const Json& score) {
  std::vector<RuleSum> sums;
  const std::string_view next = score["changesAt"].text();
  for (const Json& part : score["contributions"].elements()) {
    const std::string_view rule = part["rule"].text(), outcome = part["outcome"].text();
    auto sum = std::ranges::find_if(sums, [&](const RuleSum& s) { return s.rule == rule && s.outcome == outcome; });
    if (sum == sums.end()) {
      sum = sums.insert(sum, RuleSum{.rule = rule, .outcome = outcome, .description = DescriptionOf(part)});
    }
    sum->points += PointsOf(part);
    sum->parts.push_back(&part);
    sum->changes_next = sum->changes_next || (!next.empty() && part["changesAt"].text() == next);
  }
  std::ranges::stable_sort(sums, std::ranges::greater(), &RuleSum::points);
  return sums;
}

PageData RowOf(const RuleSum& sum, const ShownTimes& times) {
  PageData row;
  row["description"] = sum.description;
  row["count"] = TextData(sum.parts.size() > 1 ? Concat({"×", std::to_string(sum.parts.size())}) : "");
  row["points"] = Signed(sum.points);
  row["outcome"] = TextData(sum.outcome == "counted" ? "" : AsciiLower(LabelOf(sum.outcome)));
  PageList events;
  for (const Json* part : sum.parts) {
    if ((*part)["occurredAt"].is_null()) continue;
    events.push_back(PageRow{{"occurred_at", times.Of((*part)["occurredAt"])},
                             {"event_points", Signed(PointsOf(*part))},
                             {"event_changes_at", times.Of((*part)["changesAt"])}});
  }
  AddList("events", events, &row);
  return row;
}

}  // namespace

void AddScore(const Json& explained, const ShownTimes& times, PageData* data) {
  const Json& score = explained["score"];
  PageList counted, others;
  std::vector<std::string> changing;
  for (const RuleSum& sum : SumsOf(score)) {
    (sum.outcome == "counted" ? counted : others).push_back(RowOf(sum, times));
    if (sum.changes_next) changing.push_back(sum.description);
  }
  (*data)["rules"] = counted;
  AddList("uncounted", others, data);
  (*data)["excluded"] = score["excluded"].truth();
  (*data)["score_changes_at"] = times.Of(score["changesAt"]);
  (*data)["changing"] = TextData(Join(changing, ", "));
  (*data)["quality"] = TextData(explained["quality"]["value"].text());
  (*data)["quality_parts"] = ListOf(explained["quality"]["parts"].elements(), [](const Json& part) {
    return PageRow{{"part", LabelOf(part["name"].text())}, {"part_points", Signed(PointsOf(part))}};
  });
}

}  // namespace leadpulse::serve
