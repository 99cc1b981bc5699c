// A rollout that leaves alone what new definitions do not change, on random tenants, records and edits: it publishes
// and stores the same as a rollout that evaluates and writes every lead.
//
// LEADPULSE_ADDRESS_HISTORIES says how many (default 10), LEADPULSE_ADDRESS_FIRST_SEED the first.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "processor/base/value.h"
#include "processor/engine/lead_check_result.h"
#include "processor/view/view.h"
#include "schemas/codec/output_writer.h"
#include "state/codec/lead_codec.h"
#include "tests/property/address_histories.h"
#include "tests/support/engine_driver.h"
#include "tests/support/workload/tenants.h"

namespace leadpulse::workload::rollout_property_test {

using Rows = std::map<std::string, state::Lead>;                  // by encoded key
using Changes = std::map<std::string, std::vector<std::string>>;  // by encoded key: as JSON

constexpr int kRecords = 40;
constexpr int kRollouts = 4;

struct History {
  explicit History(uint64_t seed, bool shares_addresses) : random(seed * 6151 + 5) {
    tenants = MakeTenants(random, shares_addresses);
    if (!shares_addresses) KeepApart(&tenants.definitions);
    definitions = DefinitionsYaml(tenants.definitions);
    std::vector<std::vector<model::Record>> all;
    for (World& world : tenants.worlds) all.push_back(MakeRecords(random, world, kRecords));
    records = Mix(random, std::move(all));
  }

  // Switches `by_email` off: leads that share nothing are evaluated alike wherever records come between the steps.
  static void KeepApart(model::Definitions* definitions) {
    definitions->try_emplace(kEverybodyElse).first->second.tiers = {{"all", std::nullopt}};
    for (auto& [tenant, own] : *definitions) own.identity_by_email = false;
  }

  // Returns other definitions: those of some tenants stay the same.
  std::string Edit(bool shares_addresses) {
    tenants.definitions = EditAll(random, tenants, tenants.definitions);
    if (!shares_addresses) KeepApart(&tenants.definitions);
    return DefinitionsYaml(tenants.definitions);
  }

  Random random;
  Tenants tenants;
  std::string definitions;
  std::vector<model::Record> records;
};

Changes ChangesOf(const testing::EngineDriver& engine) {
  Changes changes;
  for (size_t i = 0; i < engine.changes().size(); ++i) {
    const codec::Change& change = engine.changes()[i];
    codec::AppendChangeJson(change, &changes[EncodeLeadKey(change.key)].emplace_back());
  }
  return changes;
}

// Returns the rows without the numbers of their definitions.
Rows RowsOf(const testing::EngineDriver& engine) {
  Rows rows;
  const auto add = [&](std::string_view key, std::string_view value) {
    state::Lead lead = *state::DecodeLead(DecodeLeadKey(key), value);
    lead.definitions_number = {};
    rows.emplace(key, std::move(lead));
    return true;
  };
  EXPECT_TRUE(engine.store().VisitLeads(PartitionId{0}, "", add).ok());
  return rows;
}

struct Counts {
  uint64_t unchanged_tenants = 0;
  uint64_t unwritten = 0;  // rows of tenants that a rollout changed
  uint64_t written = 0;
};

// Returns what outputs show of a lead under these definitions beside its view.
std::string ShownOf(state::Lead lead, const config::Definitions& definitions) {
  const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
  view::ConvertProfile(tenant, &lead.profile);
  std::string shown = std::to_string(view::StoredView(lead, tenant).quality);
  for (const auto& [name, attribute] : lead.profile.attributes) {
    shown += " " + name + ValueToJson(state::ShownValue(name, attribute));
  }
  return shown;
}

// Whether the rows that `engine` wrote since the `begin`th belong to tenants whose definitions changed, and differ from
// what they were, or are shown differently.
void CheckWritten(const testing::EngineDriver& engine, size_t begin, const config::Definitions& before,
                  const Rows& rows_before, bool shares_addresses, Counts* counts) {
  const Rows rows = RowsOf(engine);
  const auto is_changed = [&](std::string_view key) {
    const std::string_view tenant = TenantOfKey(key);
    return before.For(tenant).source_hash != engine.in_force().current->For(tenant).source_hash;
  };
  const std::set<std::string> written(engine.written().begin() + static_cast<ptrdiff_t>(begin), engine.written().end());
  for (const std::string& key : written) {
    EXPECT_TRUE(is_changed(key)) << key;
    if (shares_addresses) continue;  // its mailbox may have answered what it knew before
    const auto was = rows_before.find(key), is = rows.find(key);
    const bool differs = was == rows_before.end() || is == rows.end() || was->second != is->second ||
                         ShownOf(was->second, before) != ShownOf(is->second, *engine.in_force().current);
    EXPECT_TRUE(differs || is->second.view.topics_out.any()) << key;
  }
  counts->written += written.size();
  for (const auto& [key, row] : rows) {
    if (!is_changed(key)) ++counts->unchanged_tenants;
    if (is_changed(key) && !written.contains(key)) ++counts->unwritten;
  }
}

// Returns the first lead whose changes or row differ, with what differs; empty: none.
std::string FindDifference(const testing::EngineDriver& one, const testing::EngineDriver& other) {
  const Changes changes = ChangesOf(one), other_changes = ChangesOf(other);
  for (const auto& [key, lines] : changes) {
    const auto found = other_changes.find(key);
    if (found == other_changes.end()) return key + " has changes in one only";
    for (size_t i = 0; i < std::max(lines.size(), found->second.size()); ++i) {
      const std::string line = i < lines.size() ? lines[i] : "none",
                        with = i < found->second.size() ? found->second[i] : "none";
      if (line != with) return key + ": " + line + " but " + with;
    }
  }
  if (changes.size() != other_changes.size()) return "the other has changes of more leads";
  Rows rows = RowsOf(one);
  const Rows other_rows = RowsOf(other);
  for (auto& [key, row] : rows) {
    const auto found = other_rows.find(key);
    if (found == other_rows.end()) return key + " is held by one only";
    const state::Lead& with = found->second;
    // A timer may be too early, which costs an evaluation. FindFault finds those that are too late.
    row.next_change_at = with.next_change_at;
    if (row == with) continue;
    std::string parts = key + " differs in";
    if (row.view != with.view) parts += " view";
    if (row.journal != with.journal) parts += " journal";
    if (row.identity != with.identity) parts += " identity";
    if (row.profile != with.profile) parts += " profile";
    return parts;
  }
  return rows.size() == other_rows.size() ? "" : "the other holds more rows";
}

// Returns the first lead that is not as an evaluation from scratch; empty: none.
std::string FindFault(const testing::EngineDriver& engine) {
  std::string fault;
  const auto judge = [&](std::string_view key, std::string_view value) {
    state::Lead lead = *state::DecodeLead(DecodeLeadKey(key), value);
    if (!lead.is_evaluated()) return true;
    const engine::LeadCheckResult verdict = engine::JudgeLead(engine.in_force(), engine.clock(), &lead);
    if (verdict.fault != engine::LeadFault::kNone) fault = std::string(key) + " " + verdict.what;
    return fault.empty();
  };
  EXPECT_TRUE(engine.store().VisitLeads(PartitionId{0}, "", judge).ok());
  return fault;
}

void ExpectSame(testing::EngineDriver* one, testing::EngineDriver* other) {
  for (testing::EngineDriver* engine : {one, other}) {
    engine->AdvanceTo(engine->clock());
    engine->Commit();
    EXPECT_EQ(FindFault(*engine), "");
  }
  EXPECT_EQ(FindDifference(*one, *other), "");
}

bool ALeadIsWrittenOnlyIfItChanges(uint64_t seed, Counts* counts) {
  SCOPED_TRACE(seed);
  History history(seed, /*shares_addresses=*/true);
  testing::EngineDriver all(history.definitions, /*keeps_numbers=*/false), some(history.definitions);
  size_t next = 0;
  for (int rollout = 1; rollout <= kRollouts; ++rollout) {
    for (const size_t end = history.records.size() * static_cast<size_t>(rollout) / kRollouts; next < end; ++next) {
      const std::string line = RecordLine(history.records[next]);
      all.Feed(line);
      some.Feed(line);
      if (!history.random.Chance(10)) continue;
      all.Restart();
      some.Restart();
    }
    if (history.random.Chance(50)) ExpectSame(&all, &some);
    some.Commit();
    const auto before = config::LoadDefinitions(some.in_force().current->text).definitions;
    const Rows rows = RowsOf(some);
    const size_t begin = some.written().size();
    const std::string edited = history.Edit(/*shares_addresses=*/true);
    all.Redefine(edited);
    some.Redefine(edited, history.random.Chance(50) ? history.random.Below(6) : SIZE_MAX);
    if (before->text != edited) CheckWritten(some, begin, *before, rows, /*shares_addresses=*/true, counts);
  }
  ExpectSame(&all, &some);
  return !::testing::Test::HasFailure();
}

bool RecordsMayComeMeanwhile(uint64_t seed, Counts* counts) {
  SCOPED_TRACE(seed);
  History history(seed, /*shares_addresses=*/false);
  testing::EngineDriver all(history.definitions, /*keeps_numbers=*/false), some(history.definitions);
  for (size_t next = 0; next < history.records.size();) {
    const auto feed = [&](size_t most) {
      for (const size_t end = std::min(history.records.size(), next + most); next < end; ++next) {
        const std::string line = RecordLine(history.records[next]);
        all.Feed(line);
        some.Feed(line);
      }
    };
    feed(20);
    ExpectSame(&all, &some);
    const auto before = config::LoadDefinitions(some.in_force().current->text).definitions;
    const Rows rows = RowsOf(some);
    const size_t begin = some.written().size();
    const std::string edited = history.Edit(/*shares_addresses=*/false);
    all.BeginRollout(edited);
    some.BeginRollout(edited);
    const bool is_alone = history.random.Chance(50);
    bool all_wait = true, some_wait = true;
    while (all_wait || some_wait) {
      all_wait = all_wait && all.StepRollout(2);
      some_wait = some_wait && some.StepRollout(2);
      if (!is_alone) feed(2);
    }
    if (is_alone && before->text != edited) CheckWritten(some, begin, *before, rows, false, counts);
  }
  ExpectSame(&all, &some);
  return !::testing::Test::HasFailure();
}

TEST(RolloutPropertyTest, ALeadIsWrittenOnlyIfItChanges) {
  Counts counts;
  ForEachHistory([&](uint64_t seed) { return ALeadIsWrittenOnlyIfItChanges(seed, &counts); });
  EXPECT_GT(counts.unchanged_tenants, 5 * Histories());
  EXPECT_GT(counts.written, 5 * Histories());
}

TEST(RolloutPropertyTest, RecordsMayComeMeanwhile) {
  Counts counts;
  ForEachHistory([&](uint64_t seed) { return RecordsMayComeMeanwhile(seed, &counts); }, (Histories() + 2) / 3);
  EXPECT_GT(counts.unchanged_tenants, 2 * Histories());
  EXPECT_GT(counts.unwritten, Histories() / 2);
}

}  // namespace leadpulse::workload::rollout_property_test
