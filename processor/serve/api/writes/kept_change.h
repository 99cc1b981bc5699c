// What commands changed of a lead, kept so that they can be taken back: each thing that they set, as it was before and
// as they left it. What somebody has changed since stays as it is.
//
// A thing is named `attributes.city`, `tags.vip`, `stage`, …; its values are JSON as the run shows them
// (processor/query/leads/lead_record.h), and empty if the lead does not have it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/lead_record.pb.h"
#include "processor/base/instant.h"
#include "processor/base/json_object.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// Why something was not taken back: reason codes of a job.
inline constexpr std::string_view kChangedSince = "changed_since", kHasEvents = "has_events", kIsFinal = "final_stage";

// What takes a change back now.
struct TakenBack {
  std::vector<std::string> commands = {};  // the actions of each, as members of its JSON; empty: nothing to do
  bool withdraws = false;                  // the one command withdraws the lead
  std::string_view left = {};              // why something stays as it is; empty: all is taken back
};

class KeptChange {
 public:
  // Who sent the commands. What an import says against mail is never taken back.
  enum class Source : uint8_t { kPerson, kImport };

  KeptChange() = default;
  // Makes the change of a command that creates the lead, so that taking it back withdraws the lead.
  static KeptChange OfNewLead() {
    KeptChange change;
    change.makes_lead_ = true;
    return change;
  }
  // Adds what the command sets, after those that were added before. `before`: the record of the lead before all of
  // them; nullptr if there was none.
  void Add(const codec::Command& command, const v1::WholeRecord* before, Source source);
  // Adds a later change of the same lead.
  void Add(const KeptChange& later);

  // Returns the commands that give the lead back what it had, as far as nobody has changed it since. `now`: the record
  // of the lead; nullptr if there is none.
  TakenBack TakeBack(const v1::WholeRecord* now) const;

  bool makes_lead() const { return makes_lead_; }
  // Whether it says who takes care of the lead, which only managers may.
  bool assigns_agent() const;
  // Whether there is nothing to take back.
  bool is_empty() const { return !makes_lead_ && things_.empty(); }
  // Returns the names of what was changed: `city`, `tags`, each once.
  std::vector<std::string> Names() const;

  // Appends the member `changes`: an array of `name`, and of `old` and `new` as the run shows them, null for none.
  void AppendChanges(JsonObject* object) const;

  std::string ToJson() const;
  // Parses a text of ToJson. Rejected: it is none.
  static Result<KeptChange> Parse(std::string_view text);

 private:
  struct Values {
    std::string was, is;
  };
  void Set(const std::string& thing, std::string is, const v1::WholeRecord* before);
  TakenBack WithdrawIfUntouched(const v1::WholeRecord* now) const;

  bool makes_lead_ = false;
  Instant at_ = Instant::DistantPast();  // the latest command
  std::map<std::string, Values> things_;
};

}  // namespace leadpulse::serve
