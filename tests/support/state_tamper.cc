// state_tamper DIR WHAT…: for tests that run the program. Each WHAT is one of the names below.
#include <cstdio>
#include <exception>
#include <string>

#include "processor/engine/partition_meta.h"
#include "state/store/state_rows.h"
#include "tests/support/live_state.h"
#include "tests/support/state_tampering.h"

namespace leadpulse::testing {
namespace {

using RowFamily = state::RowFamily;

bool Apply(const std::string& what, StateTampering* tampering) {
  if (what == "remove-timers") {  // all of them
    std::vector<state::RowChange> changes;
    for (const auto& row : tampering->RowsOf(RowFamily::kTimers)) {
      changes.push_back({RowFamily::kTimers, row.key, std::nullopt});
    }
    tampering->Write(changes);
  } else if (what == "move-timers") {  // a millisecond later
    std::vector<state::RowChange> changes;
    for (const auto& row : tampering->RowsOf(RowFamily::kTimers)) {
      changes.push_back({RowFamily::kTimers, row.key, std::nullopt});
      const state::DueTimer timer = *state::ParseTimerRow(row.key);
      changes.push_back({RowFamily::kTimers,
                         state::TimerRowKey(*state::PartitionOfRow(row.key), timer.due + Millis{1}, timer.key), ""});
    }
    tampering->Write(changes);
  } else if (what == "add-timer") {
    tampering->Put(RowFamily::kTimers, state::TimerRowKey({0}, {1'900'000'000'000}, EncodeLeadKey({"acme", "nobody"})),
                   "");
  } else if (what == "add-nameless-lead") {  // its key has no NUL
    tampering->Put(RowFamily::kLeads, state::LeadRowKey({0}, "nobody"), "");
  } else if (what == "damage-leads") {  // every tenth, not the first
    std::vector<state::RowChange> changes;
    const auto leads = tampering->RowsOf(RowFamily::kLeads);
    for (size_t i = 5; i < leads.size(); i += 10) {
      std::string value = leads[i].value;
      value.back() = static_cast<char>(value.back() ^ 1);
      changes.push_back({RowFamily::kLeads, leads[i].key, value});
    }
    tampering->Write(changes);
  } else if (what == "newer-engine-on-files") {
    engine::StoredDefinitions kept = **engine::ReadRunDefinitions(state::MetaOf(tampering->rows()));
    kept.engine_version = engine::kNewestEngineVersion + 1;
    state::EpochWrite write;
    engine::AppendRunDefinitions(kept, &write);
    for (const auto& [name, value] : write.meta) tampering->Put(RowFamily::kMeta, name, value);
  } else if (what == "forget-users") {  // every mailbox forgets its users
    for (const auto& row : tampering->RowsOf(RowFamily::kLeads)) {
      const state::Lead lead = StateTampering::Decode(row);
      if (!lead.identity || lead.identity->users() == 0) continue;
      tampering->ChangeLead(row, [](state::Lead* mailbox) { mailbox->identity->leads.clear(); });
    }
  } else if (what == "change-score") {  // the first lead's
    tampering->ChangeLead(tampering->RowsOf(RowFamily::kLeads).front(), [](state::Lead* lead) { ++lead->view.score; });
  } else {
    return false;
  }
  return true;
}

// Applies one tampering. All except the first need a state of Kafka mode.
bool ApplyToLive(const std::string& what, StateTampering* tampering) {
  if (what == "make-live") {
    MakeLive(tampering);
  } else if (what == "adopt") {  // in partition 0, none of whose leads it has reached
    BeginRollout(tampering, {0}, "points: 2", "points: 20");
  } else if (what == "cut-restore") {  // partition 1's
    ForgetPartition(tampering, {1});
  } else if (what == "catch-up") {  // partition 2 does
    ChangePartition(tampering, {2},
                    [](engine::LocalPosition* local, engine::StoredDefinitions*) { local->catching_up = true; });
  } else if (what == "drop-partition") {  // partition 3
    DropPartition(tampering, {3});
  } else if (what == "drop-partitions") {  // all
    for (PartitionId one; one.value < tampering->rows().partition_count(); ++one.value) DropPartition(tampering, one);
  } else if (what == "damage-position") {  // partition 0's
    tampering->Put(RowFamily::kMeta, engine::LocalPositionName({0}), "\xff");
  } else if (what == "go-on") {  // partition 3, by a day
    ChangePartition(tampering, {3}, [](engine::LocalPosition* local, engine::StoredDefinitions*) {
      local->position.clock = local->position.clock + std::chrono::hours(24);
    });
  } else if (what == "older-engine") {  // an earlier version of the program evaluated partition 0
    ChangePartition(tampering, {0}, [](engine::LocalPosition* local, engine::StoredDefinitions* kept) {
      local->position.engine_version = --kept->engine_version;
    });
  } else if (what == "newer-engine") {  // a later version of the program evaluated partition 2
    ChangePartition(tampering, {2}, [](engine::LocalPosition* local, engine::StoredDefinitions* kept) {
      local->position.engine_version = kept->engine_version = engine::kNewestEngineVersion + 1;
    });
  } else if (what == "renumber") {  // partition 2 has had definitions that the others have not
    ChangePartition(tampering, {2}, [](engine::LocalPosition* local, engine::StoredDefinitions* kept) {
      local->position.definitions_number = kept->number = {kept->number.value + 2};
    });
    for (const auto& row : tampering->RowsOf(RowFamily::kLeads)) {
      if (state::PartitionOfRow(row.key) != PartitionId{2}) continue;
      tampering->ChangeLead(row, [](state::Lead* lead) { lead->definitions_number.value += 2; });
    }
  } else if (what == "move-leads") {  // from partition 0 to 1
    MoveLeads(tampering, {0}, {1});
  } else {
    return false;
  }
  return true;
}

int Main(int argc, char** argv) {
  if (argc < 3) return 2;
  StateTampering tampering(argv[1]);
  for (int i = 2; i < argc; ++i) {
    if (!Apply(argv[i], &tampering) && !ApplyToLive(argv[i], &tampering)) {
      std::fprintf(stderr, "there is no %s\n", argv[i]);
      return 2;
    }
  }
  return 0;
}

}  // namespace
}  // namespace leadpulse::testing

int main(int argc, char** argv) {
  try {
    return leadpulse::testing::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "state_tamper: %s\n", error.what());
    return 1;
  }
}
