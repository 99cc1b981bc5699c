#include "processor/query/diff/lead_difference.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "processor/base/text.h"
#include "processor/engine/erasure_remains.h"

namespace leadpulse::query {
namespace {

// Parts of HistoryDifference::profile (IsOfAddress).
constexpr std::string_view kMailboxUsed = "mailbox used";
constexpr std::string_view kUsers = "users of the mailbox";
constexpr std::string_view kAddresses = "addresses of events";

// ---- Addresses (spec §9), compared as strings: a lead's slots for them depend on the order in which it met them ----

// Returns the address of a slot: empty for the lead's own id, `nowhere`, or `erased` if an erasure left only a hash of
// the address. Hashes of two states cannot be compared.
std::string_view AddressOfSlot(const state::Lead& lead, state::AddressSlot slot) {
  if (slot == state::kOwnSlot) return {};
  if (slot == state::kUnnamedSlot) return "unnamed";
  if (slot == state::kNoAddressSlot) return "none";
  if (slot == state::kNowhereSlot || !state::KnowsSlot(lead.identity, slot)) return "nowhere";
  const std::string& address = lead.identity->addresses[slot - 1u];
  return engine::IsPseudonym(address) ? std::string_view("erased") : std::string_view(address);
}

// The leads that a mailbox knows, and the facts of those whose ids it must not store.
struct KnownLeads {
  std::map<std::string, state::MailboxLead, std::less<>> named;
  state::StatusFacts others;
  friend bool operator==(const KnownLeads&, const KnownLeads&) = default;
};

KnownLeads KnownTo(const state::LeadIdentity& mailbox) {
  KnownLeads known{{}, *mailbox.others};
  for (const auto& [id, lead] : mailbox.leads) {
    if (engine::IsPseudonym(id)) {
      Merge(lead.facts, &known.others);
    } else {
      known.named.emplace(id, lead);
    }
  }
  return known;
}

// Adds the parts that differ: `mailbox used`, `users of the mailbox`. Ignores which commands were routed last.
void CompareIdentities(const state::OptionalIdentity& left, const state::OptionalIdentity& right,
                       std::vector<std::string>* differ) {
  const state::LeadIdentity& l = *left;
  const state::LeadIdentity& r = *right;
  if (l.mailbox != r.mailbox || l.registration != r.registration || l.standing != r.standing) {
    differ->emplace_back(kMailboxUsed);
  }
  if (!(KnownTo(l) == KnownTo(r)) || l.users_erased_at != r.users_erased_at ||
      l.users_suppressed != r.users_suppressed) {
    differ->emplace_back(kUsers);
  }
}

// Returns facts by address, without those of the lead's own id, which are the rest of its facts.
std::map<std::string, state::StatusFacts, std::less<>> FactsByAddress(const state::Lead& lead) {
  std::map<std::string, state::StatusFacts, std::less<>> facts;
  const std::vector<state::AddressFacts>* const kept = lead.journal.kept_address_facts();
  if (kept == nullptr) return facts;
  for (const state::AddressFacts& of : *kept) {
    if (of.address == state::kOwnSlot || of.facts == state::StatusFacts()) continue;
    Merge(of.facts, &facts[std::string(AddressOfSlot(lead, of.address))]);
  }
  return facts;
}

// Whether the journals have the same facts of events that are no entries, by the address that they belong to.
bool SameAddressFacts(const state::Lead& left, const state::Lead& right) {
  return FactsByAddress(left) == FactsByAddress(right);
}

// ---- Entries ----

// Whether the entries have the same content. Ignores `retracted`, which follows from the other entries.
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

// An entry and the address through which it was received; empty: it was sent for the lead itself. Ids are unique for
// each origin.
struct OriginalEntry {
  const state::JournalEntry* entry;
  std::string_view origin;

  friend bool operator<(const OriginalEntry& a, const OriginalEntry& b) {
    return std::pair(a.entry->event_id(), a.origin) < std::pair(b.entry->event_id(), b.origin);
  }
};

using Entries = std::vector<OriginalEntry>;

Entries EntriesById(const state::Lead& lead) {
  Entries entries;
  entries.reserve(lead.journal.entries().size());
  for (const state::JournalEntry& entry : lead.journal.entries()) {
    entries.push_back({&entry, AddressOfSlot(lead, entry.origin())});
  }
  std::ranges::sort(entries, std::less<>());
  return entries;
}

void CompareEntries(const state::Lead& left, const state::Lead& right, HistoryDifference* difference) {
  bool belong_alike = true;
  const Entries of_left = EntriesById(left);
  const Entries of_right = EntriesById(right);
  auto l = of_left.begin();
  auto r = of_right.begin();
  while (l != of_left.end() || r != of_right.end()) {
    if (r == of_right.end() || (l != of_left.end() && *l < *r)) {
      difference->events_left.Add((l++)->entry->event_id());
    } else if (l == of_left.end() || *r < *l) {
      difference->events_right.Add((r++)->entry->event_id());
    } else {
      if (!SameContent(*l->entry, *r->entry)) difference->events_other.Add(l->entry->event_id());
      belong_alike =
          belong_alike && AddressOfSlot(left, l->entry->belongs_to()) == AddressOfSlot(right, r->entry->belongs_to());
      ++l;
      ++r;
    }
  }
  if (!belong_alike) difference->profile.emplace_back(kAddresses);
}

void CompareJournals(const state::Lead& left, const state::Lead& right, HistoryDifference* difference) {
  const state::Journal& l = left.journal;
  const state::Journal& r = right.journal;
  const bool have_addresses = left.identity || right.identity;  // their slots may differ
  if (!have_addresses && l == r) return;
  const auto same = [](const state::StatusFacts* a, const state::StatusFacts* b) {
    return a == nullptr || b == nullptr ? a == b : *a == *b;
  };
  difference->folded =
      !(l.folded() == r.folded()) || !same(l.kept_facts(), r.kept_facts()) || !SameAddressFacts(left, right);
  CompareEntries(left, right, difference);
}

// Adds the ids of `of` that are missing in `other`, both ascending.
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
  std::set<std::string_view> names;
  for (const auto& [name, attribute] : left.attributes) {
    const auto other = right.attributes.find(name);
    if (other == right.attributes.end() || !(other->second.sent == attribute.sent)) names.insert(name);
  }
  for (const auto& [name, attribute] : right.attributes) {
    if (!left.attributes.contains(name)) names.insert(name);
  }
  for (const std::string_view name : names) differ->push_back(Concat({"attribute ", name}));
}

void CompareProfiles(const state::Profile& left, const state::Profile& right, std::vector<std::string>* differ) {
  const auto compare = [differ](const char* name, bool same) {
    if (!same) differ->emplace_back(name);
  };
  compare("do_not_contact", left.do_not_contact == right.do_not_contact &&
                                left.extras->do_not_contact_reason == right.extras->do_not_contact_reason);
  compare("qualification set", left.qualification == right.qualification);
  compare("stage set", left.set_stage == right.set_stage);
  compare("agent", left.extras->agent_id == right.extras->agent_id);
  compare("tags", left.extras->tags == right.extras->tags);
  compare("lists", left.extras->lists == right.extras->lists);
  compare("campaigns", left.extras->campaigns == right.extras->campaigns);
  compare("consents", left.extras->consents == right.extras->consents);
  compare("notes", left.extras->notes == right.extras->notes);
  compare("address", left.last_address == right.last_address && left.address_changed_at == right.address_changed_at);
  compare("times of commands",
          left.first_command_at == right.first_command_at && left.newest_command_at == right.newest_command_at);
  CompareAttributes(left, right, differ);
}

struct NamedValue {
  std::string_view name;
  std::string value;
};

// Returns the fields of a view, in the same order for every lead.
std::vector<NamedValue> FieldsOf(const view::View& view, const config::TenantDefinitions& definitions) {
  const state::PublishedView& published = view.published;
  return {{"score", std::to_string(published.score)},
          {"tier", definitions.tiers[published.tier].name},
          {"email_status", std::string(EmailStatusName(published.email_status))},
          {"sendable", published.sendable ? "true" : "false"},
          {"topics_out", Join(view::TopicsOut(published, definitions), ", ")},
          {"stage", std::string(StageName(published.stage))},
          {"status", std::string(view.status)},
          {"quality", std::to_string(view.quality)},
          {"qualification", std::to_string(view.qualification)}};
}

// Returns the ids of the segments, ascending because the indexes are.
std::vector<std::string_view> SegmentsOf(const view::View& view, const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids;
  for (uint32_t index : view.published.segments) ids.emplace_back(definitions.segments[index].id);
  return ids;
}

// A view with names, to compare it with one under other definitions.
struct NamedView {
  std::vector<NamedValue> fields;
  std::vector<std::string_view> segments;

  NamedView(const view::View& view, const config::TenantDefinitions& definitions)
      : fields(FieldsOf(view, definitions)), segments(SegmentsOf(view, definitions)) {}
  bool Has(std::string_view segment) const { return std::ranges::binary_search(segments, segment); }
};

// Compares two views. `between` is the right lead under the left definitions: its differences from `left` come from the
// history, those from `right` from the definitions.
void CompareViews(const NamedView& left, const NamedView& between, const NamedView& right, LeadDifference* difference) {
  for (size_t i = 0; i < left.fields.size(); ++i) {
    const NamedValue& from = left.fields[i];
    const NamedValue& to = right.fields[i];
    if (from.value == to.value) continue;
    const std::string& middle = between.fields[i].value;
    difference->fields.push_back({from.name, from.value, to.value, {from.value != middle, middle != to.value}});
  }
  std::vector<std::string_view> moved;
  std::ranges::set_symmetric_difference(left.segments, right.segments, std::back_inserter(moved));
  for (const std::string_view id : moved) {
    const bool in_left = left.Has(id);
    const bool in_between = between.Has(id);
    difference->segments.push_back({std::string(id), in_left, {in_left != in_between, in_between == in_left}});
  }
}

}  // namespace

bool IsOfAddress(std::string_view part) { return part == kMailboxUsed || part == kUsers || part == kAddresses; }

HistoryDifference CompareHistories(const state::Lead& left, const state::Lead& right) {
  HistoryDifference difference;
  CompareJournals(left, right, &difference);
  CompareCommands(left.profile, right.profile, &difference);
  CompareProfiles(left.profile, right.profile, &difference.profile);
  CompareIdentities(left.identity, right.identity, &difference.profile);
  difference.former_life = left.erased_at != right.erased_at;
  return difference;
}

SeenLead SeeLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant at) {
  SeenLead seen{std::move(lead), {}};
  if (!seen.lead.is_lead()) return seen;
  view::ConvertProfile(definitions, &seen.lead.profile);
  seen.view = view::EvaluateView(seen.lead, definitions, at);
  return seen;
}

std::optional<LeadDifference> CompareLeads(const SeenLead& left, const config::TenantDefinitions& left_definitions,
                                           const SeenLead& right, const config::TenantDefinitions& right_definitions,
                                           bool same_definitions, Instant at) {
  LeadDifference difference;
  difference.history = CompareHistories(left.lead, right.lead);
  const bool same_history = !difference.history.any();
  if (same_history && same_definitions) return std::nullopt;
  const NamedView seen_left(left.view, left_definitions);
  const NamedView seen_right(right.view, right_definitions);
  if (same_definitions) {
    CompareViews(seen_left, seen_right, seen_right, &difference);
  } else if (same_history) {
    CompareViews(seen_left, seen_left, seen_right, &difference);
  } else {
    const SeenLead between = SeeLead(right.lead, left_definitions, at);
    CompareViews(seen_left, NamedView(between.view, left_definitions), seen_right, &difference);
  }
  if (same_history && difference.fields.empty() && difference.segments.empty()) return std::nullopt;
  difference.key = left.lead.key;
  return difference;
}

}  // namespace leadpulse::query
