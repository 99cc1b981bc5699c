// The links between leads and the mailboxes of their addresses (spec §9), for the leads of one partition.
//
// A link is a subscription, as in the foreign-key join of Kafka Streams (KIP-213). Either side may be in another
// partition, so they talk by messages (lead_message.h):
//
//   lead                                                mailbox
//   Subscribe    ── uses, asks, facts ────────────────▶ Receive: registers the lead, or refuses it
//   Receive      ◀─────────────────── answer: standing, entries ──
//   Propagate    ── facts that changed ───────────────▶ Receive
//   Receive      ◀─────────────────── standing, entries ── Propagate, or Receive of another lead's facts
//   Subscribe to another, Register, TellErased
//                ── uses it no longer ────────────────▶ Receive
//
// Owned by a PartitionEngine and used by its thread. What the two sides know of each other is state::LeadIdentity,
// which is stored with the rows of both; this class has no state to store. It changes the identity and the journal of
// the lead that it is given, appends messages to the output and counts. What a call returns says what is left to do for
// the engine, which alone finds, evaluates, publishes and erases leads, and marks them as changed.
//
// What must stay true:
// - A lead that has asked waits until its last question is answered; meanwhile it has no timer and is not evaluated.
// - A link begins on the lead's side and ends there. The mailbox refuses or registers, and never lets go by itself.
// - Messages of an epoch and the rows that sent them are committed together or not at all. So after a crash both sides
//   are as before the epoch, or the message is on its way; a message that arrives twice changes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/lead_definitions.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/view_changes.h"
#include "schemas/codec/records.h"
#include "state/cache/partition_leads.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// Whether the owner of an engine delivers messages. Without them no lead shares an address, as with `by_email: false`.
enum class Messages { kNone, kDelivered };

class AddressLinks {
 public:
  // Keeps the arguments, which outlive this. `leads`: those of the partition; only ones in memory are read.
  AddressLinks(Messages messages, LeadDefinitions* definitions, state::PartitionLeads* leads, EngineOutput* output)
      : messages_(messages), definitions_(definitions), leads_(leads), output_(output) {}

  // Whether leads under these definitions follow their addresses.
  bool Follows(const config::TenantDefinitions& definitions) const {
    return messages_ == Messages::kDelivered && definitions.identity_by_email;
  }
  // Notes whether a lead that is loaded has an identity.
  void NoteLoaded(const state::Lead& lead) {
    if (lead.identity) has_identities_ = true;
  }
  // Lets what was received for the id of a lead before its erasure count again, in the life that begins.
  void Revive(state::Lead* lead);

  // ---- Records, before they are applied ----

  // Returns how far a record reaches. Its lead was loaded by Prefetch.
  RecordReach ReachOf(const codec::Event& event);
  RecordReach ReachOf(const codec::Command& command);
  // Returns the mailbox that a lead uses, which was loaded by Prefetch; null: none. Valid until the engine is used
  // again.
  const std::string* MailboxUsedBy(const LeadKey& key);
  // Returns the slot of the address that an event belongs to.
  state::AddressSlot SlotOf(const codec::Event& event, const config::TenantDefinitions& definitions, bool is_new,
                            state::Lead* lead) {
    // Most events need no look at addresses.
    const bool is_unlinked = !is_new && !lead->identity && !lead->profile.address_changed_at && Follows(definitions);
    const bool is_own = messages_ == Messages::kNone || (is_unlinked && event.type != EventType::kResubscribe);
    return event.address.empty() && is_own ? state::kOwnSlot : SlotOfLinked(event, lead);
  }
  // Returns the slot of an address, which is added unless the lead knows it.
  state::AddressSlot SlotOf(std::string_view address, state::Lead* lead);

  // ---- The lead's side ----

  // Leaves the mailbox that a lead used and asks the one that it uses now, after a change of its profile or for a new
  // lead. Does nothing if the lead follows no address under these definitions, or uses the same mailbox, unless
  // `asks_again` and that has refused it. Returns whether the lead waits for the answer.
  bool Subscribe(const config::TenantDefinitions& definitions, const EvaluationCause& cause, Instant since,
                 bool asks_again, state::Lead* lead);
  // Subscribes a lead under new definitions, which may switch `by_email` on or off. Returns the same.
  bool Register(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                const EvaluationCause& cause, state::Lead* lead);
  // Whether the lead, a mailbox with entries, will ask another mailbox when it registers.
  bool BeginsAsMailbox(const state::Lead& lead) const;

  // What others know of a lead: its facts by slot. Empty if an event of the type cannot change them.
  using SharedFacts = std::vector<state::StatusFacts>;
  // Returns what others know before an event; nullopt: the lead shares nothing.
  std::optional<SharedFacts> SharedBefore(const state::Lead& lead, EventType type) {
    if (!lead.identity || !Follows(definitions_->OfAddress(lead))) return std::nullopt;
    return SharedFactsOf(lead, type);
  }
  // Tells mailboxes and users what an event has changed since `before`, and passes `taken` on to the users (null: the
  // journal did not take it). `unkept`: the event's address if the lead has no slot for it; otherwise empty.
  void Propagate(const SharedFacts& before, const codec::Event& event, const state::EntryFields* taken,
                 std::string_view unkept, const EvaluationCause& cause, const state::Lead& lead) const;
  // Tells the mailbox of `address`, whose slot is `slot`, of a late event of a lead that is erased and not held.
  // `remains` has what the erasure at `erased_at` left, and the event.
  void PropagateErased(const codec::Event& event, const std::string& address, state::AddressSlot slot,
                       Instant erased_at, const EvaluationCause& cause, const state::Lead& remains) const;
  // Tells the mailboxes of all addresses of an erased lead what it leaves, which they keep without its id.
  void TellErased(const LeadKey& key, const ErasureNotice& notice, const state::Erasure& erasure,
                  const state::OptionalIdentity& identity, const EvaluationCause& cause) const;

  // How a message from a mailbox reaches a lead.
  enum class Arrival {
    kErases,  // the lead is erased, too
    kLate,    // the lead has left the mailbox, or asked it again
    kAnswer,  // it ends the wait
    kUpdate,
  };
  static Arrival ArrivalOf(const LeadMessage& message, const ToUser& content, const state::Lead& lead);
  // Takes what an answer or an update brings.
  void Receive(const LeadMessage& message, const ToUser& content, state::Lead* lead);
  // Takes the entries of a message that is late: what was sent for an address while the lead used it stays (spec §9,
  // rule 2). Returns whether it had any.
  bool ReceiveLate(const LeadMessage& message, const ToUser& content, state::Lead* lead);

  // ---- The mailbox's side ----

  // What a message changes for a mailbox itself.
  enum class Effect {
    kNone,
    kStanding,  // its own standing: it may have to be evaluated
    kErased,    // its last user is erased, and it is no lead of its own: it has to be erased, too
  };
  // Whether a mailbox that does not know the sender learns nothing from the message.
  static bool IsEmpty(const ToMailbox& content) {
    return !content.uses && !content.asks && content.facts == state::StatusFacts();
  }
  // Keeps what a lead tells the mailbox, answers it, and tells the other users.
  Effect Receive(const LeadMessage& message, const ToMailbox& content, const EvaluationCause& cause,
                 state::Lead* mailbox);
  // Tells all users the standing.
  void TellStanding(const EvaluationCause& cause, const state::Lead& mailbox) const {
    TellUsers(/*standing=*/true, nullptr, "", cause, mailbox);
  }

  // Sends anything else. `from`: the sender's id.
  void Send(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause) const;

 private:
  state::AddressSlot SlotOfLinked(const codec::Event& event, state::Lead* lead);
  // Returns the slot of an address that is kept although it may be the lead's own id.
  state::AddressSlot KeptSlotOf(std::string_view address, state::Lead* lead);
  static SharedFacts SharedFactsOf(const state::Lead& lead, EventType type);
  // Tells the mailbox of the address the lead's facts that belong to it.
  void TellMailbox(const std::string& address, const EvaluationCause& cause, const state::Lead& lead) const;
  // Tells the mailbox of an address for which the lead has no slot of this event, if it is an UNSUBSCRIBE, a
  // RESUBSCRIBE or a COMPLAINT. Does nothing if the address is empty.
  void TellUnkeptMailbox(std::string_view address, const codec::Event& event, const EvaluationCause& cause) const;
  // Tells all users but `except` the standing, or passes `entries` on, or both.
  void TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries, std::string_view except,
                 const EvaluationCause& cause, const state::Lead& mailbox) const;
  // Registers the sender, or refuses it.
  ToUser AnswerTo(const LeadMessage& message, const ToMailbox& content, state::Lead* mailbox) const;
  // Returns whether the facts that belong to the address have changed.
  bool KeepFacts(const LeadMessage& message, const ToMailbox& content, state::LeadIdentity* mailbox) const;
  // Adds the entries that a mailbox has passed on. There must be some.
  void TakeEntries(const std::string& mailbox, const ToUser& content, state::Lead* lead);
  // Ends all links of a lead, because `by_email` was switched off: what was received stays. The mailbox is told,
  // because what the lead asked of it may still be on its way.
  void StopSharing(const EvaluationCause& cause, state::Lead* lead) const;
  // Adds what the lead of a record reaches.
  void AddReachOf(const LeadKey& key, RecordReach* reach);

  const Messages messages_;
  LeadDefinitions* const definitions_;
  state::PartitionLeads* const leads_;
  EngineOutput* const output_;
  bool has_identities_ = false;  // whether any lead that was loaded or changed had an identity
};

}  // namespace leadpulse::engine
