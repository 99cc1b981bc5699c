// The properties of shared addresses, tested on the engine with random records.
//
// LEADPULSE_ADDRESS_HISTORIES says how many (default 10), LEADPULSE_ADDRESS_FIRST_SEED the first.

#include <gtest/gtest.h>

#include <memory>

#include "schemas/codec/output_writer.h"
#include "tests/property/address_histories.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::workload::addresses_engine_test {

// The engine with JSON as input and output.
class EngineSubject {
 public:
  explicit EngineSubject(const SharedHistory& history) : engine_(DefinitionsYaml({{"*", history.definitions}})) {}

  void Read(const model::Record& record) { engine_.Feed(RecordLine(record)); }
  void Finish() { engine_.AdvanceTo(engine_.clock()); }
  void Restart() { engine_.Restart(); }

  Views Leads() {
    engine_.AdvanceTo(engine_.clock());
    Views rows;
    for (const leadpulse::LeadKey& key : engine_.Leads()) {
      rows[{key.tenant, key.lead}] = model::Parse(engine_.Row(key));
    }
    return rows;
  }

  const std::map<model::LeadKey, std::vector<model::Change>>& Changes() {
    for (; converted_ < engine_.changes().size(); ++converted_) {
      const codec::Change& change = engine_.changes()[converted_];
      std::string line;
      codec::AppendChangeJson(change, &line);
      changes_[{change.key.tenant, change.key.lead}].push_back(ReadChange(model::Parse(line)));
    }
    return changes_;
  }

 private:
  testing::EngineDriver engine_;
  size_t converted_ = 0;  // changes of the engine that are already in changes_
  std::map<model::LeadKey, std::vector<model::Change>> changes_;
};

std::unique_ptr<EngineSubject> StartEngine(const SharedHistory& history) {
  return std::make_unique<EngineSubject>(history);
}

TEST(AddressesEngineTest, NobodyWithAnOptedOutAddressIsSendable) {
  int met = 0;
  const auto check = [&](const SharedHistory& history) { return FindSendableInSpite(history, StartEngine, &met); };
  ForEachHistory([&](uint64_t seed) { return Holds(AboutOptOuts(SharedHistory(seed)), check); });
  EXPECT_GT(met, 20 * static_cast<int>(Histories()));
}

TEST(AddressesEngineTest, ARecordThatIsRepeatedAtOnceChangesNothing) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfRepeats(history, StartEngine, false); };
  ForEachHistory([&](uint64_t seed) { return Holds(AboutRepeats(SharedHistory(seed)), check); });
}

TEST(AddressesEngineTest, ARecordThatIsRepeatedLaterChangesNothing) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfRepeats(history, StartEngine, true); };
  ForEachHistory([&](uint64_t seed) { return Holds(AboutLateRepeats(SharedHistory(seed)), check); });
}

TEST(AddressesEngineTest, AMailboxWithAUserAndNoCommandPublishesNothing) {
  int ghosts = 0;
  const auto check = [&](const SharedHistory& history) { return FindGhost(history, StartEngine, &ghosts); };
  ForEachHistory([&](uint64_t seed) { return Holds(AboutGhosts(SharedHistory(seed)), check); });
  EXPECT_GT(ghosts, 10 * static_cast<int>(Histories()));
}

TEST(AddressesEngineTest, TheOrderOfEventsBetweenTwoCommandsDoesNotMatter) {
  const auto check = [](const SharedHistory& history) { return FindEffectOfOrder(history, StartEngine); };
  ForEachHistory([&](uint64_t seed) { return Holds(AboutOrder(SharedHistory(seed)), check); });
}

std::string FindDifferenceFromModel(const SharedHistory& history) {
  model::Model model({{"*", history.definitions}}, kWallClock);
  EngineSubject engine(history);
  Random random = RandomOf(history);
  for (const model::Record& record : history.records) {
    model.Read(record);
    engine.Read(record);
    if (random.Chance(10)) engine.Restart();
  }
  model.Finish(std::nullopt);
  engine.Finish();
  Outcome expected, got;
  expected.failure = model.defect();
  expected.changes = model.changes();
  expected.leads = model.Leads();
  got.leads = engine.Leads();
  got.changes = engine.Changes();
  return CompareOutcomes(expected, got).text;
}

TEST(AddressesEngineTest, AgreesWithTheModelThroughRestarts) {
  // Few in the short form: the model is slow.
  const uint64_t count = Histories() < 1000 ? (Histories() + 3) / 4 : Histories();
  ForEachHistory([&](uint64_t seed) { return Holds(SharedHistory(seed), FindDifferenceFromModel); }, count);
}

}  // namespace leadpulse::workload::addresses_engine_test
