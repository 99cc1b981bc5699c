#include "processor/view/journal_memo.h"

#include <algorithm>

namespace leadpulse::view {
namespace {

constexpr uint32_t kMaxNumber = uint32_t{1} << 31;  // above it, numbers start again

}  // namespace

void JournalMemo::Update(const state::Journal& journal) {
  const state::JournalChanges changes = journal.TakeChanges();
  if (!started_ || changes.unchanged == 0 || first_ > kMaxNumber) {
    *this = {};
    started_ = true;
    return;
  }
  if (changes.types.empty()) return;
  results_.Forget(changes.types);
  first_ += static_cast<uint32_t>(changes.folded);
  const uint32_t known_end = std::max(begin_, first_ + static_cast<uint32_t>(changes.unchanged));
  const bool resets = changes.types.Intersects(reset_on_);
  for (RulePoints& rule : rules_) {
    rule.entries.Truncate(known_end);
    if (resets || changes.types.Contains(rule.type)) rule.points.changes_at = Instant::DistantPast();
  }
}

const DecayedPoints* JournalMemo::FindPoints(size_t rule, const config::TenantDefinitions& definitions, Instant now) {
  if (serial_ != definitions.serial || serial_ == 0) Restart(definitions);
  const RulePoints& kept = rules_[rule];
  return kept.from <= now && now < kept.points.changes_at ? &kept.points : nullptr;
}

void JournalMemo::Restart(const config::TenantDefinitions& definitions) {
  serial_ = definitions.serial;
  reset_on_ = definitions.reset_on;
  begin_ = first_;
  entry_bytes_ = 0;
  rules_.clear();
  for (const config::ScoringRule& rule : *definitions.scoring) {
    RulePoints& points = rules_.emplace_back();
    if (rule.step) points.type = rule.step->type;
    points.entries.Restart(begin_);
  }
}

DecayedPoints JournalMemo::CountPoints(size_t index, const rules::Facts& facts,
                                       const config::TenantDefinitions& definitions, size_t begin) {
  const uint32_t begin_number = first_ + static_cast<uint32_t>(begin);
  const bool same = begin_number == begin_ || (begin == 0 && begin_ <= first_);
  if (!same) {
    begin_ = begin_number;
    for (RulePoints& rule : rules_) rule.entries.Restart(begin_);
  }
  const config::ScoringRule& rule = (*definitions.scoring)[index];
  const state::Journal& journal = facts.lead->journal;
  CountedEntries& entries = rules_[index].entries;
  entry_bytes_ -= entries.MemoryBytes();
  entries.Update(rule, *facts.calendar, journal, first_);
  entry_bytes_ += entries.MemoryBytes();
  return entries.PointsAt(facts.now, rule, journal.entries(), first_);
}

void JournalMemo::KeepPoints(size_t rule, const DecayedPoints& points, Instant now) {
  rules_[rule].points = points;
  rules_[rule].from = now;
}

size_t JournalMemo::MemoryBytes() const {
  return sizeof *this + results_.MemoryBytes() + rules_.capacity() * sizeof(RulePoints) + entry_bytes_;
}

}  // namespace leadpulse::view
