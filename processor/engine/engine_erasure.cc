// Erasures, and what they leave behind (spec §4, §9 rule 7).
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"
#include "processor/view/email_status.h"
#include "state/store/store_keys.h"

namespace leadpulse::engine {
namespace {

using state::AddressSlot;
using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

// The latest of this instant, the newest entry and the newest applied command.
Instant ErasureTime(Instant issued_at, const Lead* lead) {
  Instant time = issued_at;
  if (lead == nullptr) return time;
  if (!lead->journal.entries().empty()) time = std::max(time, lead->journal.entries().back().occurred_at);
  return std::max(time, lead->profile.newest_command_at.value_or(time));
}

// A topic without a time is forgotten: the next life may meet another hundred topics.
StatusFacts WithTimes(StatusFacts facts) {
  std::erase_if(facts.topics, [](const state::TopicTimes& topic) { return topic.times == state::ScopeTimes(); });
  return facts;
}

// A hard bounce of a former address does not outlive an erasure, unless it is kept with its address.
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

// The facts that an erasure left for the two slots together.
StatusFacts FactsLeft(const std::vector<state::AddressFacts>& all, AddressSlot slot, AddressSlot other) {
  StatusFacts left;
  for (const state::AddressFacts& of_address : all) {
    if (of_address.address == slot || of_address.address == other) Merge(of_address.facts, &left);
  }
  return left;
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

}  // namespace

std::string PseudonymOf(std::string_view erasure_hash) {
  return std::string(kPseudonymPrefix) + absl::BytesToHexString({erasure_hash.data(), erasure_hash.size()});
}

bool IsPseudonym(std::string_view text) {
  if (!text.starts_with(kPseudonymPrefix)) return false;
  text.remove_prefix(kPseudonymPrefix.size());
  return text.size() == 2 * state::kErasureHashBytes && std::ranges::all_of(text, absl::ascii_isxdigit);
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

std::string PartitionEngine::Pseudonym(const LeadKey& key) const { return PseudonymOf(leads_.ErasureHash(key)); }

bool PartitionEngine::KnowsPseudonyms(const LeadIdentity& identity) {
  auto lead = identity.leads.lower_bound(kPseudonymPrefix);
  for (; lead != identity.leads.end() && lead->first.starts_with(kPseudonymPrefix); ++lead) {
    if (IsPseudonym(lead->first)) return true;
  }
  return std::ranges::any_of(identity.addresses, IsPseudonym);
}

state::OptionalIdentity PartitionEngine::Anonymous(const Lead& lead) const {
  state::OptionalIdentity anonymous;
  if (!lead.identity) return anonymous;
  const LeadIdentity& identity = *lead.identity;
  const auto name = [&](const std::string& text) {
    return IsPseudonym(text) ? text : Pseudonym({lead.key.tenant, text});
  };
  LeadIdentity kept;
  for (const std::string& address : identity.addresses) kept.addresses.push_back(name(address));
  for (const auto& [id, known] : identity.leads) {
    if (known.facts != StatusFacts()) kept.leads[name(id)].facts = known.facts;
  }
  kept.others = identity.others;
  kept.users_erased_at = identity.users_erased_at;
  kept.users_suppressed = identity.users_suppressed;
  kept.question = identity.question + (lead.waits() ? 1 : 0);
  anonymous.Set(std::move(kept));
  return anonymous;
}

state::Erasure PartitionEngine::RemainsOf(const Lead& lead) const {
  state::Erasure remains;
  remains.erased_at = lead.erased_at;
  remains.last_seq = lead.last_seq;
  remains.facts = FactsToKeep(lead);
  remains.do_not_contact = lead.profile.do_not_contact;
  const bool has_unnamed = lead.journal.FactsOf(state::kUnnamedSlot, state::kNoAddressSlot) != StatusFacts();
  if (lead.identity || has_unnamed) remains.address_facts = AddressFactsToKeep(lead);
  remains.identity = Anonymous(lead);
  return remains;
}

void PartitionEngine::Erase(const LeadKey& key, const EraseOrder& order, const EvaluationCause& cause, Lead* held,
                            state::Erasure erasure) {
  // The part of an erased or unknown lead that is needed: key, sequence number, addresses.
  Lead remains;
  remains.key = key;
  remains.identity = held == nullptr ? std::move(erasure.identity) : held->identity;
  remains.last_seq = held == nullptr ? erasure.last_seq : held->last_seq;
  if (order.is_published) {
    PublishChange(cause, codec::ChangeKind::kLeadErased, "", "", "", &remains, output_);
    // An unknown lead may be one that was erased before: its agent is not known any more.
    const bool is_seen = held != nullptr && held->is_lead();
    ChangeAudience& audience = output_->changes.latest_audience();
    audience.agent = is_seen ? std::optional(held->profile.extras->agent_id) : std::nullopt;
  }
  if (held != nullptr) erasure = RemainsOf(*held);
  erasure.last_seq = remains.last_seq;
  // The command that takes a mailbox along with its last user may be older than the mailbox's own erasure.
  erasure.erased_at = std::max(erasure.erased_at, ErasureTime(order.issued_at, held));
  if (order.suppress) {
    const std::string address =
        order.by_address ? key.lead : AddressOf(key, held == nullptr ? state::Profile() : held->profile);
    Suppress(address.empty() ? SlotOfNone(key) : SlotOf(address, &remains), &erasure);
  }
  erasure.identity = Anonymous(remains);
  if (order.by_address) {
    erasure.identity.Get().users_erased_at = erasure.erased_at;
    erasure.identity->users_suppressed = order.suppress;
  }
  TellErased(key, order, erasure, remains.identity, cause);
  leads_.Erase(key, erasure);
  const bool is_used = remains.identity && !order.by_address && remains.identity->users() > 0;
  if (is_used) KeepMailbox(key, remains.identity, erasure, cause);
}

// The mailboxes of all addresses keep what the lead leaves, without its id.
void PartitionEngine::TellErased(const LeadKey& key, const EraseOrder& order, const state::Erasure& erasure,
                                 const state::OptionalIdentity& identity, const EvaluationCause& cause) const {
  // With `by_email: false`, too: they count when it is switched on (spec §9, rule 7).
  if (!identity || messages_ == Messages::kNone) return;
  const auto tell = [&](const std::string& address, StatusFacts facts) {
    ToMailbox notice{.erased = ErasureNotice{order.issued_at, order.suppress}, .facts = std::move(facts)};
    Send({key.tenant, address}, key.lead, std::move(notice), cause);
  };
  for (size_t i = 0; i < identity->addresses.size(); ++i) {
    const std::string& address = identity->addresses[i];
    if (IsPseudonym(address) || address == key.lead) continue;
    const auto slot = static_cast<AddressSlot>(i + 1);
    const bool is_id = address == NormalizeAddress(key.lead);
    tell(address, OptOutsOf(FactsLeft(erasure.address_facts, slot, is_id ? state::kUnnamedSlot : slot)));
  }
  if (identity->mailbox.empty() || identity->FindSlot(identity->mailbox) != state::kNowhereSlot) return;
  // The lead has no slot for the mailbox that it uses.
  StatusFacts facts;
  if (order.suppress) facts.everything.Include(EventType::kUnsubscribe, erasure.erased_at);
  tell(identity->mailbox, std::move(facts));
}

// A mailbox that is erased by its id stays for the leads that use it.
void PartitionEngine::KeepMailbox(const LeadKey& key, const state::OptionalIdentity& identity,
                                  const state::Erasure& erasure, const EvaluationCause& cause) {
  Lead* mailbox = CreateRow(key, erasure);
  LeadIdentity& kept = mailbox->identity.Get();
  kept.leads = identity->leads;
  kept.is_no_lead = true;
  leads_.MarkProfileChanged(mailbox);
  TellUsers(/*standing=*/true, nullptr, "", cause, *mailbox);
}

void PartitionEngine::DropErased(const codec::Event& event, const EvaluationCause& cause, Lead* lead,
                                 state::Erasure erasure) {
  ++output_->counters.dropped_erased;
  // Which address bounced is known only where the event or the lead's id says it.
  const std::string address = BelongsToAfterErasure(event);
  if (event.type == EventType::kBounce && address.empty()) return;
  state::EntryFields fact = EntryWithoutProperties(event);
  const bool is_held = lead != nullptr;
  Lead remains;
  if (!is_held) {
    lead = &remains;
    lead->key = event.key;
    lead->journal.SetFacts(std::move(erasure.facts));
    if (!erasure.address_facts.empty()) lead->journal.SetAddressFacts(std::move(erasure.address_facts));
    lead->identity = std::move(erasure.identity);
  }
  if (!CountsByAddress(event.type)) return;
  const AddressSlot slot = address.empty() ? SlotOfNone(event.key) : SlotOf(address, lead);
  fact.address = IsUnnamedResubscribe(event) && !address.empty() ? state::kUnnamedSlot : slot;
  const bool shares =
      lead->identity && Follows(is_held ? AddressDefinitionsOf(*lead) : definitions_.current->For(event.key.tenant));
  const SharedFacts before = shares && is_held ? SharedFactsOf(*lead, event.type) : SharedFacts();
  const bool is_known = is_held && lead->is_evaluated();
  if (is_known) {
    evaluator_.Begin(DefinitionsOf(*lead), cause.at, view::ViewBefore::kKnown, lead);
    evaluator_.ExpectEntry(fact);
  }
  if (!lead->journal.IncludeInFacts(fact)) return;
  if (is_held) {
    if (shares) Share(before, nullptr, event.type, cause, lead);
    if (shares && slot == state::kNowhereSlot) TellUnkeptMailbox(address, event, cause);
    leads_.MarkProfileChanged(lead);
    if (is_known) EvaluateAndPublish(cause, DefinitionsOf(*lead), lead);
    return;
  }
  if (messages_ == Messages::kDelivered && slot != state::kOwnSlot && slot < state::kNoAddressSlot) {
    ToMailbox late{.erased = ErasureNotice{erasure.erased_at, false},
                   .facts = OptOutsOf(state::FactsOfAddress(*lead, slot))};
    Send({event.key.tenant, address}, event.key.lead, std::move(late), cause);
  } else if (messages_ == Messages::kDelivered && slot == state::kNowhereSlot) {
    TellUnkeptMailbox(address, event, cause);
  }
  erasure.facts = *remains.journal.kept_facts();
  if (const auto* kept = remains.journal.kept_address_facts()) erasure.address_facts = *kept;
  erasure.identity = Anonymous(remains);
  leads_.Erase(event.key, erasure);
}

}  // namespace leadpulse::engine
