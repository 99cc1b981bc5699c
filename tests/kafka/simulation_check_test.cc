// A test of the check of a simulation: a finished run is spoilt in one place, and the check must find it.

#include "tests/kafka/simulation_check.h"

#include <gtest/gtest.h>

#include <utility>

#include "leadpulse/v1/changelog.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing::simulation_check_test {

class SimulationCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
    ASSERT_EQ(simulation_.Run(), "");
  }

  using Entries = std::vector<LogEntry*>;

  // Returns a topic's committed entries of one key, from the first partition that has at least `least` of one;
  // otherwise those of any key. If the key has a tombstone, those after it.
  Entries OfOneKey(Topic topic, size_t least) {
    for (uint32_t p = 0; p < simulation_.workload().partitions; ++p) {
      partition_ = PartitionId{p};
      std::map<std::string, Entries> by_key;
      for (LogEntry& entry : simulation_.cluster().log(topic, partition_).everything()) {
        if (entry.fate != LogEntry::Fate::kCommitted) continue;
        if (!entry.message.value) {
          by_key.erase(entry.message.key);
          continue;
        }
        if (topic == Topic::kLeadState && entry.message.key[0] == '\0') continue;
        by_key[entry.message.key].push_back(&entry);
      }
      for (const auto& [key, entries] : by_key) {
        if (entries.size() >= least) return entries;
      }
    }
    ADD_FAILURE() << "this seed has too little";
    return {};
  }

  void Repeat(Topic topic, const LogEntry& entry) {
    simulation_.cluster().log(topic, partition_).Append(entry.message);
  }

  void ExpectSeen() { EXPECT_NE(CheckSimulation(&simulation_), ""); }

  RollbackStore& StoreOfPartition() { return *simulation_.StoreOf(simulation_.trace().owner(partition_)); }

  // A quiet seed with changes of every kind, some dead letters and some erasures.
  Simulation simulation_{1};
  PartitionId partition_;
};

TEST_F(SimulationCheckTest, NothingIsWrong) { EXPECT_EQ(CheckSimulation(&simulation_), ""); }

TEST_F(SimulationCheckTest, ALostChange) {
  OfOneKey(Topic::kStatusChanges, 2).front()->fate = LogEntry::Fate::kAborted;
  ExpectSeen();
}

TEST_F(SimulationCheckTest, TheLastChangeLost) {
  OfOneKey(Topic::kSegmentChanges, 2).back()->fate = LogEntry::Fate::kAborted;
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ADoubledChange) {
  Repeat(Topic::kStatusChanges, *OfOneKey(Topic::kStatusChanges, 2).back());
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ReorderedChanges) {
  const Entries entries = OfOneKey(Topic::kStatusChanges, 2);
  std::swap(entries[0]->message, entries[1]->message);
  ExpectSeen();
}

TEST_F(SimulationCheckTest, AWrongOrdinal) {
  for (LogEntry* entry : OfOneKey(Topic::kStatusChanges, 2)) {
    for (auto& [name, value] : entry->message.headers) {
      if (name == "ordinal") value += "0";
    }
  }
  ExpectSeen();
}

TEST_F(SimulationCheckTest, AnOpenTransaction) {
  OfOneKey(Topic::kStatusChanges, 1).back()->fate = LogEntry::Fate::kOpen;
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ALostDeadLetter) {
  OfOneKey(Topic::kDeadLetters, 1).front()->fate = LogEntry::Fate::kAborted;
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ADoubledDeadLetter) {
  Repeat(Topic::kDeadLetters, *OfOneKey(Topic::kDeadLetters, 1).front());
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ADeadLetterThatIsCutAndDoesNotSaySo) {
  LogEntry& entry = *OfOneKey(Topic::kDeadLetters, 1).front();
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(*entry.message.value));
  letter.mutable_payload()->pop_back();
  letter.clear_size();
  entry.message.value = letter.SerializeAsString();
  ExpectSeen();
}

TEST_F(SimulationCheckTest, AWrongFinalView) {
  LogEntry& entry = *OfOneKey(Topic::kLeadProfiles, 1).back();
  model::Json profile = model::Parse(*entry.message.value);
  profile["score"] = profile.at("score").get<int>() + 1;
  entry.message.value = model::Render(profile);
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ALeadThatWasErasedAndIsThereAgain) {
  const LogEntry& entry = *OfOneKey(Topic::kLeadState, 1).back();
  LogEntry other = entry;
  other.message.key = EncodeLeadKey({"acme", "ghost"});
  Repeat(Topic::kLeadState, other);
  ExpectSeen();
}

TEST_F(SimulationCheckTest, AStoreThatLacksALead) {
  const std::string key = OfOneKey(Topic::kLeadState, 1).back()->message.key;
  state::EpochWrite write;
  write.leads.push_back({partition_, key, std::nullopt});
  ASSERT_TRUE(StoreOfPartition().Commit(write).ok());
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ALostCountOfADay) {
  state::EpochWrite write;
  const Status visited = StoreOfPartition().VisitDayCounts(partition_, [&](std::string_view key, std::string_view) {
    write.day_counts.push_back({partition_, std::string(key), std::nullopt});
    return false;
  });
  ASSERT_TRUE(visited.ok() && !write.day_counts.empty());
  ASSERT_TRUE(StoreOfPartition().Commit(write).ok());
  ExpectSeen();
}

TEST_F(SimulationCheckTest, ATimerThatDidNotFire) {
  const LogEntry& entry = *OfOneKey(Topic::kLeadState, 1).back();
  v1::LeadRecord record;
  ASSERT_TRUE(record.ParseFromString(*entry.message.value));
  state::EpochWrite write;
  write.leads.push_back(
      {partition_, entry.message.key, record.stored(), Instant::Never(), simulation_.final_clock() - Millis(1)});
  ASSERT_TRUE(StoreOfPartition().Commit(write).ok());
  ExpectSeen();
}

TEST_F(SimulationCheckTest, OffsetsThatWereMoved) {
  simulation_.trace().OnCommitted(PartitionId{0}, {{1, 1}}, 0);
  ExpectSeen();
}

}  // namespace leadpulse::testing::simulation_check_test
