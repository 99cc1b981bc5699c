#include "processor/engine/address_forms.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "processor/base/address.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"

namespace leadpulse::engine {
namespace {

using state::AddressSlot;
using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

using SlotMap = std::array<AddressSlot, std::numeric_limits<AddressSlot>::max() + size_t{1}>;

// The new slot of each slot: of events that were sent for the lead itself, and of received ones.
struct NewSlots {
  NewSlots() {
    for (size_t slot = 0; slot < sent.size(); ++slot) sent[slot] = received[slot] = static_cast<AddressSlot>(slot);
  }
  SlotMap sent{};
  SlotMap received{};
};

// Returns the facts of events that are not entries.
StatusFacts AllPastFacts(const state::Journal& journal) {
  return journal.kept_facts() != nullptr ? *journal.kept_facts() : FactsOfTotals(journal.folded().totals);
}

// Returns them by the address that they belong to.
std::vector<state::AddressFacts> PastFacts(const state::Journal& journal) {
  if (const auto* by_address = journal.kept_address_facts()) return *by_address;
  StatusFacts past = AllPastFacts(journal);
  if (past == StatusFacts()) return {};
  return {{state::kOwnSlot, std::move(past)}};
}

void MergeAt(AddressSlot slot, const StatusFacts& facts, std::vector<state::AddressFacts>* all) {
  const auto place = std::ranges::lower_bound(*all, slot, {}, &state::AddressFacts::address);
  const bool is_new = place == all->end() || place->address != slot;
  Merge(facts, &(is_new ? all->insert(place, {slot, {}}) : place)->facts);
}

bool IsOfOwn(const std::vector<state::AddressFacts>& all) {
  return std::ranges::all_of(all, [](const auto& one) { return one.address == state::kOwnSlot; });
}

// Returns an entry with the slots of its addresses.
state::EntryFields WithSlots(const state::JournalEntry& entry, const NewSlots& slots) {
  state::EntryFields fields = FieldsOf(entry);
  fields.received = entry.received;
  fields.of_other_address = entry.of_other_address;
  if (entry.of_other_address) fields.other_address = slots.received[entry.belongs_to()];
  // Other types than those that count by address are all in the lead's own slot.
  const bool is_moved = entry.address != state::kOwnSlot || CountsByAddress(entry.type);
  fields.address = entry.received ? slots.received[entry.address]
                   : is_moved     ? slots.sent[entry.address]
                                  : entry.address;
  return fields;
}

// Moves what belongs to each slot to its new one. Of an event that was received through two forms of one address, the
// first stays.
void MoveSlots(const NewSlots& slots, Lead* lead) {
  const state::Journal& before = lead->journal;
  state::Journal moved({}, before.folded());
  for (const state::JournalEntry& entry : before.entries()) {
    moved.Add(WithSlots(entry, slots), kNoLimit, kNoLimit, lead->identity->addresses);
  }
  if (before.kept_facts() != nullptr) moved.SetFacts(*before.kept_facts());
  std::vector<state::AddressFacts> past;
  for (const auto& [slot, facts] : PastFacts(before)) MergeAt(slots.sent[slot], facts, &past);
  if (before.kept_address_facts() != nullptr || !IsOfOwn(past)) moved.SetAddressFacts(std::move(past));
  lead->journal = std::move(moved);
  lead->memo.held.reset();
}

std::string NormalForm(const std::string& address) {
  return IsPseudonym(address) ? address : NormalizeAddress(address);
}

// Brings the list of addresses into normal form, each once.
NewSlots NormalizeList(Lead* lead) {
  NewSlots slots;
  LeadIdentity& identity = *lead->identity;
  const std::vector<std::string> before = std::exchange(identity.addresses, {});
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string address = NormalForm(before[i]);
    slots.received[i + 1] = identity.SlotOf(address);
    slots.sent[i + 1] = address == lead->key.lead ? state::kOwnSlot : slots.received[i + 1];
  }
  return slots;
}

bool IsNormal(const std::string& address) { return NormalForm(address) == address; }

bool KnowsFormerForms(const LeadIdentity& identity) {
  return !std::ranges::all_of(identity.addresses, IsNormal) || !IsNormal(identity.mailbox);
}

// Adds what a former mailbox knows of other leads.
void AddLeads(const LeadIdentity& former, const std::string& id, LeadIdentity* identity) {
  for (const auto& [lead, known] : former.leads) {
    if (lead == id) continue;  // it knows itself best
    const bool has_room = identity->HasRoomFor(lead, known.facts);
    if (known.uses && identity->users() < state::kMaxMailboxLeads) identity->leads[lead].uses = true;
    if (known.facts == StatusFacts()) continue;
    // An erased lead that comes again does not know its pseudonym in the present form, and would take its facts away.
    const bool is_own_entry = has_room && !IsPseudonym(lead);
    Merge(known.facts, is_own_entry ? &identity->leads[lead].facts : &identity->others.Get());
  }
  if (*former.others != StatusFacts()) Merge(*former.others, &identity->others.Get());
  if (former.users_erased_at > identity->users_erased_at) {
    identity->users_erased_at = former.users_erased_at;
    identity->users_suppressed = former.users_suppressed;
  }
}

// Adds the commands that a former mailbox has sent on, as older ones, if there is room for all.
void AddRouted(const Lead& former, const std::string& id, LeadIdentity* identity) {
  std::vector<state::RoutedCommand> routed = former.identity->routed;
  std::set<std::string_view> commands;
  for (state::RoutedCommand& command : routed) {
    if (command.lead == former.key.lead) command.lead = id;
    commands.insert(command.command_id);
  }
  for (const state::RoutedCommand& command : identity->routed) commands.insert(command.command_id);
  const size_t rows = routed.size() + identity->routed.size();
  if (rows > state::kMaxRoutedTargets || commands.size() > state::kMaxRoutedCommands) return;
  identity->routed.insert(identity->routed.begin(), routed.begin(), routed.end());
}

// Adds the entries and facts of events that were sent for a former mailbox. Returns the entries.
std::vector<state::EntryFields> AddJournal(const Lead& former, Lead* mailbox) {
  NewSlots slots;
  for (size_t i = 0; i < former.identity->addresses.size(); ++i) {
    const std::string address = NormalForm(former.identity->addresses[i]);
    slots.sent[i + 1] = address == mailbox->key.lead ? state::kOwnSlot : mailbox->identity->SlotOf(address);
  }
  std::vector<state::AddressFacts> past = PastFacts(mailbox->journal);
  const std::vector<state::AddressFacts> more = PastFacts(former.journal);
  for (const auto& [slot, facts] : more) MergeAt(slots.sent[slot], facts, &past);
  if (!more.empty()) {
    StatusFacts all = AllPastFacts(mailbox->journal);
    Merge(AllPastFacts(former.journal), &all);
    mailbox->journal.SetFacts(std::move(all));
    if (mailbox->journal.kept_address_facts() != nullptr || !IsOfOwn(past)) {
      mailbox->journal.SetAddressFacts(std::move(past));
    }
  }
  std::vector<state::EntryFields> added;
  for (const state::JournalEntry& entry : former.journal.entries()) {
    if (entry.received || entry.occurred_at <= mailbox->erased_at) continue;
    added.push_back(WithSlots(entry, slots));
    mailbox->journal.Add(added.back(), kNoLimit, kNoLimit, mailbox->identity->addresses);
  }
  mailbox->memo.held.reset();
  return added;
}

}  // namespace

bool IsFormerMailboxId(std::string_view id) {
  return id.find('@') != std::string_view::npos && !IsMailboxId(id) && FormerAddress(id) == id;
}

std::shared_ptr<const Lead> TakeMailboxPart(Lead* mailbox) {
  if (!mailbox->identity) return nullptr;
  LeadIdentity& identity = *mailbox->identity;
  const bool stays = mailbox->is_lead() || mailbox->waits();
  const bool knows_others = !identity.leads.empty() || !identity.routed.empty() || identity.others ||
                            identity.users_erased_at != Instant::DistantPast();
  if (stays && !knows_others) return nullptr;
  auto part = std::make_shared<Lead>();
  part->key = mailbox->key;
  LeadIdentity& given = part->identity.Get();
  given.is_no_lead = true;
  given.leads = std::exchange(identity.leads, {});
  given.others = std::exchange(identity.others, {});
  given.routed = std::exchange(identity.routed, {});
  given.users_erased_at = std::exchange(identity.users_erased_at, Instant::DistantPast());
  given.users_suppressed = std::exchange(identity.users_suppressed, false);
  if (stays) return part;
  given.addresses = identity.addresses;
  part->journal = mailbox->journal;
  part->erased_at = mailbox->erased_at;
  part->profile.do_not_contact = mailbox->profile.do_not_contact;
  return part;
}

bool NormalizeAddresses(bool follows, Lead* lead) {
  const bool ceases = IsFormerMailboxId(lead->key.lead) && !(lead->identity && lead->identity->was_mailbox);
  if (!ceases && (!lead->identity || !KnowsFormerForms(*lead->identity))) return false;
  LeadIdentity& identity = lead->identity.Get();
  NewSlots slots = NormalizeList(lead);
  if (ceases) {
    // Its id is an address like others now, and events of no address have the lead's own slot.
    identity.was_mailbox = true;
    slots.sent[state::kOwnSlot] = identity.SlotOf(NormalizeAddress(lead->key.lead));
    slots.sent[state::kNoAddressSlot] = slots.received[state::kNoAddressSlot] = state::kOwnSlot;
  }
  MoveSlots(slots, lead);
  const bool begins = ceases && follows && identity.mailbox.empty();
  if (begins || !IsNormal(identity.mailbox)) {
    identity.mailbox = UsedMailbox(lead->key, lead->profile);
    if (!lead->waits()) identity.registration = state::Registration::kNone;
  }
  return true;
}

std::shared_ptr<const state::Journal> AddMailboxPart(const Lead& former, Lead* mailbox) {
  LeadIdentity& identity = mailbox->identity.Get();
  AddLeads(*former.identity, mailbox->key.lead, &identity);
  AddRouted(former, mailbox->key.lead, &identity);
  const std::vector<state::EntryFields> added = AddJournal(former, mailbox);
  mailbox->erased_at = std::max(mailbox->erased_at, former.erased_at);
  const bool has_command = mailbox->profile.newest_command_at.has_value();
  if (!has_command && former.profile.do_not_contact) mailbox->profile.do_not_contact = true;
  return added.empty() ? nullptr : std::make_shared<const state::Journal>(added, state::FoldedEntries());
}

}  // namespace leadpulse::engine
