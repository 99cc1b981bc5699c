// Results that the view caches for a lead between evaluations; owned by state::Lead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/prefetch.h"
#include "processor/rules/index/access_predicates.h"
#include "processor/rules/index/entry_index.h"
#include "processor/view/journal_memo.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// Memo for a lead whose tenant's rules are indexed; described in incremental/segment_update.h.
struct RuleMemo {
  struct ChangeTime {
    rules::SubjectId subject = 0;
    Instant at;
  };
  const config::TenantDefinitions* definitions = nullptr;  // the definitions of the memo; never null
  std::vector<ChangeTime> change_times;
  std::vector<rules::PredicateId> predicates;          // the profile makes these true
  std::vector<rules::PredicateId> segment_predicates;  // the lead's segments make these true
  Instant rest_stands_until = Instant::DistantPast();
  std::optional<int64_t> profile_quality;
};

struct LeadMemo final : state::LeadMemo {
  std::optional<RuleMemo> rule_memo;
  std::unique_ptr<JournalMemo> journal_memo;  // null while the journal is short

  size_t MemoryBytes() const override {
    size_t bytes = sizeof *this + (journal_memo == nullptr ? 0 : journal_memo->MemoryBytes());
    if (rule_memo) {
      bytes += rule_memo->change_times.capacity() * sizeof(RuleMemo::ChangeTime);
      bytes +=
          (rule_memo->predicates.capacity() + rule_memo->segment_predicates.capacity()) * sizeof(rules::PredicateId);
    }
    return bytes;
  }
  void Prefetch() const override {
    if (journal_memo != nullptr) PrefetchMemory(journal_memo.get(), sizeof(JournalMemo));
    if (!rule_memo) return;
    PrefetchMemory(rule_memo->change_times.data(), rule_memo->change_times.size() * sizeof(RuleMemo::ChangeTime));
    PrefetchMemory(rule_memo->predicates.data(), rule_memo->predicates.size() * sizeof(rules::PredicateId));
  }
};

// Returns the lead's memo; null if it has none.
inline LeadMemo* FindMemo(const state::Lead& lead) { return static_cast<LeadMemo*>(lead.memo.held.get()); }

// Returns the lead's memo; creates it if it has none.
inline LeadMemo& MemoOf(const state::Lead& lead) {
  if (lead.memo.held == nullptr) lead.memo.held = std::make_unique<LeadMemo>();
  return *FindMemo(lead);
}

// Returns the lead's rule memo; null if it has none.
inline RuleMemo* FindRuleMemo(const state::Lead& lead) {
  LeadMemo* memo = FindMemo(lead);
  return memo == nullptr || !memo->rule_memo ? nullptr : &*memo->rule_memo;
}

// Returns the lead's journal memo; null if it has none.
inline JournalMemo* FindJournalMemo(const state::Lead& lead) {
  LeadMemo* memo = FindMemo(lead);
  return memo == nullptr ? nullptr : memo->journal_memo.get();
}

// Returns the journal memo, updated to the journal. Null while the journal is short.
inline JournalMemo* UpdatedJournalMemo(const state::Lead& lead) {
  if (!lead.journal.is_long()) return nullptr;
  LeadMemo& memo = MemoOf(lead);
  if (memo.journal_memo == nullptr) memo.journal_memo = std::make_unique<JournalMemo>();
  memo.journal_memo->Update(lead.journal);
  return memo.journal_memo.get();
}

}  // namespace leadpulse::view
