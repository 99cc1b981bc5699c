// What must hold of shared addresses whatever happens: the model alone, on random records.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "tests/property/model_comparison.h"
#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/record_parts.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

using model::Command;
using model::Event;
using model::EventType;
using model::Json;
using model::LeadKey;
using model::Model;
using model::Record;

uint64_t Seeds() { return std::stoull(Setting("LEADPULSE_MODEL_SEEDS", "120")) / 2; }

// One tenant whose leads share addresses, and what happened to them.
struct Shared {
  explicit Shared(uint64_t seed) : random(seed * 7919 + 3), world(MakeWorld(random, random.OneOf(Eras()), "t")) {
    ShareAddresses(random, world);
    definitions = MakeDefinitions(random, world);
    definitions.identity_by_email = true;
    records = MakeRecords(random, world, 60);
  }

  Model Start() const { return Model({{"*", definitions}}, kWallClock, limits); }

  Model Play() const {
    Model model = Start();
    for (const Record& record : records) model.Read(record);
    model.Finish(std::nullopt);
    EXPECT_EQ(model.defect(), "");
    return model;
  }

  // Of two events with one id for one lead the first would stay, so which one would depend on the order.
  void MakeIdsUnique() {
    std::set<std::pair<std::string, std::string>> seen;
    std::erase_if(records, [&](const Record& record) {
      const auto* event = std::get_if<Event>(&record.content);
      return event != nullptr && !seen.emplace(model::LeadIdOf(event->lead, event->email), event->id).second;
    });
  }

  void DropEvents(const std::function<bool(const Event&)>& drops) {
    std::erase_if(records, [&](const Record& record) {
      const auto* event = std::get_if<Event>(&record.content);
      return event != nullptr && drops(*event);
    });
  }

  void DropCommands(const std::function<bool(const Command&)>& drops) {
    std::erase_if(records, [&](const Record& record) {
      const auto* command = std::get_if<Command>(&record.content);
      return command != nullptr && drops(*command);
    });
  }

  // Changes the order of the events between two commands.
  void Shuffle() {
    auto begin = records.begin();
    while (begin != records.end()) {
      const auto end = std::find_if(
          begin, records.end(), [](const Record& record) { return std::holds_alternative<Command>(record.content); });
      std::vector<Record> events(begin, end);
      random.Shuffle(events);
      std::copy(events.begin(), events.end(), begin);
      begin = end == records.end() ? end : end + 1;
    }
  }

  // Some records are repeated at once, or `later`.
  void Repeat(bool later) {
    for (size_t i = records.size(); i-- > 0;) {
      if (!random.Chance(30)) continue;
      const auto size = static_cast<int64_t>(records.size());
      const auto at = later ? random.Between(static_cast<int64_t>(i) + 1, size) : static_cast<int64_t>(i) + 1;
      const Record copy = records[i];
      records.insert(records.begin() + at, copy);
    }
  }

  Random random;
  World world;
  model::TenantDefinitions definitions;
  model::AddressLimits limits;
  std::vector<Record> records;
};

bool IsErase(const Command& command) { return std::holds_alternative<model::Erase>(command.action); }

std::string Listing(const std::vector<Record>& records) {
  std::string lines;
  for (const Record& record : records) lines += RecordLine(record) + "\n";
  return lines;
}

// The address that a row of `leads.jsonl` shows.
std::string AddressIn(const Json& line) {
  const Json email = line["profile"].value("email", Json());
  std::string address = email.is_string() ? email.get<std::string>() : "";
  if (address.find('@') == std::string::npos) address = line["leadId"];
  return address.find('@') == std::string::npos ? "" : model::NormalAddress(address);
}

// Everything but the number of changes on the way.
std::map<LeadKey, Json> Views(const Model& model) {
  auto lines = model.Leads();
  for (auto& [key, line] : lines) line.erase("seq");
  return lines;
}

std::vector<std::string> ChangesIn(const Model& model) {
  std::vector<std::string> lines;
  for (const auto& [key, changes] : model.changes()) {
    for (const model::Change& change : changes) {
      lines.push_back(key.second + " " + std::to_string(change.seq) + " " + model::FormatInstant(change.at) + " " +
                      change.kind + " " + change.name + " " + change.from + ">" + change.to + " " + change.cause + " " +
                      change.cause_id + (change.backfill ? " backfill" : ""));
    }
  }
  return lines;
}

// The address about which an event says that nobody there wants mail.
std::string OptedOut(const Event& event) {
  if (event.type != EventType::kUnsubscribe && event.type != EventType::kComplaint) return "";
  const std::string named = model::NamedAddress(event.email);
  return named.empty() && event.lead.empty() ? model::NormalAddress(event.email) : named;
}

TEST(SharedAddresses, NobodyWithAnOptedOutAddressIsSendable) {
  int met = 0;
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    Shared shared(seed);
    shared.MakeIdsUnique();
    // What is left has no way back.
    shared.DropEvents(
        [](const Event& event) { return event.type == EventType::kResubscribe || event.type == EventType::kRetract; });
    for (Record& record : shared.records) {
      if (auto* event = std::get_if<Event>(&record.content)) event->topic.clear();
    }
    shared.definitions.topics.clear();
    shared.definitions.segments.clear();
    shared.Shuffle();
    if (shared.random.Chance(30)) shared.limits.registered = 2;
    Model model = shared.Start();
    std::set<std::string> opted_out;
    for (const Record& record : shared.records) {
      model.Read(record);
      if (const auto* event = std::get_if<Event>(&record.content)) opted_out.insert(OptedOut(*event));
      for (const auto& [key, line] : model.Leads()) {
        const std::string address = AddressIn(line);
        if (address.empty() || !opted_out.contains(address)) continue;
        ++met;
        ASSERT_EQ(line["sendable"], false) << seed << " " << key.second << "\n" << Listing(shared.records);
      }
    }
  }
  EXPECT_GT(met, 20 * static_cast<int>(Seeds()));
}

TEST(SharedAddresses, ARecordThatIsRepeatedAtOnceChangesNothing) {
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    Shared shared(seed);
    if (shared.random.Chance(30)) shared.limits.registered = 2;
    // A RETRACT that folds takes an entry along, and a duplicate of that counts again.
    if (shared.random.Chance(50)) {
      shared.DropEvents([](const Event& event) { return event.type == EventType::kRetract; });
    } else {
      shared.definitions.max_entries = 1000;
    }
    const Model once = shared.Play();
    shared.Repeat(false);
    const Model twice = shared.Play();
    ASSERT_EQ(ChangesIn(once), ChangesIn(twice)) << seed << "\n" << Listing(shared.records);
    ASSERT_EQ(once.Leads(), twice.Leads());
  }
}

TEST(SharedAddresses, ARecordThatIsRepeatedLaterChangesNothing) {
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    Shared shared(seed);
    shared.MakeIdsUnique();
    // An erasure forgets ids, and so does what folds.
    shared.DropCommands(IsErase);
    shared.definitions.max_entries = 1000;
    const Model once = shared.Play();
    shared.Repeat(true);
    const Model twice = shared.Play();
    ASSERT_EQ(ChangesIn(once), ChangesIn(twice)) << seed << "\n" << Listing(shared.records);
    ASSERT_EQ(once.Leads(), twice.Leads());
  }
}

TEST(SharedAddresses, AMailboxWithAUserAndNoCommandPublishesNothing) {
  int ghosts = 0;
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    Shared shared(seed);
    // Nobody sends commands for the first address.
    const std::string mailbox = shared.world.addresses.front();
    shared.DropCommands(
        [&](const Command& command) { return model::LeadIdOf(command.lead, command.email) == mailbox; });
    const LeadKey key{"t", mailbox};
    Model model = shared.Start();
    for (const Record& record : shared.records) {
      const auto before = model.changes();
      model.Read(record);
      const auto leads = model.Leads();
      const bool has_user = std::any_of(leads.begin(), leads.end(), [&](const auto& row) {
        return row.first != key && AddressIn(row.second) == mailbox;
      });
      if (!has_user) continue;
      ++ghosts;
      ASSERT_FALSE(leads.contains(key)) << seed << "\n" << Listing(shared.records);
      const auto after = model.changes();
      if (!after.contains(key)) continue;
      const size_t old = before.contains(key) ? before.at(key).size() : 0;
      const auto& changes = after.at(key);
      // Timers that were due before it became one may have fired.
      for (size_t i = old; i < changes.size(); ++i) {
        const bool may_be = changes[i].kind == "LEAD_MERGED" || changes[i].cause == "TIME";
        ASSERT_TRUE(may_be) << seed << " " << changes[i].kind;
        const bool is_first = i == 0 || changes[i - 1].kind != "LEAD_MERGED";
        ASSERT_TRUE(is_first) << seed;
      }
    }
  }
  EXPECT_GT(ghosts, 10 * static_cast<int>(Seeds()));
}

TEST(SharedAddresses, TheOrderOfEventsBetweenTwoCommandsDoesNotMatter) {
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    Shared shared(seed);
    shared.MakeIdsUnique();
    shared.definitions.max_entries = 1000;
    // A RETRACT that an erasure drops takes back nothing, which depends on what comes first.
    if (seed % 2 == 0) {
      shared.DropCommands(IsErase);
    } else {
      shared.DropEvents([](const Event& event) { return event.type == EventType::kRetract; });
    }
    // So that no first event changes which address a lead uses.
    std::erase_if(shared.records, [](const Record& record) {
      const auto* event = std::get_if<Event>(&record.content);
      return event != nullptr && model::NormalAddress(event->lead) != event->lead;
    });
    const auto in_order = Views(shared.Play());
    shared.Shuffle();
    ASSERT_EQ(in_order, Views(shared.Play())) << seed << "\n" << Listing(shared.records);
  }
}

// Whole workloads, in which definitions change too: the model finds no timer late, and every lead's changes are in
// order.
TEST(SharedAddresses, ChangesAlternateThroughDefinitions) {
  int merged = 0;
  for (uint64_t seed = 1; seed <= Seeds() / 4; ++seed) {
    const Workload workload = MakeHistory(seed, true);
    Model model(workload.phases.front().definitions, kWallClock);
    for (size_t i = 0; i < workload.phases.size(); ++i) {
      const Phase& phase = workload.phases[i];
      if (i > 0 && !phase.keeps_definitions) model.Redefine(phase.definitions, "v" + std::to_string(i));
      for (const Record& record : phase.records) model.Read(record);
      model.Finish(phase.until);
    }
    ASSERT_EQ(model.defect(), "") << seed;
    const auto leads = model.Leads();
    for (const auto& [key, changes] : model.changes()) {
      bool is_lead = false;
      for (const model::Change& change : changes) {
        if (change.kind == "LEAD_CREATED") {
          ASSERT_FALSE(is_lead) << seed << " " << key.second;
          is_lead = true;
        } else if (change.kind == "LEAD_ERASED") {
          is_lead = false;
        } else {
          ASSERT_TRUE(is_lead) << seed << " " << key.second << " " << change.kind;
        }
        if (change.kind != "LEAD_MERGED") continue;
        ++merged;
        is_lead = false;
      }
      EXPECT_EQ(is_lead, leads.contains(key)) << seed << " " << key.second;
    }
  }
  EXPECT_GT(merged, static_cast<int>(Seeds() / 12));
}

}  // namespace
}  // namespace leadpulse::workload
