// The links between leads and the mailboxes of their addresses (spec §9), for the leads of one partition.
//
// A link is a subscription, as in the foreign-key join of Kafka Streams (KIP-213). Either side may be in another
// partition, so they talk by messages (lead_message.h):
//
//   lead: AddressLinks                                  mailbox: MailboxLinks
//   Subscribe    ── uses, asks, facts ────────────────▶ Receive: registers the lead, or refuses it
//   Receive      ◀─────────────────── answer: standing, entries ──
//   SharedEvent  ── facts that changed ───────────────▶ Receive
//   Receive      ◀──────────────────────── standing, entries ── TellUsers, because of its own event or another lead's
//   Subscribe to another, Register, TellErased
//                ── uses it no longer ────────────────▶ Receive
//   PropagateErased
//                ── facts after the erasure ──────────▶ Receive
//
// Owned by a PartitionEngine and used by its thread. What the two sides know of each other is state::LeadIdentity,
// which is stored with the rows of both; this class has no state to store. It changes the identity and the journal of
// the lead that it is given, appends messages to the output and counts. What a call returns says what is left to do for
// the engine, which alone finds, evaluates, publishes and erases leads, and marks them as changed.
//
// What must stay true:
// - A lead that has asked waits until its last question is answered; meanwhile it has no timer and is not evaluated.
// - A link begins on the lead's side and ends there. The mailbox refuses or registers, and lets go by itself only where
//   `by_email` is switched off; when it is switched on, leads that have not heard of that register again, at the latest
//   when they next tell the mailbox something.
// - Messages of an epoch and the rows that sent them are committed together or not at all. So after a crash both sides
//   are as before the epoch, or the message is on its way; a message that arrives twice changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/lead_definitions.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/mailbox_links.h"
#include "processor/engine/view_changes.h"
#include "schemas/codec/records.h"
#include "state/cache/partition_leads.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// Whether the owner of an engine delivers messages. Without them no lead shares an address, as with `by_email: false`.
enum class Messages {
  kNone,
  kDelivered,  // to the partitions of this process, which are all there are
  kExchanged,  // to partitions that other processes may have
};

class AddressLinks {
 public:
  // Keeps the arguments, which outlive this. `leads`: those of the partition; only ones in memory are read.
  AddressLinks(Messages messages, LeadDefinitions* definitions, state::PartitionLeads* leads,
               const MailboxLinks* mailboxes, EngineOutput* output)
      : messages_(messages), definitions_(definitions), leads_(leads), mailboxes_(mailboxes), output_(output) {}

  // Whether leads under these definitions follow their addresses.
  bool Follows(const config::TenantDefinitions& definitions) const {
    return messages_ != Messages::kNone && definitions.identity_by_email;
  }
  // Whether another process may have partitions.
  bool has_other_processes() const { return messages_ == Messages::kExchanged; }
  // Notes whether a lead has an identity, after it was loaded or has received a message as a mailbox.
  void NoteIdentity(const state::Lead& lead) {
    if (lead.identity) has_identities_ = true;
  }
  // Lets what was received for the id of a lead before its erasure count again, in the life that begins.
  void Revive(state::Lead* lead);

  // ---- Records ----

  // Returns how far a record reaches. Its lead was loaded by Prefetch.
  RecordReach ReachOf(const codec::Event& event);
  RecordReach ReachOf(const codec::Command& command);

  // Returns the slot of an address, which is added unless the lead knows it. Empty: no address.
  state::AddressSlot SlotOf(std::string_view address, state::Lead* lead);
  // Returns the slot of the address that an event belongs to, before the event is applied as `entry`. The address of an
  // event that the journal ignores gets no slot: it would take room, and be lost with the memory of the lead.
  state::AddressSlot SlotOf(const codec::Event& event, const state::EntryFields& entry,
                            const config::TenantDefinitions& definitions, bool is_new, state::Lead* lead) {
    // Most events need no look at addresses.
    const bool is_unlinked = !is_new && !lead->identity && !lead->profile.address_changed_at && Follows(definitions);
    const bool is_own = messages_ == Messages::kNone || (is_unlinked && event.type != EventType::kResubscribe);
    return event.address.empty() && is_own ? state::kOwnSlot : SlotOfLinked(event, entry, lead);
  }

  // An event of a lead that shares its address. Made before the event is applied, it notes what others know of the lead
  // until then. Refers to the arguments of Share.
  class SharedEvent {
   public:
    SharedEvent(const AddressLinks& links, const codec::Event& event, const state::Lead& lead)
        : links_(links), event_(event), lead_(lead), before_(FactsKnown()) {}
    // Tells mailboxes and users what the event has changed, and passes `taken` on to the users (null: the journal did
    // not take it). `unkept`: the event's address if the lead has no slot for it; otherwise empty.
    void Propagate(const state::EntryFields* taken, std::string_view unkept, const EvaluationCause& cause) const;

   private:
    // Returns what others know of the lead: its facts by slot. Empty if an event of the type cannot change them.
    std::vector<state::StatusFacts> FactsKnown() const;

    const AddressLinks& links_;
    const codec::Event& event_;
    const state::Lead& lead_;
    const std::vector<state::StatusFacts> before_;
  };
  // Returns the event of a lead that shares its address; nullopt: the lead shares none.
  std::optional<SharedEvent> Share(const codec::Event& event, const state::Lead& lead) const {
    if (!lead.identity || !Follows(definitions_->OfAddress(lead))) return std::nullopt;
    return std::optional<SharedEvent>(std::in_place, *this, event, lead);
  }

  // ---- The links of a lead ----

  // Leaves the mailbox that a lead used and asks the one that it uses now, after a change of its profile or for a new
  // lead. Asks once more if that has refused the lead and `command` sets its `email`. `command`: the cause; null: an
  // event. Does nothing if the lead follows no address. Returns whether the lead waits for the answer.
  bool Subscribe(const codec::Command* command, const EvaluationCause& cause, state::Lead* lead) {
    return Follows(definitions_->OfAddress(*lead)) && ChangeMailbox(command, cause, lead);
  }
  // Subscribes a lead that comes to the current definitions, which may switch `by_email` on or off. Returns the same.
  bool Register(state::Lead* lead);
  // Returns the mailbox that the lead will ask when it registers; empty: none.
  std::string WillAsk(const state::Lead& lead) const;
  // Whether the lead, a mailbox with entries, will ask another mailbox when it registers.
  bool BeginsAsMailbox(const state::Lead& lead) const;

  // Tells the mailbox of `address`, whose slot is `slot`, of a late event of a lead that is erased and not held.
  // `remains` has what the erasure at `erased_at` left, and the event.
  void PropagateErased(const codec::Event& event, const std::string& address, state::AddressSlot slot,
                       Instant erased_at, const EvaluationCause& cause, const state::Lead& remains) const;
  // Tells the mailboxes of all addresses of an erased lead what it leaves, which they keep without its id.
  // `suppressed`: the addresses that the erasure opts out; the lead may have no slot for them.
  void TellErased(const LeadKey& key, const ErasureNotice& notice, const std::vector<std::string>& suppressed,
                  const state::Erasure& erasure, const state::OptionalIdentity& identity,
                  const EvaluationCause& cause) const;

  // What a message from a mailbox does to a lead.
  enum class Effect {
    kNone,     // it is late, and brings nothing that stays
    kAnswer,   // it has ended the wait
    kChanged,  // the standing or the journal may have changed
    kErased,   // the lead has to be erased, too
  };
  // Takes what a mailbox has sent.
  Effect Receive(const LeadMessage& message, const ToUser& content, state::Lead* lead);
  // Registers a lead again with the mailbox that it uses, which has forgotten it.
  void AskAgain(const EvaluationCause& cause, state::Lead* lead);

 private:
  state::AddressSlot SlotOfLinked(const codec::Event& event, const state::EntryFields& entry, state::Lead* lead);
  // Returns the slot of an address that is kept although it may be the lead's own id.
  state::AddressSlot KeptSlotOf(std::string_view address, state::Lead* lead);
  // Does what Subscribe says, for a lead that follows its address.
  bool ChangeMailbox(const codec::Command* command, const EvaluationCause& cause, state::Lead* lead);
  // Asks the mailbox that the lead uses to register it; `since` as in ToMailbox. The lead waits for the reply.
  void Ask(Instant since, const EvaluationCause& cause, state::Lead* lead);
  // Tells the mailbox of an address the lead's facts that belong to it.
  void TellMailbox(const std::string& address, const EvaluationCause& cause, const state::Lead& lead) const;
  // Tells the mailbox of an address for which the lead has no slot of this event, if it is an UNSUBSCRIBE, a
  // RESUBSCRIBE or a COMPLAINT. Does nothing if the address is empty.
  void TellUnkeptMailbox(std::string_view address, const codec::Event& event, const EvaluationCause& cause) const;
  // Adds the entries that a mailbox has passed on. There must be some.
  void TakeEntries(const std::string& mailbox, const ToUser& content, state::Lead* lead);
  // Ends all links of a lead, because `by_email` was switched off: what was received stays. The mailbox is told,
  // because what the lead asked of it may still be on its way.
  void StopSharing(const EvaluationCause& cause, state::Lead* lead) const;
  // Adds what the lead of a record reaches. Returns the lead; null: it is not held.
  const state::Lead* AddReachOf(const LeadKey& key, RecordReach* reach);

  const Messages messages_;
  LeadDefinitions* const definitions_;
  state::PartitionLeads* const leads_;
  const MailboxLinks* const mailboxes_;
  EngineOutput* const output_;
  bool has_identities_ = false;  // whether any lead that was loaded or changed had an identity
};

}  // namespace leadpulse::engine
