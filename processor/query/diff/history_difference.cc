#include "processor/query/diff/history_difference.h"

#include <algorithm>
#include <tuple>

namespace leadpulse::query {
namespace {

// Without `retracted`, which follows from the other entries.
bool SameContent(const state::JournalEntry& a, const state::JournalEntry& b) {
  const auto facts = [](const state::JournalEntry& e) {
    return std::tuple(e.occurred_at, e.type, e.bounce_kind, e.machine, e.message_id(), e.campaign_id(), e.name(),
                      e.subject());
  };
  if (facts(a) != facts(b)) return false;
  const state::EntryProperties* const of_a = a.properties();
  const state::EntryProperties* const of_b = b.properties();
  return of_a == nullptr || of_b == nullptr ? of_a == of_b : *of_a == *of_b;
}

using Entries = std::vector<const state::JournalEntry*>;

Entries EntriesById(const state::Journal& journal) {
  Entries entries;
  entries.reserve(journal.entries().size());
  for (const state::JournalEntry& entry : journal.entries()) entries.push_back(&entry);
  std::ranges::sort(entries, {}, [](const state::JournalEntry* entry) { return entry->event_id(); });
  return entries;
}

void CompareJournals(const state::Journal& left, const state::Journal& right, HistoryDifference* difference) {
  if (left == right) return;
  const auto same = [](const state::StatusFacts* a, const state::StatusFacts* b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
  };
  difference->folded = !(left.folded() == right.folded()) || !same(left.kept_facts(), right.kept_facts());
  const Entries of_left = EntriesById(left);
  const Entries of_right = EntriesById(right);
  auto l = of_left.begin();
  auto r = of_right.begin();
  while (l != of_left.end() || r != of_right.end()) {
    if (r == of_right.end() || (l != of_left.end() && (*l)->event_id() < (*r)->event_id())) {
      difference->events_left.Add((*l++)->event_id());
    } else if (l == of_left.end() || (*r)->event_id() < (*l)->event_id()) {
      difference->events_right.Add((*r++)->event_id());
    } else {
      if (!SameContent(**l, **r)) difference->events_other.Add((*l)->event_id());
      ++l;
      ++r;
    }
  }
}

// The ids of `of` that are not among `other`, both ascending.
void AddMissing(const std::vector<std::string>& of, const std::vector<std::string>& other, DifferentIds* ids) {
  for (const std::string& id : of) {
    if (!std::ranges::binary_search(other, id)) ids->Add(id);
  }
}

void CompareCommands(const state::Profile& left, const state::Profile& right, HistoryDifference* difference) {
  if (left.applied_command_ids == right.applied_command_ids) return;
  std::vector<std::string> of_left = left.applied_command_ids;
  std::vector<std::string> of_right = right.applied_command_ids;
  std::ranges::sort(of_left);
  std::ranges::sort(of_right);
  AddMissing(of_left, of_right, &difference->commands_left);
  AddMissing(of_right, of_left, &difference->commands_right);
}

void CompareAttributes(const state::Profile& left, const state::Profile& right, std::vector<std::string>* differ) {
  auto l = left.attributes.begin();
  auto r = right.attributes.begin();
  while (l != left.attributes.end() || r != right.attributes.end()) {
    if (r == right.attributes.end() || (l != left.attributes.end() && l->first < r->first)) {
      differ->push_back("attribute " + (l++)->first);
    } else if (l == left.attributes.end() || r->first < l->first) {
      differ->push_back("attribute " + (r++)->first);
    } else {
      if (!(l->second.sent == r->second.sent)) differ->push_back("attribute " + l->first);
      ++l;
      ++r;
    }
  }
}

void CompareProfiles(const state::Profile& left, const state::Profile& right, std::vector<std::string>* differ) {
  const auto compare = [differ](const char* name, bool same) {
    if (!same) differ->emplace_back(name);
  };
  compare("do_not_contact",
          left.do_not_contact == right.do_not_contact && left.do_not_contact_reason == right.do_not_contact_reason);
  compare("qualification set", left.qualification == right.qualification);
  compare("stage set", left.set_stage == right.set_stage);
  compare("agent", left.agent_id == right.agent_id);
  compare("tags", left.tags == right.tags);
  compare("lists", left.lists == right.lists);
  compare("campaigns", left.campaigns == right.campaigns);
  compare("consents", left.consents == right.consents);
  compare("notes", left.notes == right.notes);
  compare("address", left.last_address == right.last_address && left.address_changed_at == right.address_changed_at);
  compare("times of commands",
          left.first_command_at == right.first_command_at && left.newest_command_at == right.newest_command_at);
  CompareAttributes(left, right, differ);
}

}  // namespace

HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right) {
  HistoryDifference difference;
  CompareJournals(left.journal, right.journal, &difference);
  CompareCommands(left.profile, right.profile, &difference);
  CompareProfiles(left.profile, right.profile, &difference.profile);
  difference.former_life = left.erased_at != right.erased_at;
  return difference;
}

}  // namespace leadpulse::query
