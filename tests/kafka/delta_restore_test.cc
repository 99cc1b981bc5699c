// Restores from lead.state and the deltas of lead.journal: which deltas count, and what is noticed if some are missing.
#include <gmock/gmock.h>

#include "leadpulse/v1/changelog.pb.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/partition_restore_fixture.h"
#include "tests/support/lead_examples.h"
#include "tests/support/measured_store.h"
#include "tests/support/workload/random.h"

namespace leadpulse::kafka::delta_restore_test {

using state::RowWrite;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Key(const std::string& name) { return EncodeLeadKey({"acme", name}); }

// Returns what waits, the oldest first.
std::vector<std::string> KeysOf(const UnwrittenLeads& unwritten, UnwrittenLeads::Queue queue, size_t most = 10) {
  std::vector<std::string> keys;
  for (const UnwrittenLeads::Waiting* waiting : unwritten.Oldest(queue, {}, most)) keys.push_back(waiting->key);
  return keys;
}

// A deployment whose epochs the test writes; each of them adds an event to some leads.
class DeltaRestoreTest : public PartitionRestoreTest {
 protected:
  // Adds an event to these leads, which are made if they are not there, in an epoch of its own.
  void Epoch(const std::vector<std::string>& names) {
    std::vector<RowWrite> rows;
    for (const std::string& name : names) {
      state::Lead& lead = leads_[name];
      const bool is_new = lead.delta_epoch == 0;
      lead.key = {"acme", name};
      lead.delta_epoch = epoch_ + 1;
      lead.next_change_at = Instant{static_cast<int64_t>(epoch_)};
      lead.journal.Add(testing::Entry(EventType::kOpen, static_cast<int>(epoch_), "open-" + std::to_string(epoch_)),
                       1000);
      RowWrite& row = rows.emplace_back(RowWrite{kOnly, Key(name), std::nullopt});
      if (is_new) {
        row.value = state::EncodeLead(lead);
      } else {
        row.value = encoder_.EncodeChange(lead, 0, state::LeadEncoder::Appends::kOften, &row.appended);
        EXPECT_TRUE(row.appended);
      }
      lead.journal.SetWritten();
    }
    End(rows);
  }
  void Delete(const std::string& name) {
    leads_.erase(name);
    changelog.Append(kOnly, Key(name), std::nullopt);
    End({{kOnly, Key(name), std::nullopt}});
  }
  void End(const std::vector<RowWrite>& rows, const std::vector<state::ErasureWrite>& erasures = {},
           const std::optional<engine::StoredDefinitions>& definitions = {},
           const std::vector<state::DayCountsWrite>& day_counts = {}) {
    ++epoch_;
    engine::PartitionPosition position = PositionNow();
    position.deltas_from = deltas_from_;
    std::vector<OutputRecord> records;
    DeltaWriter writer(kOnly, epoch_, &records);
    for (const RowWrite& row : rows) writer.Add(row);
    for (const state::ErasureWrite& erasure : erasures) writer.Add(erasure);
    for (const state::DayCountsWrite& counts : day_counts) writer.Add(counts);
    if (definitions) writer.Add(*definitions);
    writer.End(&position);
    for (OutputRecord& record : records) deltas.Append(kOnly, "", std::move(record.value));
    consumer.committed[kOnly] = position.next;
  }
  // Writes rows to lead.state; deltas from this offset on may be missing there.
  void WriteState(const std::vector<std::string>& names, int64_t deltas_from) {
    WriteState(names, deltas_from, deltas_from, deltas_from);
  }
  void WriteState(const std::vector<std::string>& names, int64_t deltas_from, std::optional<int64_t> rows_from,
                  std::optional<int64_t> profiles_soon_from) {
    engine::PartitionPosition position = PositionNow();
    position.deltas_from = deltas_from;
    position.rows_from = rows_from;
    position.profiles_soon_from = profiles_soon_from;
    for (const std::string& name : names) {
      v1::LeadRecord record;
      record.set_stored(state::EncodeLead(leads_.at(name)));
      changelog.Append(kOnly, Key(name), record.SerializeAsString());
      AddToDigest(Key(name), record.SerializeAsString(), &position.digest);
    }
    changelog.AppendPosition(kOnly, position);
  }
  engine::PartitionPosition PositionNow() {
    engine::PartitionPosition position = At({{static_cast<int64_t>(epoch_), 0}});
    position.epoch = epoch_;
    return position;
  }

  // Counts in an epoch of its own; 0 deletes the row.
  void Count(const std::string& key, uint64_t created) {
    state::DayCounts counts;
    counts.epoch = epoch_ + 1;
    counts.changes.created = created;
    std::optional<std::string> row;
    if (created > 0) row = state::EncodeDayCounts(counts);
    End({}, {}, {}, {{kOnly, key, row}});
    counted_[key] = std::move(row);
  }
  // Writes the row of counts to lead.state as it is now.
  void WriteCounts(const std::string& key) { changelog.Append(kOnly, DayCountsRecordKey(key), counted_.at(key)); }
  void ExpectCounts() {
    for (const auto& [key, row] : counted_) EXPECT_EQ(*store->GetDayCounts(kOnly, key), row) << key;
  }

  void ExpectLeads() {
    std::map<std::string, std::string> held, expected;
    const Status visited = store->VisitLeads(
        kOnly, "", [&](std::string_view key, std::string_view row) { return held.emplace(key, row).second; });
    ASSERT_TRUE(visited.ok());
    std::vector<state::DueTimer> timers;
    for (const auto& [name, lead] : leads_) {
      expected[Key(name)] = state::EncodeLead(lead);
      timers.push_back({lead.next_change_at, Key(name)});
    }
    EXPECT_EQ(held, expected);
    std::ranges::sort(timers);
    EXPECT_EQ(*store->DueTimers(kOnly, Instant::DistantPast(), Instant::Never(), 100), timers);
  }
  void ExpectRestored(uint64_t full_restores) {
    ExpectRestoredTo({{static_cast<int64_t>(epoch_), 0}}, full_restores);
    ExpectLeads();
  }
  void ExpectRefused(const std::string& why) {
    const Outcome outcome = Restore();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
    EXPECT_THAT(outcome.status().message(), HasSubstr(why));
  }
  // Expects that a copy fails and is made again after a while.
  void ExpectCopiedAgain(const std::string& why) {
    ASSERT_TRUE(telemetry::SetUpLogging("warning").ok());
    ::testing::internal::CaptureStderr();
    const Outcome outcome = Restore();
    EXPECT_TRUE(!outcome.ok() && outcome.status().message() == "it does not end");
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                HasSubstr("the copy is of no use (" + why +
                          "); it is made from the beginning of lead.state; it is tried "
                          "again in 500 ms"));
  }
  void LoseState() { store = state::MakeMemoryLeadStore(kPartitions); }

  uint64_t epoch_ = 0;
  std::optional<int64_t> deltas_from_;  // in the positions of the next epochs
  std::map<std::string, state::Lead> leads_;
  state::LeadEncoder encoder_;
  std::map<std::string, std::optional<std::string>> counted_;
};

TEST_F(DeltaRestoreTest, CountsByDayComeFromLeadStateAndDeltas) {
  Count("mon", 1);
  Count("tue", 2);
  Count("mon", 3);
  WriteState({}, 3);
  WriteCounts("mon");
  WriteCounts("tue");
  WriteState({}, 3);
  Count("tue", 4);
  ExpectRestored(1);
  ExpectCounts();
  Count("wed", 5);
  Count("mon", 0);
  ExpectRestored(1);
  ExpectCounts();
  LoseState();
  ExpectRestored(2);
  ExpectCounts();
}

// A state may be ahead of the deltas that are read again, because lead.state lacks them.
TEST_F(DeltaRestoreTest, OlderCountsByDayTakeNothingBack) {
  Count("mon", 1);
  Count("mon", 2);
  ExpectRestored(1);
  ExpectCounts();
  ExpectRestored(1);
  ExpectCounts();
  WriteCounts("mon");
  LoseState();
  ExpectRestored(2);
  ExpectCounts();
}

TEST_F(DeltaRestoreTest, LeadsThatLeadStateLacksAreMadeOfDeltas) {
  Epoch({"ann", "bob"});
  Epoch({"ann"});
  ExpectRestored(1);
  Epoch({"ann", "cid"});
  Epoch({"bob"});
  ExpectRestored(1);
}

TEST_F(DeltaRestoreTest, DeltasThatARowHasAreSkipped) {
  for (int epoch = 0; epoch < 3; ++epoch) Epoch({"ann", "bob"});
  WriteState({"ann"}, 0);
  Epoch({"ann"});
  WriteState({"bob"}, 3);
  Epoch({"bob"});
  ExpectRestored(1);
}

// No delta has the whole row, which would undo what was applied twice.
TEST_F(DeltaRestoreTest, AppendsThatARowHasAreSkipped) {
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  for (int epoch = 0; epoch < 3; ++epoch) Epoch({"ann", "bob"});
  WriteState({"ann"}, 1);
  ExpectRestored(1);
  Epoch({"ann"});
  LoseState();
  ExpectRestored(2);
}

// The row that an append needs is not in lead.state any more, nor the deltas before it.
TEST_F(DeltaRestoreTest, DeltasOfALeadThatIsDeletedLaterHaveNoRow) {
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  Epoch({"ann", "bob"});
  Epoch({"bob"});
  Delete("bob");
  ExpectRestored(1);
  Epoch({"bob"});
  ExpectRestored(1);
}

TEST_F(DeltaRestoreTest, ARowThatIsMissingStopsTheProcess) {
  Epoch({"ann", "bob"});
  WriteState({"ann"}, 1);
  Epoch({"bob"});
  ExpectRefused("lead.journal appends to rows that lead.state does not have");
}

// The next owner drops the state while this worker reads deltas for it: no rows are missing, they are not this
// worker's.
TEST_F(DeltaRestoreTest, RowsThatTheNextOwnerHasDroppedAreNotMissed) {
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  Epoch({"bob"});
  deltas.while_read = [&] {
    deltas.while_read = nullptr;
    const PartitionWriter next(kOnly, ++generation, &writer_fence, store.get());
    state::EpochWrite drop;
    engine::AppendDrop(kOnly, &drop);
    ASSERT_TRUE(*next.Commit(std::move(drop)));
  };
  EXPECT_EQ(Restore().status().message(), "it does not end");
  ExpectRestored(2);
}

TEST_F(DeltaRestoreTest, WhatLeadStateLacksIsKnownAfterwards) {
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  Epoch({"ann"});
  Epoch({"bob"});
  Outcome restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status().message();
  EXPECT_EQ((*restored)->next_delta_offset, 3);
  EXPECT_EQ((*restored)->unwritten.LacksFrom(UnwrittenLeads::kRows, 3), 1);
  EXPECT_THAT(KeysOf((*restored)->unwritten, UnwrittenLeads::kRows), ElementsAre(Key("ann"), Key("bob")));
  // A state that stands right reads them again for that.
  restored = Restore();
  EXPECT_EQ((*restored)->unwritten.LacksFrom(UnwrittenLeads::kRows, 3), 1);
  EXPECT_EQ(metrics.full_restores, 1u);
}

TEST_F(DeltaRestoreTest, DeltasThatOnlyProfilesLackAreNotedAlone) {
  Epoch({"ann", "bob"});
  Epoch({"ann"});
  Epoch({"dan"});
  WriteState({"ann", "bob", "dan"}, 0, 3, 1);
  Delete("dan");
  Epoch({"cid"});
  for (const bool from_lead_state : {true, false}) {
    SCOPED_TRACE(from_lead_state);
    Outcome restored = Restore();
    ASSERT_TRUE(restored.ok()) << restored.status().message();
    ExpectLeads();
    const UnwrittenLeads& unwritten = (*restored)->unwritten;
    EXPECT_THAT(KeysOf(unwritten, UnwrittenLeads::kRows), ElementsAre(Key("cid")));
    EXPECT_THAT(KeysOf(unwritten, UnwrittenLeads::kSoon), ElementsAre(Key("ann"), Key("cid")));
    EXPECT_THAT(KeysOf(unwritten, UnwrittenLeads::kLater), ElementsAre(Key("ann"), Key("bob")));
    const engine::PartitionPosition& position = (*restored)->position;
    EXPECT_EQ(position.deltas_from, 0);
    EXPECT_EQ(position.rows_from, 4);
    EXPECT_EQ(position.profiles_soon_from, 1);
  }
}

// An earlier version wrote lead.profiles with lead.state.
TEST_F(DeltaRestoreTest, WithoutOffsetsOfTheirOwnProfilesLackAllDeltas) {
  Epoch({"ann", "bob"});
  Epoch({"ann"});
  WriteState({"ann"}, 0, std::nullopt, std::nullopt);
  Outcome restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status().message();
  ExpectLeads();
  EXPECT_THAT(KeysOf((*restored)->unwritten, UnwrittenLeads::kRows), ElementsAre(Key("bob")));
  EXPECT_THAT(KeysOf((*restored)->unwritten, UnwrittenLeads::kSoon), ElementsAre(Key("ann"), Key("bob")));
}

TEST_F(DeltaRestoreTest, ADeltaThatIsMissingOrChangedStopsTheProcess) {
  Epoch({"ann"});
  Epoch({"ann"});
  Epoch({"bob"});
  const testing::FakeChangelog whole = deltas;
  deltas.Remove(kOnly, 1);
  ExpectRefused("transactions are missing from lead.journal");
  deltas = whole;
  deltas.Remove(kOnly, 0);
  ExpectRefused("transactions are missing from lead.journal");
  deltas = whole;
  deltas.Remove(kOnly, 2);
  ExpectRefused("lead.journal end with 2, 0 and 0");
  v1::DeltaRecord record;
  ASSERT_TRUE(record.ParseFromString(*whole.At(kOnly, 2)));
  record.clear_checksum();
  record.mutable_rows(0)->set_key(Key("bo"));
  deltas.Append(kOnly, "", record.SerializeAsString());
  ExpectRefused("records of a transaction are missing from lead.journal, or were changed");  // the digest has the key
  record.clear_rows();
  deltas.Remove(kOnly, 2);
  deltas.Append(kOnly, "", record.SerializeAsString());
  ExpectRefused("records of a transaction are missing from lead.journal, or were changed");
  deltas = whole;
  ExpectRestored(metrics.full_restores + 1);
}

TEST_F(DeltaRestoreTest, ALogThatHasLostItsEndStopsTheProcess) {
  Epoch({"ann"});
  Epoch({"ann"});
  WriteState({"ann"}, 2);
  deltas.Remove(kOnly, 1);
  ExpectRefused("lead.journal ends before the last transaction");
}

// The run deletes what lead.state has; what is left begins later.
TEST_F(DeltaRestoreTest, DeletedDeltasAreNotMissed) {
  Epoch({"ann"});
  Epoch({"bob"});
  Epoch({"ann"});
  WriteState({"ann", "bob"}, 3);
  Epoch({"bob"});
  ASSERT_TRUE(deltas.DeleteBefore({{kOnly, 3}}).ok());
  ExpectRestored(1);
  // A state that has not read them is of no use.
  LoseState();
  state::EpochWrite write;
  engine::PartitionPosition old = PositionNow();
  old.epoch = 1;
  old.deltas_from = 0;
  engine::AppendLocalPosition(kOnly, {old, 1, kNow}, &write);
  engine::AppendLocalDefinitions(kOnly, {}, &write);
  ASSERT_TRUE(store->Commit(write).ok());
  ExpectRestored(2);
}

// ---- A standby, beside the owner of the partition -------------------------------------------------------------------

// The owner deletes deltas that lead.state has since, but had not when the standby read it.
TEST_F(DeltaRestoreTest, AStandbyMissesDeltasThatAreDeletedBeforeItReadsThem) {
  is_standby = true;
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  Epoch({"ann"});
  WriteState({}, 1);
  deltas.while_read = [&] {
    deltas.while_read = nullptr;
    WriteState({"ann"}, 2);
    Epoch({"bob"});
    ASSERT_TRUE(deltas.DeleteBefore({{kOnly, 2}}).ok());
  };
  ExpectCopiedAgain("deltas were deleted that the rows read from lead.state lack");
  ExpectRestored(2);
}

// The next delta of ann appends to a row that was not read.
TEST_F(DeltaRestoreTest, AStandbyAppliesNoDeltasToOlderRowsThanTheirs) {
  is_standby = true;
  Epoch({"ann"});
  WriteState({"ann"}, 1);
  uint64_t copies = 0;
  for (testing::FakeChangelog* read : {&changelog, &deltas}) {
    SCOPED_TRACE(read == &changelog ? "deleted while lead.state is read" : "deleted while lead.journal is read");
    LoseState();
    const int64_t from = deltas.end(kOnly);
    Epoch({"ann"});
    Epoch({"bob"});
    WriteState({"bob"}, from);
    changelog.most_a_read = changelog.end(kOnly);
    read->while_read = [&] {
      read->while_read = nullptr;
      WriteState({"ann"}, deltas.end(kOnly));
      ASSERT_TRUE(deltas.DeleteBefore({{kOnly, deltas.end(kOnly)}}).ok());
      Epoch({"ann"});
    };
    ExpectCopiedAgain("deltas were deleted that the rows read from lead.state lack");
    ExpectRestored(copies += 2);
  }
}

// A row of ann is written while the standby reads, and compaction removes the one before, which was not read yet.
TEST_F(DeltaRestoreTest, AStandbyCopiesAgainWhereARowIsCompactedAwayWhileItReads) {
  is_standby = true;
  Epoch({"ann"});
  WriteState({"ann"}, 1);
  Epoch({"ann"});  // the row that is gone
  Epoch({"bob"});
  WriteState({"bob"}, 2);
  Epoch({"ann"});
  changelog.most_a_read = changelog.end(kOnly);
  changelog.while_read = [&] {
    changelog.while_read = nullptr;
    WriteState({"ann"}, deltas.end(kOnly));
  };
  ExpectCopiedAgain("rows read from lead.state are older than their deltas");
  ExpectRestored(2);
}

// Nobody writes meanwhile: the rows are damaged indeed.
TEST_F(DeltaRestoreTest, AStandbyGivesUpACopyThatNeverFits) {
  is_standby = true;
  Epoch({"ann"});
  WriteState({"ann"}, 1);
  Epoch({"ann"});  // the row that is gone
  Epoch({"bob"});
  WriteState({"bob"}, 2);
  Epoch({"ann"});
  a_step = Millis(1000);
  ASSERT_TRUE(telemetry::SetUpLogging("error").ok());
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(Restore().ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("partition 0 cannot be copied: a stored lead"));
  EXPECT_EQ(metrics.full_restores, 4u);
}

TEST_F(DeltaRestoreTest, AStateWhoseNextDeltasAreDeletedWhileItIsReadIsOfNoUse) {
  is_standby = true;
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 0);
  ExpectRestored(1);
  Epoch({"ann"});
  Epoch({"bob"});
  WriteState({"ann", "bob"}, 3);
  Epoch({"ann"});
  deltas.while_read = [&] {
    deltas.while_read = nullptr;
    ASSERT_TRUE(deltas.DeleteBefore({{kOnly, 3}}).ok());
  };
  ExpectCopiedAgain("transactions are missing from lead.journal");
  ExpectRestored(2);
}

TEST_F(DeltaRestoreTest, ACopyIsReadOnFromItsEndAndATakeoverFromWhatTheTopicsLack) {
  is_standby = true;
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  deltas_from_ = 1;
  Epoch({"ann"});
  ExpectRestored(1);
  Epoch({"bob"});
  ExpectRestored(1);
  EXPECT_EQ(deltas.started, 2);
  is_standby = false;
  const Outcome restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status().message();
  EXPECT_EQ(deltas.started, 1);
  EXPECT_THAT(KeysOf((*restored)->unwritten, UnwrittenLeads::kRows), ElementsAre(Key("ann"), Key("bob")));
  EXPECT_EQ(metrics.full_restores, 1u);
}

// A state has the deltas up to its position. What the topics lack of them is noted all the same.
TEST_F(DeltaRestoreTest, NoRowIsReadForDeltasThatAStateHas) {
  auto measured = std::make_unique<testing::MeasuredStore>(kPartitions);
  testing::MeasuredStore* const sizes = measured.get();
  store = std::move(measured);
  Epoch({"ann", "bob"});
  WriteState({"ann", "bob"}, 1);
  Epoch({"ann"});
  ExpectRestored(1);
  EXPECT_GT(sizes->largest_read(), 0u);
  sizes->Reset();
  const Outcome restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status().message();
  EXPECT_EQ(sizes->largest_read(), 0u);
  EXPECT_THAT(KeysOf((*restored)->unwritten, UnwrittenLeads::kRows), ElementsAre(Key("ann")));
}

TEST_F(DeltaRestoreTest, ARowOfManyDeltasIsReadAndWrittenOnce) {
  auto measured = std::make_unique<testing::MeasuredStore>(kPartitions);
  const testing::MeasuredStore& rows = *measured;
  store = std::move(measured);
  for (int epoch = 0; epoch < 10; ++epoch) Epoch({"ann", "bob"});
  ExpectRestored(1);
  EXPECT_EQ(rows.rows_read(), 2u);
  EXPECT_EQ(rows.rows_committed(), 2u);
}

// However many rows fit into memory, a restore ends the same: from lead.state, and on from a state of any epoch.
TEST_F(DeltaRestoreTest, RowsAreGatheredInAnyMemory) {
  workload::Random random(29);
  for (int round = 0; round < 200; ++round) {
    const std::string name = "lead-" + std::to_string(random.Below(6));
    if (leads_.contains(name) && random.Chance(20)) {
      Delete(name);
    } else {
      Epoch({name});
    }
    if (random.Chance(80)) continue;
    options.lead_cache_bytes = kPartitions * random.OneOf<size_t>({0, 300, 2000, 1'000'000});
    if (random.Chance(30)) LoseState();
    const Outcome restored = Restore();
    ASSERT_TRUE(restored.ok()) << restored.status().message();
    ASSERT_NO_FATAL_FAILURE(ExpectLeads());
  }
}

// An append to the row of two epochs ago cannot be read.
TEST_F(DeltaRestoreTest, NothingIsAppliedBehindAGap) {
  Epoch({"ann"});
  WriteState({"ann"}, 0);
  ExpectRestored(1);
  Epoch({"ann"});
  Epoch({"ann"});
  Epoch({"ann"});
  deltas.Remove(kOnly, 1);
  ExpectRefused("transactions are missing from lead.journal");
}

// ---- Damage ---------------------------------------------------------------------------------------------------------

// What a restore leaves.
struct Restored {
  std::map<std::string, std::string> rows;
  std::vector<state::DueTimer> timers;
  std::optional<state::Erasure> erasure;  // of bob
  engine::PartitionPosition position;
  std::optional<engine::StoredDefinitions> definitions;
  std::vector<state::EncodedLeadKey> unwritten;
  friend bool operator==(const Restored&, const Restored&) = default;
};

class DamagedDeltasTest : public DeltaRestoreTest {
 protected:
  // Writes epochs with rows, appends, a deletion, an erasure and definitions. `is_cut`: the first of them are deleted.
  void WriteHistory(bool is_cut) {
    Epoch({"ann", "bob"});
    Epoch({"ann", "cid"});
    if (is_cut) {
      WriteState({"ann", "bob", "cid"}, 2);
      ASSERT_TRUE(deltas.DeleteBefore({{kOnly, 2}}).ok());
    }
    Epoch({"bob"});
    leads_.erase("bob");
    const state::Erasure erasure{.erased_at = Instant{7}, .last_seq = {3}};
    engine::StoredDefinitions definitions;
    definitions.text = "tenants: {acme: {tiers: [{name: all}]}}";
    definitions.number = {2};
    changelog.Append(kOnly, Key("bob"), std::nullopt);
    End({{kOnly, Key("bob"), std::nullopt}}, {{kOnly, store->ErasureHash(Key("bob")), erasure}}, definitions);
    Epoch({"ann", "cid"});
  }

  // Restores into an empty store. nullopt: the damage was noticed.
  std::optional<Restored> RestoreFrom(const testing::FakeChangelog& log) {
    deltas = log;
    LoseState();
    Outcome outcome = Restore();
    if (!outcome.ok()) {
      EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
      EXPECT_THAT(outcome.status().message(), ::testing::Not(HasSubstr("does not end")));
      return std::nullopt;
    }
    Restored restored{.erasure = *store->GetErasure(kOnly, Key("bob")),
                      .position = (*outcome)->position,
                      .definitions = (*outcome)->definitions};
    const Status visited = store->VisitLeads(
        kOnly, "", [&](std::string_view key, std::string_view row) { return restored.rows.emplace(key, row).second; });
    EXPECT_TRUE(visited.ok());
    restored.timers = *store->DueTimers(kOnly, Instant::DistantPast(), Instant::Never(), 100);
    restored.unwritten = KeysOf((*outcome)->unwritten, UnwrittenLeads::kRows, 100);
    return restored;
  }

  // Damages each byte of each record, and cuts each record at each byte.
  void Damage() {
    const testing::FakeChangelog whole = deltas;
    const std::optional<Restored> expected = RestoreFrom(whole);
    ASSERT_TRUE(expected && expected->erasure && expected->definitions);
    ASSERT_EQ(expected->rows.size(), 2u);
    const uint64_t seed = 20261128;
    workload::Random random(seed);
    size_t damaged = 0, noticed = 0;
    const auto try_bytes = [&](int64_t offset, std::string bytes, const std::string& what) {
      testing::FakeChangelog log = whole;
      log.Replace(kOnly, offset, std::move(bytes));
      const std::optional<Restored> restored = RestoreFrom(log);
      ++damaged;
      noticed += !restored;
      EXPECT_TRUE(!restored || *restored == *expected) << "record " << offset << " " << what << ", seed " << seed;
    };
    for (int64_t offset = deltas.begin(kOnly); offset < deltas.end(kOnly); ++offset) {
      const std::string bytes = *whole.At(kOnly, offset);
      for (size_t at = 0; at < bytes.size(); ++at) {
        try_bytes(offset, bytes.substr(0, at), "cut at " + std::to_string(at));
        for (const int64_t flip : {int64_t{1} << random.Between(0, 7), random.Between(1, 255)}) {
          std::string flipped = bytes;
          flipped[at] = static_cast<char>(flipped[at] ^ flip);
          try_bytes(offset, std::move(flipped), "byte " + std::to_string(at) + " by " + std::to_string(flip));
        }
        if (::testing::Test::HasFailure()) return;
      }
    }
    EXPECT_GT(noticed, damaged * 9 / 10) << "of " << damaged;
  }
};

TEST_F(DamagedDeltasTest, DamageIsNoticedOrChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(WriteHistory(false));
  Damage();
}

TEST_F(DamagedDeltasTest, DamageIsNoticedAlsoWhereTheFirstDeltasAreDeleted) {
  ASSERT_NO_FATAL_FAILURE(WriteHistory(true));
  Damage();
}

// ---- Size -----------------------------------------------------------------------------------------------------------

// One record may have a thousand appends, each of some bytes, to rows of megabytes.
TEST_F(DeltaRestoreTest, SmallDeltasOfLargeRowsAreAppliedInParts) {
  constexpr int kLeads = 40;
  std::vector<std::string> names;
  for (int i = 100; i < 100 + kLeads; ++i) {
    names.push_back("lead-" + std::to_string(i));
    for (int entry = 0; entry < 900; ++entry) {
      testing::OwnedEntry large = testing::Entry(EventType::kPageVisit, entry - 1000, "visit-" + std::to_string(entry));
      large.name = std::string(1000, 'x');
      leads_[names.back()].journal.Add(large, 1000);
    }
  }
  Epoch(names);
  Epoch(names);
  ASSERT_LT(deltas.At(kOnly, deltas.end(kOnly) - 1)->size(), 64u << 10);
  auto measured = std::make_unique<testing::MeasuredStore>(kPartitions);
  const testing::MeasuredStore& sizes = *measured;
  store = std::move(measured);
  ExpectRestored(1);
  EXPECT_GT(sizes.largest_commit(), 4u << 20);
  EXPECT_LT(sizes.largest_read(), 10u << 20);
  EXPECT_LT(sizes.largest_commit(), 10u << 20);
}

// A version without lead.journal wrote every change to lead.state.
TEST_F(DeltaRestoreTest, AnEarlierVersionsLeadStateIsWhole) {
  Epoch({"ann", "bob"});
  Epoch({"ann"});
  for (auto& [name, lead] : leads_) lead.delta_epoch = 0;
  deltas = {};
  engine::PartitionPosition position = PositionNow();
  for (const auto& [name, lead] : leads_) {
    v1::LeadRecord record;
    record.set_stored(state::EncodeLead(lead));
    changelog.Append(kOnly, Key(name), record.SerializeAsString());
    AddToDigest(Key(name), record.SerializeAsString(), &position.digest);
  }
  changelog.AppendPosition(kOnly, position);
  ExpectRestored(1);
  Epoch({"ann"});
  ExpectRestored(1);
  // Nothing was written to lead.state since.
  LoseState();
  ExpectRestored(2);
}

}  // namespace leadpulse::kafka::delta_restore_test
