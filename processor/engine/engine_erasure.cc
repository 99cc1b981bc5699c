// Erasures (spec §4, §9 rule 7). erasure_remains.h has what they leave.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/engine/address_forms.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"

namespace leadpulse::engine {

using state::AddressSlot;
using state::Lead;

namespace {

// Whether an event that was sent for the lead itself is held, or was folded and counts.
bool HasOwnEvent(const state::Journal& journal) {
  const auto is_own = [](const state::JournalEntry& entry) { return entry.origin() == state::kOwnSlot; };
  return journal.folded().totals.first_own != Instant::Never() || std::ranges::any_of(journal.entries(), is_own);
}

}  // namespace

void PartitionEngine::Erase(const LeadKey& key, const EraseOrder& order, const EvaluationCause& cause, Found found) {
  const Lead* const held = found.lead;
  const bool is_unknown = held == nullptr && *found.erasure == state::Erasure();
  state::Erasure erasure = held != nullptr ? RemainsOf(*held, leads_) : *std::move(found.erasure);
  // The part of an erased or unknown lead that is needed: key, sequence number, addresses.
  Lead remains;
  remains.key = key;
  remains.identity = held == nullptr ? erasure.identity : held->identity;
  remains.last_seq = erasure.last_seq;
  if (order.is_published) {
    PublishChange(cause, codec::ChangeKind::kLeadErased, "", "", "", &remains, output_);
    // An unknown lead may be one that was erased before: its agent is not known any more.
    const bool is_seen = held != nullptr && held->is_lead();
    ChangeAudience& audience = output_->changes.latest_audience();
    audience.agent = is_seen ? std::optional(held->profile.extras->agent_id) : std::nullopt;
  }
  erasure.last_seq = remains.last_seq;
  // The command that takes a mailbox along with its last user may be older than the mailbox's own erasure.
  if (!order.is_withdrawn) erasure.erased_at = std::max(erasure.erased_at, ErasureTime(order.issued_at, held));
  std::vector<std::string> suppressed;
  if (order.suppress) suppressed = AllAddressesOf(key, held == nullptr ? state::Profile() : held->profile);
  for (const std::string& address : suppressed) Suppress(links_.SlotOf(address, &remains), &erasure);
  erasure.identity = Anonymous(remains, leads_);
  if (order.by_address) {
    erasure.identity.Get().users_erased_at = erasure.erased_at;
    erasure.identity->users_suppressed = order.suppress;
  }
  // So that it is not taken for the erasure of a mailbox of before.
  if (is_unknown && IsFormerMailboxId(key.lead)) erasure.identity.Get().was_mailbox = true;
  const ErasureNotice notice{order.issued_at, order.suppress, order.is_withdrawn};
  links_.TellErased(key, notice, suppressed, erasure, remains.identity, cause);
  if (remains.identity && mailboxes_.HasForgotten(remains)) mailboxes_.TellForgotten(cause, remains);
  leads_.Erase(key, erasure);
  if (!remains.identity || order.by_address || remains.identity->users() == 0) return;
  // A mailbox that is erased by its id stays for the leads that use it.
  Lead* mailbox = CreateRow(key, std::move(erasure));
  state::LeadIdentity& identity = mailbox->identity.Get();
  identity.leads = std::move(remains.identity->leads);
  identity.is_no_lead = true;
  leads_.MarkProfileChanged(mailbox);
  mailboxes_.TellStanding(cause, *mailbox);
}

ApplyResult PartitionEngine::Withdraw(const codec::Command& command, const EvaluationCause& cause, Found found) {
  const Lead* const lead = found.lead;
  if (lead != nullptr && HasOwnEvent(lead->journal)) {
    return std::optional(codec::Rejection{codec::Reason::kConflict,
                                          "the lead has events of its own, so it is more than a mistake; send `erase` "
                                          "if everything about it should go"});
  }
  if (lead != nullptr && (lead->is_lead() || lead->waits())) {
    Erase(command.key, {.issued_at = command.issued_at, .is_withdrawn = true}, cause, std::move(found));
  }
  ++output_->counters.commands;
  return std::optional<codec::Rejection>();
}

void PartitionEngine::DropErased(const codec::Event& event, const EvaluationCause& cause, Found found) {
  ++output_->counters.dropped_erased;
  // Which address bounced is known only where the event or the lead's id says it.
  const std::string address = BelongsToAfterErasure(event);
  if (event.type == EventType::kBounce && address.empty()) return;
  if (!CountsByAddress(event.type)) return;
  const bool is_held = found.lead != nullptr;
  Lead remains;  // of a lead that is not held
  if (!is_held) {
    remains.key = event.key;
    remains.journal.SetFacts(std::move(found.erasure->facts));
    if (!found.erasure->address_facts.empty()) {
      remains.journal.SetAddressFacts(std::move(found.erasure->address_facts));
    }
    remains.identity = std::move(found.erasure->identity);
  }
  Lead* const lead = is_held ? found.lead : &remains;
  state::EntryFields fact = EntryWithoutProperties(event);
  if (lead->journal.IsNoFact(fact)) return;  // before its address gets a slot
  const AddressSlot slot = links_.SlotOf(address, lead);
  fact.address = IsUnnamedResubscribe(event) && !address.empty() ? state::kUnnamedSlot : slot;
  if (!is_held) {
    if (!remains.journal.IncludeInFacts(fact)) return;
    state::Erasure& erasure = *found.erasure;
    links_.PropagateErased(event, address, slot, erasure.erased_at, cause, remains);
    erasure.facts = *remains.journal.kept_facts();
    if (const auto* kept = remains.journal.kept_address_facts()) erasure.address_facts = *kept;
    erasure.identity = Anonymous(remains, leads_);
    leads_.Erase(event.key, erasure);
    return;
  }
  const std::optional<AddressLinks::SharedEvent> shared = links_.Share(event, *lead);
  const bool is_known = lead->is_evaluated();
  if (is_known) {
    evaluator_.Begin(definitions_.Of(*lead), cause.at, view::ViewBefore::kKnown, lead);
    evaluator_.ExpectEntry(fact);
  }
  if (!lead->journal.IncludeInFacts(fact)) return;
  if (shared) shared->Propagate(/*taken=*/nullptr, slot == state::kNowhereSlot ? address : "", cause);
  leads_.MarkProfileChanged(lead);
  if (is_known) Evaluate(cause, view::ViewBefore::kKnown, lead);
}

}  // namespace leadpulse::engine
