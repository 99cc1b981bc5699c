// state_tamper DIR WHAT…: for tests that drive the program. Each WHAT is one of the names below.
#include <cstdio>
#include <exception>
#include <string>

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
  } else if (what == "damage-leads") {  // every tenth, not the first
    std::vector<state::RowChange> changes;
    const auto leads = tampering->RowsOf(RowFamily::kLeads);
    for (size_t i = 5; i < leads.size(); i += 10) {
      std::string value = leads[i].value;
      value.back() = static_cast<char>(value.back() ^ 1);
      changes.push_back({RowFamily::kLeads, leads[i].key, value});
    }
    tampering->Write(changes);
  } else if (what == "change-score") {  // of the first lead whose view can be judged
    tampering->ChangeLead(tampering->RowsOf(RowFamily::kLeads).front(), [](state::Lead* lead) { ++lead->view.score; });
  } else {
    return false;
  }
  return true;
}

int Main(int argc, char** argv) {
  if (argc < 3) return 2;
  StateTampering tampering(argv[1]);
  for (int i = 2; i < argc; ++i) {
    if (!Apply(argv[i], &tampering)) {
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
