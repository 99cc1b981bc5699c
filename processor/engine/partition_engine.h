// One partition: timers, apply, view, diff, sequence.
//
// The unit of order and state. An engine knows neither files nor Kafka: it is given records with the clock at which
// they apply, changes leads in its write-back cache and appends changes to its output. Nothing is durable until the
// owner has committed what CollectWrites gives together with the output and the input position; after a failed epoch
// the owner makes a new engine. Owned by one worker at a time; all that engines share is the store, which they only
// read.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/partitioner.h"
#include "processor/engine/stored_definitions.h"
#include "processor/engine/view_changes.h"
#include "processor/view/lead_evaluator.h"
#include "schemas/codec/records.h"
#include "state/cache/partition_leads.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// Bounds of one call that works on many leads. The call makes some progress, however small the bounds are.
struct StepBounds {
  size_t leads = 0;
  // Bytes of memory of all leads changed since the last commit. Leads are loaded in groups of about a quarter of it,
  // estimated from the sizes of earlier leads; the first group has 16 leads.
  size_t changed_bytes = 64 << 20;
  // Published by the call. Checked after each evaluation of a lead, so that the last one may exceed it.
  uint64_t changes = std::numeric_limits<uint64_t>::max();
};

// Why a record was rejected; nullopt: it was not. An error is fatal: the store could not be read.
using ApplyResult = Result<std::optional<codec::Rejection>>;

class PartitionEngine {
 public:
  // Whether the owner delivers messages. Without them no lead shares an address, as with `by_email: false`.
  enum class Messages { kNone, kDelivered };
  // `store` and `output` outlive the engine. `cache_bytes`: of decoded leads that stay in memory between epochs.
  PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes, DefinitionsInForce definitions,
                  EngineOutput* output, Messages messages = Messages::kNone);

  PartitionId partition() const { return leads_.partition(); }

  // Loads the leads of records that are about to be applied: see PartitionLeads.
  Result<size_t> Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes = state::LeadStore::kAllRows) {
    return leads_.Prefetch(keys, max_bytes);
  }

  // Applies one record at `clock`, which never goes back: first the lead's timers due at or before it, each at its own
  // due time, then the record. Cheapest in the order announced to Prefetch. A rejection (conflict, final_stage,
  // too_many_attributes, lead_too_large; invalid_value where CheckCommand was not asked) goes to the dead letters and
  // leaves the lead as it was.
  ApplyResult Apply(const codec::Event& event, Instant clock, const codec::SourcePosition& source);
  ApplyResult Apply(const codec::Command& command, Instant clock, const codec::SourcePosition& source);

  // Delivers a message at its clock, which never goes back: first the lead's timers, then the message. A rejection is
  // that of a command.
  ApplyResult Apply(const LeadMessage& message);

  // How far a record reaches. Its lead was loaded by Prefetch.
  RecordReach ReachOf(const codec::Event& event);
  RecordReach ReachOf(const codec::Command& command);

  // The mailbox that a lead uses, which was loaded by Prefetch; null: none. Valid until the engine is used again.
  const std::string* MailboxUsedBy(const LeadKey& key);

  // Fires timers due at or before `clock`, within `bounds` and of a bounded number. True: more may be due, call again,
  // after a commit if the epoch shall stay small.
  Result<bool> FireDueTimers(Instant clock, const StepBounds& bounds);

  // Brings leads that carry the previous definitions up to date, within `bounds`. True: call again. False: every lead
  // of the partition is up to date and, once that is committed, the previous definitions may be forgotten.
  Result<bool> RollOutDefinitions(const StepBounds& bounds);

  // Lets leads that carry the previous definitions, up to the key `last`, ask the mailboxes that they use under the
  // current ones, and evaluates none of them. An owner that calls it, and delivers the messages, in all partitions
  // before the first call of RollOutDefinitions has each lead evaluated once, with all that its address brings. All
  // partitions are called with the same `last`, the smallest of their NextToRegister: so leads register in the order of
  // their ids (spec §9, rule 9).
  Status RegisterLeads(const state::EncodedLeadKey& last);
  // How far the next call of RegisterLeads may go within `bounds`; nullopt: it has reached all leads. A mailbox that
  // begins to use another one ends a step and is alone in it: what it receives may fold its entries, which later leads
  // do not get then.
  Result<std::optional<state::EncodedLeadKey>> NextToRegister(const StepBounds& bounds);

  // See PartitionLeads.
  size_t dirty_count() const { return leads_.dirty_count(); }
  size_t dirty_bytes() const { return leads_.dirty_bytes(); }
  size_t epoch_bytes() const { return leads_.epoch_bytes(); }
  void CollectWrites(state::EpochWrite* write) { leads_.CollectWrites(write); }
  // The same; `visit` sees each lead that is held, with the definitions that its last view belongs to.
  using LeadWriteVisitor = std::function<void(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                              const state::LeadWrite& write)>;
  void CollectWrites(state::EpochWrite* write, const LeadWriteVisitor& visit);
  void Committed() { leads_.Committed(); }

 private:
  // The progress of scans over the store.
  struct Progress {
    Instant fired_before = Instant::DistantPast();  // every timer due before it has fired
    bool registering = false;                       // since RegisterLeads, until RollOutDefinitions
    state::EncodedLeadKey registered_until;         // the last key that RegisterLeads reached
    state::EncodedLeadKey rolled_out_until;         // the last key that RollOutDefinitions reached
    std::vector<LeadKey> waiting;                   // waited for a mailbox when RollOutDefinitions last ended
  };

  // ---- Records (partition_engine.cc) ----

  const config::TenantDefinitions& DefinitionsOf(const state::Lead& lead);
  // The lead, brought up to date with definitions and time; null if it is not held.
  Result<state::Lead*> FindAt(const LeadKey& key, Instant clock);
  // What an erasure left of a lead that is not held; a default one if it was never erased.
  Result<state::Erasure> FindErasure(const LeadKey& key);
  // A row with what an erasure left. It is no lead before Announce.
  state::Lead* CreateRow(const LeadKey& key, state::Erasure erasure);
  // Makes a lead of a row: LEAD_CREATED. It is evaluated next.
  void Announce(const EvaluationCause& cause, state::Lead* lead);
  // Appends an update of the lead, to which a command was applied, if somebody wants it.
  void ReportUpdate(const EvaluationCause& cause, const state::Lead& lead);
  // An event of an erased life is dropped, but what it says of the address counts.
  void DropErased(const codec::Event& event, const EvaluationCause& cause, state::Lead* lead, state::Erasure erasure);
  // Applies a command to the lead of its key.
  ApplyResult ApplyTo(const codec::Command& command, EvaluationCause cause);
  // After evaluator_.Begin and the change.
  void EvaluateAndPublish(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                          state::Lead* lead);
  // The same for a lead whose view before the change is not known to the evaluator.
  void EvaluateWhole(const EvaluationCause& cause, state::Lead* lead);

  // ---- Erasures (engine_erasure.cc) ----

  struct EraseOrder {
    Instant issued_at;
    bool suppress = false;
    bool is_published = true;
    bool by_address = false;  // its users are erased, too
  };
  // `held` is null and `erasure` what an earlier erasure left, or `erasure` is a default one.
  void Erase(const LeadKey& key, const EraseOrder& order, const EvaluationCause& cause, state::Lead* held,
             state::Erasure erasure);
  // What an erasure leaves of a held lead.
  state::Erasure RemainsOf(const state::Lead& lead) const;
  state::OptionalIdentity Anonymous(const state::Lead& lead) const;
  // A text that stands for a lead id or an address that was erased: a keyed hash.
  std::string Pseudonym(const LeadKey& key) const;
  static bool KnowsPseudonyms(const state::LeadIdentity& identity);
  void TellErased(const LeadKey& key, const EraseOrder& order, const state::Erasure& erasure,
                  const state::OptionalIdentity& identity, const EvaluationCause& cause) const;
  void KeepMailbox(const LeadKey& key, const state::OptionalIdentity& identity, const state::Erasure& erasure,
                   const EvaluationCause& cause);

  // ---- Addresses (engine_addresses.cc) ----

  bool Follows(const config::TenantDefinitions& definitions) const {
    return messages_ == Messages::kDelivered && definitions.identity_by_email;
  }
  // The definitions that say whether a lead follows its address. One that waits has registered under the current ones,
  // and may still carry the previous ones.
  const config::TenantDefinitions& AddressDefinitionsOf(const state::Lead& lead) {
    return lead.waits() ? definitions_.current->For(lead.key.tenant) : DefinitionsOf(lead);
  }
  // The slot of an address, which is added unless the lead knows it.
  state::AddressSlot SlotOf(std::string_view address, state::Lead* lead);
  // The same of an address that is kept although it may be the lead's own id.
  state::AddressSlot KeptSlotOf(std::string_view address, state::Lead* lead);
  // The slot of the address that an event belongs to.
  state::AddressSlot SlotOf(const codec::Event& event, const config::TenantDefinitions& definitions, bool is_new,
                            state::Lead* lead);
  // What others know of a lead: its facts by slot. Empty if an event of this type cannot change them.
  using SharedFacts = std::vector<state::StatusFacts>;
  SharedFacts SharedFactsOf(const state::Lead& lead, EventType type) const;
  // After an event: tells the mailboxes and the users of a lead what has changed, and passes `taken` on (null: the
  // journal did not take it).
  void Share(const SharedFacts& before, const state::EntryFields* taken, EventType type, const EvaluationCause& cause,
             state::Lead* lead);
  // Tells the mailbox of the address the lead's facts that belong to it.
  void TellMailbox(const std::string& address, const EvaluationCause& cause, const state::Lead& lead) const;
  // Tells the mailbox of an address for which the lead has no slot of this event, if it is an UNSUBSCRIBE, a
  // RESUBSCRIBE or a COMPLAINT. Does nothing if the address is empty.
  void TellUnkeptMailbox(std::string_view address, const codec::Event& event, const EvaluationCause& cause) const;
  void Send(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause) const;
  // Tells all users but `except` the standing, or passes `entries` on, or both.
  void TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries, std::string_view except,
                 const EvaluationCause& cause, const state::Lead& mailbox) const;
  // After a change of the profile, or for a new lead: leaves the mailbox that it used and asks the one that it uses
  // now. Returns whether the lead waits for the answer.
  bool UpdateUse(const config::TenantDefinitions& definitions, const EvaluationCause& cause, Instant since,
                 bool asks_again, state::Lead* lead);
  void AddReachOf(const LeadKey& key, RecordReach* reach);
  // Makes what belongs to no address belong to this one, as far as it is later than the last change of address.
  static void Readdress(state::AddressSlot slot, state::Lead* lead);
  // `by_email` was switched off: what was received stays. The mailbox is told, because what the lead asked of it may
  // still be on its way.
  void StopSharing(const EvaluationCause& cause, state::Lead* lead) const;
  // Whether the lead, a mailbox with entries, will ask another mailbox when it registers.
  bool BeginsAsMailbox(const state::Lead& lead) const;
  // Under new definitions: whether the lead waits for a mailbox before it can be evaluated.
  bool RegisterUnder(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                     const EvaluationCause& cause, state::Lead* lead);

  // ---- Commands by address (engine_by_address.cc) ----

  // A command that names only an address goes from the mailbox to those for whom it is (spec §9, rule 4).
  ApplyResult ApplyByAddress(const codec::Command& command, const EvaluationCause& cause);
  ApplyResult EraseByAddress(const codec::Command& command, const EvaluationCause& cause, state::Lead* mailbox,
                             state::Erasure erasure);

  // ---- Messages (engine_messages.cc) ----

  Status Receive(const LeadMessage& message, const ToMailbox& content);
  Status Receive(const LeadMessage& message, const ToUser& content);
  // Registers the sender, or refuses it.
  ToUser AnswerTo(const LeadMessage& message, const ToMailbox& content, state::Lead* mailbox);
  // Returns whether the facts that belong to the address have changed.
  bool KeepFacts(const LeadMessage& message, const ToMailbox& content, state::LeadIdentity* mailbox) const;
  // A mailbox that is used and got no command is no lead of its own (spec §9, rule 3).
  void HideIfUsed(const EvaluationCause& cause, state::Lead* mailbox);
  // Adds the entries that a mailbox has passed on. There must be some.
  void TakeEntries(const std::string& mailbox, const ToUser& content, state::Lead* lead);
  // Whether an erasure by address that arrives late erases the lead: it began to use the mailbox in its present life,
  // and may have left it since.
  static bool IsOfPresentLife(const LeadMessage& message, const ToUser& content, const state::Lead& lead);
  // Adds the entries, if any, of a message that arrives after the lead has left the mailbox, or asked it again: what
  // was sent for an address while the lead used it stays (spec §9, rule 2).
  void TakeFormerEntries(const LeadMessage& message, const ToUser& content, state::Lead* lead);
  // After the facts of others changed: the mailbox's own status may follow them.
  static void TakeOwnStanding(state::Lead* lead);
  void EvaluateMailbox(const EvaluationCause& cause, state::Lead* mailbox);
  // Moves a lead to the current definitions without an evaluation, and publishes nothing: one that waits for its
  // mailbox, so that the rollout can end, or one that is evaluated next.
  void MoveUnevaluated(state::Lead* lead);

  // ---- Time and definitions (engine_steps.cc) ----

  EvaluationCause CauseOfDefinitions() const;
  void BringUpToDate(state::Lead* lead);
  bool is_up_to_date(const state::Lead& lead) const { return lead.definitions_number == definitions_.number; }
  // Visits stored leads in the order of their keys, from the one after `until`, which it moves on. True: some are left.
  using VisitStored = std::function<void(const LeadKey& key, state::Lead* lead)>;
  Result<bool> VisitStoredLeads(const StepBounds& bounds, state::EncodedLeadKey* until, const VisitStored& visit);
  // Each at its own due time, at most `limit` of them, and none once `change_limit` (null: none) is reached.
  void FireLeadTimers(state::Lead* lead, Instant until, uint64_t limit = std::numeric_limits<uint64_t>::max(),
                      const ChangeLimit* change_limit = nullptr);
  // Visits leads in groups that are loaded together, until `visit` is false or the epoch has become large. Returns how
  // many are done with, at least one unless `visit` refused the first.
  using VisitLead = std::function<Result<bool>(const LeadKey& key)>;
  Result<std::vector<LeadKey>> FetchGroup(std::span<const state::EncodedLeadKey> encoded);
  Result<size_t> VisitLeads(std::span<const state::EncodedLeadKey> keys, size_t changed_bytes,
                            const ChangeLimit& change_limit, const VisitLead& visit);
  // Evaluates a lead that has not changed since its last evaluation.
  void EvaluateLater(const EvaluationCause& cause, state::Lead* lead);

  state::LeadStore* const store_;
  DefinitionsInForce definitions_;
  EngineOutput* const output_;
  const Messages messages_;
  bool has_identities_ = false;  // whether any lead that was loaded or changed had an identity
  // The last result of DefinitionsOf: records of one tenant often come in a row.
  std::string last_tenant_;
  const config::TenantDefinitions* last_found_ = nullptr;
  state::PartitionLeads leads_;
  view::LeadEvaluator evaluator_;
  Progress progress_;
};

}  // namespace leadpulse::engine
