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
#include <optional>
#include <span>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/address_links.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/lead_definitions.h"
#include "processor/engine/mailbox_links.h"
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
  // Keeps `store` and `output`, which outlive it. `cache_bytes`: of decoded leads that stay in memory between epochs.
  PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes, DefinitionsInForce definitions,
                  EngineOutput* output, Messages messages = Messages::kNone);

  // Loads the leads of records that are about to be applied: see PartitionLeads.
  Result<size_t> Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes = state::LeadStore::kAllRows) {
    return leads_.Prefetch(keys, max_bytes);
  }

  // Applies one record at `clock`, which never goes back: first the lead's timers due at or before it, each at its own
  // due time, then the record. Cheapest in the order given to Prefetch. A rejection (conflict, final_stage,
  // too_many_attributes, lead_too_large; invalid_value where CheckCommand was not asked) goes to the dead letters and
  // leaves the lead as it was.
  ApplyResult Apply(const codec::Event& event, Instant clock, const codec::SourcePosition& source);
  ApplyResult Apply(const codec::Command& command, Instant clock, const codec::SourcePosition& source);

  // Delivers a message at its clock, which never goes back: first the lead's timers, then the message. A rejection is
  // that of a command.
  ApplyResult Apply(const LeadMessage& message);

  // Fires timers due at or before `clock`, within `bounds` and of a bounded number. True: more may be due, call again,
  // after a commit if the epoch shall stay small.
  Result<bool> FireDueTimers(Instant clock, const StepBounds& bounds);

  // Brings leads that carry the previous definitions up to date, within `bounds`. True: call again. False: every lead
  // of the partition is up to date and, once that is committed, the previous definitions may be forgotten.
  Result<bool> RollOutDefinitions(const StepBounds& bounds);
  // Forgets the previous definitions: RollOutDefinitions returned false, and that is about to be committed.
  void EndRollout() { definitions_.EndRollout(); }

  // Lets leads that carry the previous definitions, up to the key `last`, ask the mailboxes that they use under the
  // current ones, and evaluates none of them. An owner that calls it, and delivers the messages, in all partitions
  // before the first call of RollOutDefinitions has each lead evaluated once, with all that its address brings. All
  // partitions are called with the same `last`, the smallest of their NextToRegister: so leads register in the order of
  // their ids (spec §9, rule 9).
  Status RegisterLeads(const state::EncodedLeadKey& last);
  // The leads that a call of RegisterLeads may reach.
  struct NextToRegister {
    state::EncodedLeadKey last;
    // The leads that ask a mailbox, ascending, each with that mailbox.
    std::vector<std::pair<state::EncodedLeadKey, LeadKey>> asking;
  };
  // Returns how far the next call of RegisterLeads may go within `bounds`; nullopt: it has reached all leads. A mailbox
  // that begins to use another one ends a step and is alone in it: what it receives may fold its entries, which later
  // leads do not get then.
  Result<std::optional<NextToRegister>> FindNextToRegister(const StepBounds& bounds);

  // Returns the links of its leads: how far a record reaches, which mailbox a lead uses.
  AddressLinks& links() { return links_; }
  // Returns its leads: how many the epoch has changed, and the memory that they take.
  const state::PartitionLeads& leads() const { return leads_; }
  // Returns the same, to look at leads that were loaded by Prefetch.
  state::PartitionLeads& leads() { return leads_; }

  // Collects the writes of the epoch, as PartitionLeads, and those of its counts by day. Fatal if counts cannot be
  // read.
  Status CollectWrites(state::EpochWrite* write, uint64_t delta_epoch = 0);
  // Returns the definitions that the lead's last view belongs to.
  const config::TenantDefinitions& DefinitionsOf(const state::Lead& lead) { return definitions_.Of(lead); }
  void Committed();

 private:
  // The progress of scans over the store.
  struct Progress {
    Instant fired_before = Instant::DistantPast();  // every timer due before it has fired
    bool registering = false;                       // since RegisterLeads, until RollOutDefinitions
    state::EncodedLeadKey registered_until;         // the last key that RegisterLeads reached
    state::EncodedLeadKey rolled_out_until;         // the last key that RollOutDefinitions reached
    std::vector<LeadKey> waiting;                   // waited for a mailbox when RollOutDefinitions last ended
  };
  // A lead as a record finds it: brought up to date with definitions and time.
  struct Found {
    state::Lead* lead = nullptr;  // null: it is not held
    // What an erasure left of a lead that is not held; a default one: nothing.
    std::optional<state::Erasure> erasure = {};
    Instant erased_at() const { return lead != nullptr ? lead->erased_at : erasure->erased_at; }
  };
  struct EraseOrder {
    Instant issued_at;
    bool suppress = false;
    bool is_published = true;
    bool by_address = false;    // its users are erased, too
    bool is_withdrawn = false;  // by Withdraw: it leaves no time of erasure
  };

  // Visits the rows of leads that the rollout evaluates, as LeadReader::VisitLeads. Skips other tenants.
  Status VisitOutdated(const state::EncodedLeadKey& after, const state::LeadStore::LeadVisitor& visit) const;
  // Does what RollOutDefinitions does, and keeps the leads in memory.
  Result<bool> RollOutStep(const StepBounds& bounds);

  // ---- One lead (partition_engine.cc) ----

  Result<Found> FindAt(const LeadKey& key, Instant clock);
  // Brings the addresses of a lead that carries the previous definitions into their present form (address_forms.h).
  // Returns the lead; null: its row is gone, because it was a mailbox in another form and no lead.
  state::Lead* NormalizeForms(state::Lead* lead);
  // Rolls out the definitions to a lead that carries the previous ones. Where leads keep their numbers, it is written
  // only if that changes its row.
  void BringUpToDate(state::Lead* lead);
  // Evaluates such a lead, whose timers have fired. The caller marks it as changed. `waits`: it waits, and need not.
  void EvaluateAgain(bool waits, state::Lead* lead);
  // Does both. Returns the lead; null: its row is gone.
  state::Lead* BringFormsUpToDate(state::Lead* lead);
  // Moves a lead to the current definitions without an evaluation, and publishes nothing: one that waits for its
  // mailbox, so that the rollout can end, or one that is evaluated next.
  void MoveUnevaluated(state::Lead* lead);
  // Fires due timers, each at its own due time, at most `limit`, and none once `change_limit` (null: none) is reached.
  void FireLeadTimers(state::Lead* lead, Instant until, uint64_t limit = std::numeric_limits<uint64_t>::max(),
                      const ChangeLimit* change_limit = nullptr);
  // Makes a row with what an erasure left. It is no lead before PublishCreated.
  state::Lead* CreateRow(const LeadKey& key, state::Erasure erasure);
  // Applies a command to the lead of its key.
  ApplyResult ApplyTo(const codec::Command& command, EvaluationCause cause);
  // Evaluates a lead that has changed, and publishes. kKnown: evaluator_.Begin was called before the change.
  void Evaluate(const EvaluationCause& cause, view::ViewBefore before, state::Lead* lead);
  // Publishes what the command, and those while the lead waited, changed.
  void PublishPendingUpdates(const EvaluationCause& cause, state::Lead* lead);

  // ---- Erasures (engine_erasure.cc) ----

  void Erase(const LeadKey& key, const EraseOrder& order, const EvaluationCause& cause, Found found);
  // Removes a lead that has no event of its own; otherwise rejects the command with `conflict`.
  ApplyResult Withdraw(const codec::Command& command, const EvaluationCause& cause, Found found);
  // Drops an event of an erased life, but counts what it says of the address.
  void DropErased(const codec::Event& event, const EvaluationCause& cause, Found found);

  // ---- Commands by address (engine_by_address.cc) ----

  // Sends a command that names only an address from the mailbox to those for whom it is (spec §9, rule 4).
  ApplyResult ApplyByAddress(const codec::Command& command, const EvaluationCause& cause);
  ApplyResult EraseByAddress(const codec::Command& command, const EvaluationCause& cause, Found mailbox);

  // ---- Messages (engine_messages.cc) ----

  Status Receive(const LeadMessage& message, const ToMailbox& content);
  Status Receive(const LeadMessage& message, const ToUser& content);
  // Takes what a former mailbox, or its erasure, gives to the mailbox of its address.
  Status Receive(const LeadMessage& message, const state::Lead& part);
  // Tells the users what a mailbox knows since AddMailboxPart, and evaluates it. `added`: the entries; may be null.
  void TellOfMailboxPart(const std::shared_ptr<const state::Journal>& added, const EvaluationCause& cause,
                         state::Lead* mailbox);
  // Takes what an erasure left under a former address of a mailbox. Asks for it if another process may have it.
  Status TakeFormerErasure(const LeadKey& key, const std::string& former_address, const EvaluationCause& cause);
  Status TakeFormerErasure(const LeadKey& key, const state::Lead& former, const EvaluationCause& cause);
  // Sends what an erasure left of the receiver, a former mailbox, to the mailbox of the normal form.
  Status GiveFormerErasure(const LeadMessage& message);
  // Removes a mailbox from the leads if it is used and got no command: LEAD_MERGED (spec §9, rule 3).
  void HideIfUsed(const EvaluationCause& cause, state::Lead* mailbox);

  state::LeadStore* const store_;
  LeadDefinitions definitions_;
  EngineOutput* const output_;
  state::PartitionLeads leads_;
  MailboxLinks mailboxes_;
  AddressLinks links_;
  view::LeadEvaluator evaluator_;
  Progress progress_;
};

}  // namespace leadpulse::engine
