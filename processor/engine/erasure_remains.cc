#include "processor/engine/erasure_remains.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "processor/engine/apply_command.h"
#include "processor/view/email_status.h"
#include "state/cache/partition_leads.h"
#include "state/store/store_keys.h"

namespace leadpulse::engine {
namespace {

using state::AddressSlot;
using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

// Forgets topics without a time: the next life may meet another hundred topics.
StatusFacts WithTimes(StatusFacts facts) {
  std::erase_if(facts.topics, [](const state::TopicTimes& topic) { return topic.times == state::ScopeTimes(); });
  return facts;
}

// Returns the facts that outlive an erasure: no hard bounce of a former address, unless it is kept with its address.
StatusFacts FactsToKeep(const Lead& lead) {
  StatusFacts facts = lead.journal.Facts(lead.journal.Totals());
  if (!view::BounceCounts(lead.profile, facts.hard_bounce)) facts.hard_bounce = Instant::DistantPast();
  return WithTimes(std::move(facts));
}

std::vector<state::AddressFacts> AddressFactsToKeep(const Lead& lead) {
  std::vector<state::AddressFacts> kept;
  const auto keep = [&](AddressSlot slot) {
    StatusFacts facts = WithTimes(lead.journal.FactsOf(slot));
    if (facts != StatusFacts()) kept.push_back({slot, std::move(facts)});
  };
  keep(state::kOwnSlot);
  const size_t addresses = lead.identity ? lead.identity->addresses.size() : 0;
  for (size_t slot = 1; slot <= addresses; ++slot) keep(static_cast<AddressSlot>(slot));
  keep(state::kNoAddressSlot);
  keep(state::kUnnamedSlot);
  keep(state::kNowhereSlot);
  // A journal without entries must not take the facts of received events for its own.
  if (kept.empty()) kept.push_back({state::kOwnSlot, {}});
  return kept;
}

}  // namespace

std::string PseudonymOf(std::string_view erasure_hash) {
  return std::string(kPseudonymPrefix) + absl::BytesToHexString({erasure_hash.data(), erasure_hash.size()});
}

bool IsPseudonym(std::string_view text) {
  if (!text.starts_with(kPseudonymPrefix)) return false;
  text.remove_prefix(kPseudonymPrefix.size());
  return text.size() == 2 * state::kErasureHashBytes && std::ranges::all_of(text, absl::ascii_isxdigit);
}

std::string PseudonymOf(const LeadKey& key, const state::PartitionLeads& leads) {
  return PseudonymOf(leads.ErasureHash(key));
}

bool KnowsPseudonyms(const LeadIdentity& identity) {
  auto lead = identity.leads.lower_bound(kPseudonymPrefix);
  for (; lead != identity.leads.end() && lead->first.starts_with(kPseudonymPrefix); ++lead) {
    if (IsPseudonym(lead->first)) return true;
  }
  return std::ranges::any_of(identity.addresses, IsPseudonym);
}

void HideFormerUsers(const state::PartitionLeads& leads, Lead* mailbox) {
  for (state::RoutedCommand& routed : mailbox->identity->routed) {
    const std::string& id = routed.lead;
    if (id.empty() || id == mailbox->key.lead || IsPseudonym(id)) continue;
    const auto known = mailbox->identity->leads.find(id);
    const bool uses = known != mailbox->identity->leads.end() && known->second.uses;
    if (!uses) routed.lead = PseudonymOf({mailbox->key.tenant, id}, leads);
  }
}

void BeginLife(state::Erasure erasure, state::Lead* lead) {
  lead->erased_at = erasure.erased_at;
  lead->last_seq = erasure.last_seq;
  if (erasure.facts != state::StatusFacts()) lead->journal.SetFacts(std::move(erasure.facts));
  if (!erasure.address_facts.empty()) lead->journal.SetAddressFacts(std::move(erasure.address_facts));
  lead->identity = std::move(erasure.identity);
  lead->profile = NewProfile(lead->key);
  lead->profile.do_not_contact = erasure.do_not_contact;
}

state::Erasure RemainsOf(const Lead& lead, const state::PartitionLeads& leads) {
  state::Erasure remains;
  remains.erased_at = lead.erased_at;
  remains.last_seq = lead.last_seq;
  remains.facts = FactsToKeep(lead);
  remains.do_not_contact = lead.profile.do_not_contact;
  const bool has_unnamed = lead.journal.FactsOf(state::kUnnamedSlot, state::kNoAddressSlot) != StatusFacts();
  if (lead.identity || has_unnamed) remains.address_facts = AddressFactsToKeep(lead);
  remains.identity = Anonymous(lead, leads);
  return remains;
}

state::OptionalIdentity Anonymous(const Lead& lead, const state::PartitionLeads& leads) {
  state::OptionalIdentity anonymous;
  if (!lead.identity) return anonymous;
  const LeadIdentity& identity = *lead.identity;
  const auto name = [&](const std::string& text) {
    return IsPseudonym(text) ? text : PseudonymOf({lead.key.tenant, text}, leads);
  };
  LeadIdentity kept;
  for (const std::string& address : identity.addresses) kept.addresses.push_back(name(address));
  for (const auto& [id, known] : identity.leads) {
    if (known.facts != StatusFacts()) kept.leads[name(id)].facts = known.facts;
  }
  kept.others = identity.others;
  kept.users_erased_at = identity.users_erased_at;
  kept.users_suppressed = identity.users_suppressed;
  kept.was_mailbox = identity.was_mailbox;
  kept.question = identity.question + (lead.waits() ? 1 : 0);
  anonymous.Set(std::move(kept));
  return anonymous;
}

Instant ErasureTime(Instant issued_at, const Lead* lead) {
  Instant time = issued_at;
  if (lead == nullptr) return time;
  if (!lead->journal.entries().empty()) time = std::max(time, lead->journal.entries().back().occurred_at);
  return std::max(time, lead->profile.newest_command_at.value_or(time));
}

void Suppress(AddressSlot slot, state::Erasure* erasure) {
  auto& all = erasure->address_facts;
  if (all.empty() && slot != state::kOwnSlot) all.push_back({state::kOwnSlot, erasure->facts});
  erasure->facts.everything.Include(EventType::kUnsubscribe, erasure->erased_at);
  if (all.empty()) return;
  const auto place = std::ranges::lower_bound(all, slot, {}, &state::AddressFacts::address);
  const bool is_new = place == all.end() || place->address != slot;
  StatusFacts& facts = (is_new ? all.insert(place, {slot, {}}) : place)->facts;
  facts.everything.Include(EventType::kUnsubscribe, erasure->erased_at);
}

StatusFacts FactsLeft(const std::vector<state::AddressFacts>& all, AddressSlot slot, AddressSlot other) {
  StatusFacts left;
  for (const state::AddressFacts& of_address : all) {
    if (of_address.address == slot || of_address.address == other) Merge(of_address.facts, &left);
  }
  return left;
}

}  // namespace leadpulse::engine
