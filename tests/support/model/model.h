// The model: takes definitions and records, and gives the expected changes and final lines. README.md describes it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/facts.h"
#include "tests/support/model/lead.h"
#include "tests/support/model/record.h"
#include "tests/support/model/view.h"

namespace leadpulse::model {

using LeadKey = std::pair<std::string, std::string>;  // tenant, lead

struct Change {
  int64_t seq = 0;
  Millis at = 0;
  std::string kind;
  std::string name;
  std::string from;
  std::string to;
  std::string cause;     // EVENT, COMMAND, TIME or DEFINITIONS
  std::string cause_id;  // id of the event or command, or version of the definitions; empty for TIME
  bool backfill = false;
  std::string updated;  // what LEAD_UPDATED names, between commas

  bool operator==(const Change&) const = default;
};

struct DeadLetter {
  size_t record = 0;  // how many records were read before it
  std::string reason;

  bool operator==(const DeadLetter&) const = default;
};

using EventsTaken = std::map<std::pair<std::string, EventType>, uint64_t>;  // by tenant and type

// Limits of the leads of an address, above which the model treats them differently. These are the program's; tests
// lower them.
struct AddressLimits {
  size_t registered = 1000;  // beyond it a lead that uses a mailbox is not registered
  size_t passed_on = 8;      // beyond it a mailbox passes nothing on
  size_t erased = 10;        // beyond it `erase` by address is refused
};

// The contract, evaluated from scratch at every instant that could matter. A copy is independent.
class Model {
 public:
  Model(Definitions definitions, Millis wall_clock, AddressLimits limits = {});

  void Read(const Record& record);
  // Applies the record at `clock` in the live mode, where records do not move the clock. `wall_clock` decides whether
  // the record is too far ahead.
  void ReadAt(const Record& record, Millis wall_clock, Millis clock);
  // Advances the live clock.
  void AdvanceTo(Millis clock);
  // Ends a bounded input: fires timers due by the clock, which first advances to `until` if that is later.
  void Finish(std::optional<Millis> until);
  // Starts a run with other definitions on the same state, before its first record. Timers due by the clock fire under
  // the old ones, then every lead is evaluated at the clock under the new ones, which `version` names.
  void Redefine(Definitions definitions, const std::string& version);

  const std::map<LeadKey, std::vector<Change>>& changes() const { return changes_; }
  const std::vector<DeadLetter>& dead_letters() const { return dead_letters_; }
  // Returns how many events of each tenant and type journals have taken, for the lead that each was sent for.
  const EventsTaken& events_taken() const { return taken_; }
  // Returns the objects of `leads.jsonl`, by tenant and lead.
  std::map<LeadKey, Json> Leads() const;
  // Returns why the model itself cannot be trusted (it found a timer late), or empty.
  const std::string& defect() const { return defect_; }

 private:
  struct Held {
    Lead lead;
    // A mailbox that has a user and no command is held but is no lead: it has no view and publishes nothing.
    bool is_lead = false;
    View view;
    Millis evaluated_at = 0;
    std::string uses;            // the address of another lead, its mailbox; empty: none
    bool is_registered = false;  // with its mailbox
  };
  // The facts that remain of a lead after an erasure, until it is created again.
  struct Erased {
    Millis at = 0;
    std::vector<StatusEvent> facts;
    bool do_not_contact = false;
    // The last erasure of a mailbox by address.
    std::optional<Millis> by_address_at;
    bool suppresses_by_address = false;
  };
  // The facts of a mailbox that the lead of that id does not have.
  struct Mailbox {
    // Status events of leads beyond the limit, which no RETRACT takes back.
    std::vector<StatusEvent> of_unregistered;
    // Commands by address and the leads that they were routed to.
    std::deque<std::pair<std::string, std::vector<LeadKey>>> routed;
  };
  struct Cause {
    std::string kind;
    std::string id;
    bool backfill = false;
  };

  // Moves the `event` clock to the record's time if that is later; does nothing in the live mode.
  void MoveClock(Millis record_time);
  void ReadEvent(const Event& event);
  void ReadCommand(const Command& command);
  // Applies a command to one lead.
  void ApplyTo(const LeadKey& key, const Command& command);
  bool IsBeforeErasure(const LeadKey& key, Millis at) const;
  // Counts an event at or before the erasure in the status facts.
  void CountErased(const LeadKey& key, const Event& event, const Cause& cause);
  // Returns the lead as stored, or a new one with what remained after its erasure.
  Lead LeadOf(const LeadKey& key) const;
  Held& Store(const LeadKey& key, Lead lead);
  void Reject(const std::string& reason);

  // Erasure (erase.cc)

  // Removes a lead and stores what remains after its erasure. Without a time it is withdrawn.
  void Forget(const LeadKey& key, std::optional<Millis> issued_at, bool suppress);
  // Returns the mailbox that this lead uses, if the lead is registered.
  std::optional<LeadKey> UsedMailbox(const LeadKey& key) const;
  // Removes a mailbox that nobody uses any more and that is not a lead.
  void ForgetUnused(const std::optional<LeadKey>& mailbox, const Command& command);
  void EraseById(const LeadKey& key, const Command& command);
  void WithdrawLead(const LeadKey& key, const Command& command);
  void EraseByAddress(const LeadKey& mailbox, const Command& command);
  // Whether this command makes a lead use a mailbox that was erased by address at that time or later.
  bool BeginsErased(const Lead& lead, Millis issued_at) const;
  void EraseAtOnce(const LeadKey& key, Lead lead, const Command& command);

  // Mailboxes and their users (mailboxes.cc)

  bool FollowsAddresses(const LeadKey& key) const { return DefinitionsFor(key).identity_by_email; }
  // Returns the registered users, in byte order.
  std::vector<LeadKey> UsersOf(const LeadKey& mailbox) const;
  // Whether a command was applied to the lead in its present life.
  bool HasCommand(const LeadKey& key) const;
  bool IsLead(const LeadKey& key) const;
  bool IsGhost(const LeadKey& key) const;
  // Registers the lead with the mailbox that it uses now.
  void UpdateUse(const LeadKey& key, bool sets_email);
  void Receive(const LeadKey& user, const std::vector<Entry>& entries);
  void PassOn(const LeadKey& mailbox, const Entry& entry);
  // Stores events of a lead beyond the limit with the address.
  void KeepWithAddress(const LeadKey& key, const std::vector<StatusEvent>& events);
  void ReadByAddress(const LeadKey& mailbox, const Command& command);
  std::vector<LeadKey> TargetsOf(const LeadKey& mailbox, const Command& command) const;
  AddressStanding StandingOf(const LeadKey& key) const;

  // Evaluation and changes (publish.cc)

  // Fires due timers of every lead that a record for this one may concern.
  void CatchUp(const LeadKey& key);
  void CatchUp(const LeadKey& key, Held& held);
  // Evaluates every lead that a record for this one may concern, and publishes the differences from the views before.
  // With `may_create` the record creates this lead if it does not exist.
  void Refresh(const LeadKey& key, bool may_create, const Cause& cause);
  void RefreshOne(const LeadKey& key, Held& held, bool may_create, const Cause& cause);
  std::vector<LeadKey> Concerned(const LeadKey& key) const;
  Facts FactsOf(const LeadKey& key, const Held& held) const;
  void PublishDifference(const LeadKey& key, const View& before, const View& after, Millis at, const Cause& cause);
  void Publish(const LeadKey& key, Millis at, const Cause& cause, Change change);
  void Publish(const LeadKey& key, const Cause& cause, const std::string& kind, const std::string& name = "");
  const TenantDefinitions& DefinitionsFor(const LeadKey& key) const;

  Definitions definitions_;
  // What the command that is applied has changed of its lead, until that is evaluated.
  std::optional<std::pair<LeadKey, std::string>> updated_;
  Millis wall_clock_;
  AddressLimits limits_;
  Millis clock_ = INT64_MIN;
  bool is_live_ = false;
  size_t records_read_ = 0;
  std::map<LeadKey, Held> leads_;
  std::map<LeadKey, Erased> erased_;
  std::map<LeadKey, Mailbox> mailboxes_;
  std::map<LeadKey, std::vector<Change>> changes_;
  std::vector<DeadLetter> dead_letters_;
  EventsTaken taken_;
  std::string defect_;
};

}  // namespace leadpulse::model
