#include "processor/view/marked_points.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "processor/base/text.h"
#include "processor/rules/step_search.h"
#include "processor/view/limit_groups.h"

namespace leadpulse::view {
namespace {

using config::LimitPer;
using config::ScoringRule;
using state::EntryMarks;
using state::JournalEntry;

// From so many entries on that have no marks, groups are counted as they come. Before, those of the marks are.
constexpr size_t kFewEntries = 32;

bool IsAlone(const JournalEntry& entry, LimitPer per) {
  return (per == LimitPer::kMessage && entry.message_id().empty()) ||
         (per == LimitPer::kCampaign && entry.campaign_id().empty());
}

// Whether the limit lets an entry through, going by the marks of those before.
bool HasRoom(const config::Limit& limit, const EntryMarks& marks, size_t row, size_t index, const rules::Facts& facts) {
  const std::span<const JournalEntry> entries = facts.lead->journal.entries();
  const JournalEntry& entry = entries[index];
  if (limit.per == LimitPer::kLifetime) return marks.Count(row, 0, index) < limit.count;
  if (IsAlone(entry, limit.per)) return true;
  const bool by_day = limit.per == LimitPer::kDay;
  const Instant begin = by_day ? facts.calendar->StartOf(facts.calendar->DayOf(entry.occurred_at)) : Instant();
  const std::string campaign = limit.per == LimitPer::kCampaign ? FoldCase(entry.campaign_id()) : "";
  const auto in_group = [&](const JournalEntry& other) {
    if (limit.per == LimitPer::kMessage) return other.message_id() == entry.message_id();
    return by_day || EqualsFolded(other.campaign_id(), campaign);
  };
  uint32_t count = 0;
  for (auto i = marks.Last(row, 0, index); i && count < limit.count; i = marks.Last(row, 0, *i)) {
    if (by_day && entries[*i].occurred_at < begin) break;
    count += in_group(entries[*i]) ? 1 : 0;
  }
  return count < limit.count;
}

// Calls visit(rule, row) with each rule that has a row.
template <typename Visit>
void ForEachRow(const config::TenantDefinitions& definitions, Visit visit) {
  size_t row = 0;
  for (const ScoringRule& rule : *definitions.scoring) {
    if (config::IsMarked(rule)) visit(rule, row++);
  }
}

void MarkAll(const rules::Facts& facts, const config::TenantDefinitions& definitions, size_t begin, EntryMarks* marks) {
  const state::Journal& journal = facts.lead->journal;
  const std::span<const JournalEntry> entries = journal.entries();
  size_t rows = 0;
  ForEachRow(definitions, [&](const ScoringRule&, size_t row) { rows = row + 1; });
  marks->Begin(rows, definitions.serial);
  marks->Resize(entries.size());
  ForEachRow(definitions, [&](const ScoringRule& rule, size_t row) {
    std::optional<LimitGroups> groups;
    if (rule.limit) groups.emplace(*rule.limit, *facts.calendar);
    const rules::StepSearch search(*rule.step, journal);
    for (size_t i = search.First(begin); i < entries.size(); i = search.First(i + 1)) {
      if (!groups || groups->Admit(entries[i])) marks->Mark(row, i);
    }
  });
}

void MarkFew(const rules::Facts& facts, const config::TenantDefinitions& definitions, EntryMarks* marks) {
  const std::span<const JournalEntry> entries = facts.lead->journal.entries();
  for (size_t i = marks->size(); i < entries.size(); ++i) {
    marks->Resize(i + 1);
    ForEachRow(definitions, [&](const ScoringRule& rule, size_t row) {
      if (!rules::StepMatches(*rule.step, entries[i])) return;
      if (!rule.limit || HasRoom(*rule.limit, *marks, row, i, facts)) marks->Mark(row, i);
    });
  }
}

}  // namespace

MarkedPoints::MarkedPoints(const rules::Facts& facts, const config::TenantDefinitions& definitions, size_t begin)
    : entries_(facts.lead->journal.entries()), now_(facts.now), begin_(begin) {
  state::ScoreMarks& kept = *facts.lead->journal.score_marks();
  const bool known = kept.marks.meaning() == definitions.serial && definitions.serial != 0 && kept.begin == begin;
  if (known && entries_.size() - kept.marks.size() < kFewEntries) {
    MarkFew(facts, definitions, &kept.marks);
  } else {
    MarkAll(facts, definitions, begin, &kept.marks);
    kept.begin = begin;
  }
  marks_ = &kept.marks;
}

Worth MarkedPoints::Of(const ScoringRule& rule, size_t row) {
  const size_t begin = rule.expires_after ? std::max(begin_, FirstYounger(*rule.expires_after)) : begin_;
  Worth sum;
  const std::optional<size_t> oldest = marks_->First(row, begin, entries_.size());
  if (oldest && rule.expires_after) sum.changes_at = entries_[*oldest].occurred_at + *rule.expires_after;
  // From the youngest on, those of one age at once.
  std::optional<size_t> last = marks_->Last(row, begin, entries_.size());
  while (last) {
    const Millis end_of_period = EndOfPeriod(rule, entries_[*last].occurred_at, now_);
    const size_t first = end_of_period == Millis::max() ? begin : std::max(begin, FirstYounger(end_of_period));
    const Worth worth = DecayedWorth(rule, entries_[*marks_->First(row, first, *last + 1)].occurred_at, now_);
    sum.points += worth.points * static_cast<int64_t>(marks_->Count(row, first, *last + 1));
    sum.changes_at = std::min(sum.changes_at, worth.changes_at);
    last = marks_->Last(row, begin, first);
  }
  return sum;
}

size_t MarkedPoints::FirstYounger(Millis age) {
  for (const auto& [known, index] : ages_) {
    if (known == age) return index;
  }
  const auto is_old = [&](const JournalEntry& entry) { return now_ - entry.occurred_at >= age; };
  const auto index = static_cast<size_t>(std::ranges::partition_point(entries_, is_old) - entries_.begin());
  if (ages_.size() < kKnownAges) ages_.emplace_back(age, index);
  return index;
}

}  // namespace leadpulse::view
