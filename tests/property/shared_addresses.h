// Properties of leads that share addresses. A check runs random records of one tenant through a subject (the model, or
// the engine) and returns the error. A test shrinks the records of a failure.
//
// A subject has `Read(record)`, `Finish()`, `Leads()` (rows of leads.jsonl by key) and `Changes()` (by key).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/property/model_comparison.h"
#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/record_parts.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {

inline constexpr char kSharingTenant[] = "t";

// One tenant whose leads share addresses, and its records.
struct SharedHistory {
  explicit SharedHistory(uint64_t history_seed) : seed(history_seed) {
    Random random(seed * 7919 + 3);
    World world = MakeWorld(random, random.OneOf(Eras()), kSharingTenant);
    ShareAddresses(random, world);
    first_address = world.addresses.front();
    definitions = MakeDefinitions(random, world);
    definitions.identity_by_email = true;
    records = MakeRecords(random, world, 60);
  }

  // Drops the second of two events with one id. The first would win for a lead, so the result would depend on the
  // order.
  void MakeIdsUnique() {
    std::set<std::pair<std::string, std::string>> seen;
    DropEvents([&](const model::Event& event) {
      return !seen.emplace(model::LeadIdOf(event.lead, event.email), event.id).second;
    });
  }

  void DropEvents(const std::function<bool(const model::Event&)>& drops) {
    std::erase_if(records, [&](const model::Record& record) {
      const auto* event = std::get_if<model::Event>(&record.content);
      return event != nullptr && drops(*event);
    });
  }
  void DropEventsOf(model::EventType type) {
    DropEvents([type](const model::Event& event) { return event.type == type; });
  }
  void DropCommands(const std::function<bool(const model::Command&)>& drops) {
    std::erase_if(records, [&](const model::Record& record) {
      const auto* command = std::get_if<model::Command>(&record.content);
      return command != nullptr && drops(*command);
    });
  }
  void DropErasures() {
    DropCommands([](const model::Command& command) {
      return command.actions.Find<model::Erase>() != nullptr || command.actions.Find<model::Withdraw>() != nullptr;
    });
  }

  uint64_t seed;
  std::string first_address;  // a normal one that some leads share
  model::TenantDefinitions definitions;
  model::AddressLimits limits;
  std::vector<model::Record> records;
};

// Draws other numbers than those that made the history.
inline Random RandomOf(const SharedHistory& history) { return Random(history.seed * 104729 + 11); }

// Returns a number of a record that does not change if other records are left out.
inline uint64_t DrawOf(const model::Record& record, uint64_t salt) { return Random(record.spelling ^ salt).Next(); }

// Changes the order of the events between two commands.
inline void ShuffleEvents(uint64_t salt, std::vector<model::Record>& records) {
  const auto is_command = [](const model::Record& record) {
    return std::holds_alternative<model::Command>(record.content);
  };
  for (auto begin = records.begin(); begin != records.end();) {
    const auto end = std::find_if(begin, records.end(), is_command);
    std::stable_sort(begin, end, [salt](const model::Record& a, const model::Record& b) {
      return DrawOf(a, salt) < DrawOf(b, salt);
    });
    begin = end == records.end() ? end : end + 1;
  }
}

// Repeats about a third of the records, at once or `later`.
inline void RepeatSome(uint64_t salt, bool later, std::vector<model::Record>& records) {
  for (size_t i = records.size(); i-- > 0;) {
    const uint64_t draw = DrawOf(records[i], salt);
    if (draw % 3 != 0) continue;
    const size_t at = later ? i + 1 + draw / 3 % (records.size() - i) : i + 1;
    const model::Record copy = records[i];
    records.insert(records.begin() + static_cast<int64_t>(at), copy);
  }
}

inline std::string Listing(const SharedHistory& history) {
  std::string lines = DefinitionsYaml({{"*", history.definitions}});
  for (const model::Record& record : history.records) lines += RecordLine(record) + "\n";
  return lines;
}

// Leaves out parts of the definitions and records as long as the history still fails. `check` returns the error, or
// nothing.
template <typename Check>
SharedHistory Shrunk(SharedHistory history, const Check& check) {
  SharedHistory plain = history;
  plain.definitions = model::TenantDefinitions();
  plain.definitions.tiers = {{"cold", std::nullopt}};
  plain.definitions.identity_by_email = true;
  if (!check(plain).empty()) history = std::move(plain);
  for (size_t i = history.records.size(); i-- > 0;) {
    SharedHistory smaller = history;
    smaller.records.erase(smaller.records.begin() + static_cast<int64_t>(i));
    if (!check(smaller).empty()) history = std::move(smaller);
  }
  return history;
}

// Returns whether the check holds; otherwise the test fails with the seed and the fewest records that fail.
template <typename Check>
bool Holds(const SharedHistory& history, const Check& check) {
  if (check(history).empty()) return true;
  const SharedHistory smallest = Shrunk(history, check);
  ADD_FAILURE() << "seed " << history.seed << ": " << check(smallest) << "\n" << Listing(smallest);
  return false;
}

// Returns the address in a row of `leads.jsonl`.
inline std::string AddressIn(const model::Json& line) {
  const model::Json email = line["profile"].value("email", model::Json());
  std::string address = email.is_string() ? email.get<std::string>() : "";
  if (address.find('@') == std::string::npos) address = line["leadId"];
  return address.find('@') == std::string::npos ? "" : model::NormalAddress(address);
}

// Everything but the number of changes.
using Views = std::map<model::LeadKey, model::Json>;

inline Views WithoutNumbers(Views lines) {
  for (auto& [key, line] : lines) line.erase("seq");
  return lines;
}

inline std::string Line(const model::LeadKey& key, const model::Change& change) {
  return key.second + " " + std::to_string(change.seq) + " " + model::FormatInstant(change.at) + " " + change.kind +
         " " + change.name + " " + change.updated + " " + change.from + ">" + change.to + " " + change.cause + " " +
         change.cause_id + (change.backfill ? " backfill" : "");
}

// Returns the first line that differs between two lists, or nothing.
inline std::string Difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got) {
  const auto at = std::ranges::mismatch(wanted, got);
  const auto show = [](const auto& place, const auto& lines) { return place == lines.end() ? "nothing" : *place; };
  if (at.in1 == wanted.end() && at.in2 == got.end()) return "";
  return "expected " + show(at.in1, wanted) + "\ngot      " + show(at.in2, got);
}

template <typename Subject>
std::vector<std::string> ViewLines(Subject& subject) {
  std::vector<std::string> lines;
  for (const auto& [key, line] : WithoutNumbers(subject.Leads())) lines.push_back(line.dump());
  return lines;
}

// Returns the changes of every lead, then the rows.
template <typename Subject>
std::vector<std::string> OutputLines(Subject& subject) {
  std::vector<std::string> lines;
  for (const auto& [key, changes] : subject.Changes()) {
    for (const model::Change& change : changes) lines.push_back(Line(key, change));
  }
  for (const auto& [key, line] : subject.Leads()) lines.push_back(line.dump());
  return lines;
}

template <typename Start>
auto Play(const SharedHistory& history, const Start& start) {
  auto subject = start(history);
  for (const model::Record& record : history.records) subject->Read(record);
  subject->Finish();
  return subject;
}

// ---- Opt-outs, read from all records --------------------------------------------------------------------------------

// The addresses with an opt-out in force, found independently of leads: one that names its address, and is later than
// everything that could lift it.
class OptOuts {
 public:
  void Read(const model::Record& record) {
    const auto* event = std::get_if<model::Event>(&record.content);
    if (event == nullptr || !event->topic.empty()) return;
    const model::Millis at = model::TimeOf(event->occurred_at);
    if (event->type == model::EventType::kResubscribe) last_return_ = std::max(last_return_, at);
    if (event->type != model::EventType::kUnsubscribe && event->type != model::EventType::kComplaint) return;
    std::string address = model::NamedAddress(event->email);
    if (address.empty() && event->lead.empty()) address = model::NormalAddress(event->email);
    if (address.empty()) return;
    const auto [known, is_new] = latest_.try_emplace(address, at);
    known->second = std::max(known->second, at);
  }
  bool CountFor(const std::string& address) const {
    const auto known = latest_.find(address);
    return known != latest_.end() && known->second >= last_return_;
  }

 private:
  std::map<std::string, model::Millis> latest_;
  model::Millis last_return_ = INT64_MIN;
};

// ---- Checks: each adapts a random history to its property and then checks it ----------------------------------------

inline SharedHistory AboutOptOuts(SharedHistory history) {
  history.MakeIdsUnique();
  history.DropEventsOf(model::EventType::kRetract);
  Random random = RandomOf(history);
  // Half of the histories have no way back.
  if (random.Chance(50)) history.DropEventsOf(model::EventType::kResubscribe);
  history.definitions.segments.clear();  // for speed
  ShuffleEvents(history.seed, history.records);
  return history;
}

// Returns the first lead that is sendable in spite of an opt-out, or nothing. `met` counts rows of leads that must not
// be sendable.
template <typename Start>
std::string FindSendableInSpite(const SharedHistory& history, const Start& start, int* met) {
  auto subject = start(history);
  OptOuts opt_outs;
  for (const model::Record& record : history.records) {
    subject->Read(record);
    opt_outs.Read(record);
    for (const auto& [key, line] : subject->Leads()) {
      if (!opt_outs.CountFor(AddressIn(line))) continue;
      ++*met;
      if (line["sendable"] != false) return key.second + " is sendable after " + RecordLine(record);
    }
  }
  return "";
}

inline SharedHistory AboutRepeats(SharedHistory history) {
  // A RETRACT that folds takes its entry along, and a duplicate of the entry counts again.
  if (RandomOf(history).Chance(50)) {
    history.DropEventsOf(model::EventType::kRetract);
  } else {
    history.definitions.max_entries = 1000;
  }
  return history;
}

inline SharedHistory AboutLateRepeats(SharedHistory history) {
  history.MakeIdsUnique();
  // An erasure forgets ids, and so does folding.
  history.DropErasures();
  history.definitions.max_entries = 1000;
  return history;
}

inline SharedHistory WithRepeats(SharedHistory history, bool later) {
  RepeatSome(history.seed, later, history.records);
  return history;
}

template <typename Start>
std::string FindEffectOfRepeats(const SharedHistory& history, const Start& start, bool later) {
  return Difference(OutputLines(*Play(history, start)), OutputLines(*Play(WithRepeats(history, later), start)));
}

inline SharedHistory AboutOrder(SharedHistory history) {
  history.MakeIdsUnique();
  history.definitions.max_entries = 1000;
  // A RETRACT that an erasure drops takes nothing back, so the result depends on the order.
  if (history.seed % 2 == 0) {
    history.DropErasures();
  } else {
    history.DropEventsOf(model::EventType::kRetract);
  }
  // No first event may change which address a lead uses.
  history.DropEvents([](const model::Event& event) { return model::NormalAddress(event.lead) != event.lead; });
  return history;
}

template <typename Start>
std::string FindEffectOfOrder(const SharedHistory& history, const Start& start) {
  SharedHistory shuffled = history;
  ShuffleEvents(history.seed, shuffled.records);
  return Difference(ViewLines(*Play(history, start)), ViewLines(*Play(shuffled, start)));
}

// Drops the commands for the first address.
inline SharedHistory AboutGhosts(SharedHistory history) {
  history.DropCommands([&](const model::Command& command) {
    return model::LeadIdOf(command.lead, command.email) == history.first_address;
  });
  return history;
}

// Returns an error if the mailbox behaves like a lead, or nothing. `met` counts the records at which the mailbox has a
// user.
template <typename Start>
std::string FindGhost(const SharedHistory& history, const Start& start, int* met) {
  const model::LeadKey key{kSharingTenant, history.first_address};
  auto subject = start(history);
  for (const model::Record& record : history.records) {
    const auto before = subject->Changes();
    subject->Read(record);
    const auto leads = subject->Leads();
    const bool has_user = std::any_of(leads.begin(), leads.end(), [&](const auto& row) {
      return row.first != key && AddressIn(row.second) == history.first_address;
    });
    if (!has_user) continue;
    ++*met;
    if (leads.contains(key)) return key.second + " is a lead after " + RecordLine(record);
    const auto after = subject->Changes();
    if (!after.contains(key)) continue;
    const size_t old = before.contains(key) ? before.at(key).size() : 0;
    const auto& changes = after.at(key);
    for (size_t i = old; i < changes.size(); ++i) {
      // Timers that were due before the lead became a mailbox may have fired.
      const bool may_be = changes[i].kind == "LEAD_MERGED" || changes[i].cause == "TIME";
      const bool is_after_merge = i > 0 && changes[i - 1].kind == "LEAD_MERGED";
      if (!may_be || is_after_merge) return "published " + Line(key, changes[i]);
    }
  }
  return "";
}

}  // namespace leadpulse::workload
