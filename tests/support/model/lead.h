// A lead in the model: profile, journal, folded facts, erased facts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/model/calendar.h"
#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"
#include "tests/support/model/status_facts.h"
#include "tests/support/model/value.h"

namespace leadpulse::model {

// One engagement event in the journal.
struct Entry {
  std::string origin;  // the lead it was sent for: this lead, or a mailbox that passed it on
  EventType type = EventType::kUnspecified;
  Millis at = 0;
  std::string id;
  std::string campaign;
  std::string message;
  std::string name;
  std::map<std::string, Value> properties;  // by normal name
  bool soft_bounce = false;
  bool machine = false;  // only for types that use it: open, click, reply, page visit
  std::string retracts;
  // The scope of an UNSUBSCRIBE or RESUBSCRIBE: the folded topic, or `kEverything`. nullopt if it changes no scope.
  std::optional<std::string> scope;
  Belonging belonging;

  std::pair<Millis, std::string> order() const { return {at, id}; }
};

// How often something happened, first and last.
struct Tally {
  int64_t count = 0;
  Millis first = 0;
  Millis last = 0;

  void Add(Millis at);
  void Add(const Tally& other);
};

struct Consent {
  std::string purpose;  // as first spelled
  bool granted = false;
  std::string source;
  Millis at = 0;
  std::string version;
};

struct Note {
  std::string text;
  Millis at = 0;
  std::string actor;
  std::string command;  // the id of the command that added it
};

// Profile and journal of one lead.
struct Lead {
  std::string tenant;
  std::string id;

  std::map<std::string, Json> attributes;  // as sent, by normal name
  std::vector<std::string> tags;
  std::vector<std::string> lists;
  std::vector<std::string> campaigns;
  Stage stage = Stage::kNew;
  std::optional<Millis> stage_at;
  std::optional<int64_t> qualification;
  std::string agent;
  bool do_not_contact = false;
  std::vector<Consent> consents;
  std::vector<Note> notes;
  std::deque<std::string> command_ids;
  std::optional<Millis> oldest_command;
  std::optional<Millis> newest_command;
  std::string last_address;  // as sent; empty before the first
  std::optional<Millis> address_changed_at;

  std::vector<Entry> journal;  // by instant, then id
  std::optional<std::pair<Millis, std::string>> newest_folded;
  std::map<EventType, Tally> folded;
  std::optional<Millis> oldest_folded_own;  // among the effective ones that were sent for the lead itself
  // Events that the journal does not hold: folded ones, late ones, and those of a life before an erasure.
  std::vector<StatusEvent> settled;
  std::set<std::string> topics;  // in folded form; those that the lead met
};

// Returns a lead with nothing but its name.
Lead NewLead(const std::string& tenant, const std::string& id);

// Whether a RETRACT of the journal that was sent for the same lead names the entry.
bool IsRetracted(const Lead& lead, const Entry& entry);

// The result of AddEntry: journaled, counted in the status facts alone, or neither.
enum class Taking { kJournaled, kCountedOnly, kDropped };

// Adds an entry that was sent for the lead itself, then folds the entries above a limit: of entries, or of 4 MiB.
// Leaves out duplicates. An entry that is not later than the folded ones counts in the status facts only. Replaces the
// same event that a mailbox passed on. May change the entry's scope.
Taking AddEntry(Lead& lead, Entry& entry, int64_t max_entries);

// Adds entries that a mailbox passes on, except those that the lead has, and folds after the last.
void ReceiveEntries(Lead& lead, const std::vector<Entry>& entries, int64_t max_entries);

// Counts an event that is not journaled in the status facts, unless it is a program's or the journal retracts it.
Taking CountOnly(Lead& lead, Entry& entry);

// Returns every effective event that counts in the lead's status facts.
std::vector<StatusEvent> StatusEventsOf(const Lead& lead);

// The outcome of a command. Anything but kApplied leaves the lead as it was.
enum class Outcome { kApplied, kDuplicate, kFinalStage, kTooManyAttributes, kLeadTooLarge };

// Applies any command but `erase`, whose outcome is only computed here.
Outcome ApplyCommand(Lead& lead, const Command& command, Millis issued_at, const TenantDefinitions& definitions);

// Returns the address attribute as `by_email: false` reads it, else the lead's id if it has an @, else empty.
std::string AddressOf(const Lead& lead, const TenantDefinitions& definitions);

}  // namespace leadpulse::model
