// The model: definitions and records go in, the changes and final lines that there should be come out. README.md says
// how.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/model/definitions.h"
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
  std::string cause_id;  // of the event or the command, the version of the definitions; empty for TIME
  bool backfill = false;

  bool operator==(const Change&) const = default;
};

struct DeadLetter {
  size_t record = 0;  // how many records were read before it
  std::string reason;

  bool operator==(const DeadLetter&) const = default;
};

// The contract, evaluated from scratch at every instant that could matter. A copy goes its own way from there.
class Model {
 public:
  Model(Definitions definitions, Millis wall_clock);

  void Read(const Record& record);
  // The live mode: the record applies at `clock`, which no record moves, and lies ahead of `wall_clock` or not.
  void ReadAt(const Record& record, Millis wall_clock, Millis clock);
  // The live clock goes on.
  void AdvanceTo(Millis clock);
  // The end of a bounded input: fires what is due by the clock, which first
  // moves to `until` where that is later.
  void Finish(std::optional<Millis> until);
  // A run with other definitions on the same state, before its first record: what is due by the clock fires under the
  // old ones, then every lead is evaluated at the clock under the new ones, which `version` names.
  void Redefine(Definitions definitions, const std::string& version);

  const std::map<LeadKey, std::vector<Change>>& changes() const { return changes_; }
  const std::vector<DeadLetter>& dead_letters() const { return dead_letters_; }
  // What `leads.jsonl` holds, by tenant and lead.
  std::map<LeadKey, Json> Leads() const;
  // Empty, or why the model itself cannot be trusted: a timer it found late.
  const std::string& defect() const { return defect_; }

 private:
  struct Held {
    Lead lead;
    View view;
    Millis evaluated_at = 0;
  };
  // What an erasure leaves, until the lead is created again.
  struct Erased {
    Millis at = 0;
    StatusFacts facts;
    bool do_not_contact = false;
  };
  struct Cause {
    std::string kind;
    std::string id;
    bool backfill = false;
  };

  // Applies a record of that time: by the `event` clock, which it may move, unless the mode is live.
  void MoveClock(Millis record_time);
  void ReadEvent(const Event& event);
  void ReadCommand(const Command& command);
  void EraseLead(const LeadKey& key, const Command& command, Millis issued_at);
  bool IsBeforeErasure(const LeadKey& key, Millis at) const;
  // Counts an event at or before the erasure in the status facts.
  void CountErased(const LeadKey& key, const Event& event);
  // The lead as it is held, or a new one with what its erasure left.
  Lead LeadOf(const LeadKey& key) const;
  // Fires the lead's timers due by the clock.
  void CatchUp(const LeadKey& key);
  void CatchUp(const LeadKey& key, Held& held);
  // Keeps a changed lead and publishes how its view differs from before.
  void Keep(const LeadKey& key, Lead lead, const Cause& cause);
  void PublishDifference(const LeadKey& key, const View& before, const View& after, Millis at, const Cause& cause);
  void Publish(const LeadKey& key, Millis at, const Cause& cause, Change change);
  const TenantDefinitions& DefinitionsFor(const LeadKey& key) const;

  Definitions definitions_;
  Millis wall_clock_;
  Millis clock_ = INT64_MIN;
  bool is_live_ = false;
  size_t records_read_ = 0;
  std::map<LeadKey, Held> leads_;
  std::map<LeadKey, Erased> erased_;
  std::map<LeadKey, std::vector<Change>> changes_;
  std::vector<DeadLetter> dead_letters_;
  std::string defect_;
};

}  // namespace leadpulse::model
