// The runner's handling of records and bounds. The engine's tests cover the effects of a record.
#include "processor/pipeline/partition_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::pipeline::partition_runner_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PartitionId kPartition{0};
constexpr size_t kAnyBytes = std::numeric_limits<size_t>::max();
constexpr engine::StepBounds kUnbounded{.leads = 1000, .changed_bytes = kAnyBytes};

// A sink that records its calls, as words.
class Sink : public PartitionSink {
 public:
  void OnChanges(const engine::ChangeList& more) override {
    EXPECT_FALSE(more.empty());
    changes.insert(changes.end(), more.begin(), more.end());
  }
  void OnUpdates(std::span<const engine::LeadUpdate> more) override {
    EXPECT_FALSE(more.empty());
    for (const engine::LeadUpdate& update : more) updated.push_back(update.key.lead);
  }
  bool WantsUpdates() override { return wants_updates; }
  bool WantsTouches() override { return false; }
  void OnManyChanges() override { ++batches; }
  void OnApplied(const Record& record, bool applied) override {
    ends.push_back(std::to_string(record.index) + (applied ? " applied" : " repeated"));
  }
  void OnRejected(const Record& record, const codec::Rejection& rejection) override {
    ends.push_back(std::to_string(record.index) + " " + std::string(codec::ReasonName(rejection.reason)));
  }

  std::vector<codec::Change> changes;
  std::vector<std::string> ends;
  std::vector<std::string> updated;
  bool wants_updates = false;
  int batches = 0;
};

class PartitionRunnerTest : public ::testing::Test {
 protected:
  void Add(const std::string& lead, const std::string& event_id, EventType type, int64_t clock) {
    codec::Event event;
    event.key = {"acme", lead};
    event.event_id = event_id;
    event.type = type;
    event.occurred_at = {clock};
    decoded_.push_back(std::make_unique<codec::Decoded>(event));
    AddRecord(clock);
  }
  void AddNote(const std::string& lead, const std::string& command_id) {
    codec::Command command;
    command.key = {"acme", lead};
    command.command_id = command_id;
    command.issued_at = {1000};
    command.actions = codec::AddNote{"a note"};
    decoded_.push_back(std::make_unique<codec::Decoded>(command));
    AddRecord(1000);
  }
  void AddRejected() {
    decoded_.push_back(std::make_unique<codec::Decoded>(codec::Rejection{codec::Reason::kMalformed, "no record"}));
    AddRecord(0);
  }
  void AddRecord(int64_t clock) {
    records_.push_back({.decoded = decoded_.back().get(),
                        .clock = {clock},
                        .topic = &kTopic,
                        .offset = static_cast<int64_t>(10 * records_.size()),
                        .index = records_.size()});
  }

  static inline const std::string kTopic = "a.jsonl";
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(1);
  Sink sink_;
  PartitionRunner runner_{kPartition, store_.get(), 1 << 20, {.current = config::DefaultDefinitions()}, &sink_};
  std::vector<std::unique_ptr<codec::Decoded>> decoded_;
  std::vector<Record> records_;
};

TEST_F(PartitionRunnerTest, EachRecordEndsInOneWay) {
  Add("ann", "e1", EventType::kOpen, 1000);
  AddRejected();
  Add("ann", "e1", EventType::kOpen, 1000);
  Add("bob", "e2", EventType::kClick, 2000);
  ASSERT_EQ(*runner_.Load(records_, kAnyBytes), 4u);
  ASSERT_EQ(*runner_.Apply(records_, kUnbounded), 4u);
  EXPECT_THAT(sink_.ends, ElementsAre("0 applied", "1 malformed", "2 repeated", "3 applied"));
  EXPECT_THAT(sink_.changes, IsEmpty()) << "they stay until there are many, or until they are taken";
  runner_.PassOnChanges();
  ASSERT_FALSE(sink_.changes.empty());
  EXPECT_EQ(sink_.changes.front().source, (codec::SourcePosition{kTopic, 0, 0, 0}));
  EXPECT_EQ(sink_.changes.back().source, (codec::SourcePosition{kTopic, 0, 30, 0}));
  EXPECT_EQ(runner_.counters().events, 2u);
  EXPECT_EQ(runner_.engine().leads().dirty_count(), 2u);
}

TEST_F(PartitionRunnerTest, ApplyStopsAtItsBounds) {
  for (int i = 0; i < 10; ++i) Add("lead" + std::to_string(i), "e", EventType::kOpen, 1000);
  ASSERT_TRUE(runner_.Load(records_, kAnyBytes).ok());
  EXPECT_EQ(*runner_.Apply(records_, {.changed_bytes = kAnyBytes, .changes = 1}), 1u);
  EXPECT_EQ(*runner_.Apply(std::span(records_).subspan(1), {.changed_bytes = 1}), 1u) << "at least one";
  EXPECT_EQ(*runner_.Apply(std::span(records_).subspan(2), kUnbounded), 8u);
  EXPECT_THAT(sink_.ends, SizeIs(10));
}

TEST_F(PartitionRunnerTest, LoadStopsWhereTheRowsAreMany) {
  for (int i = 0; i < 100; ++i) Add("lead" + std::to_string(i), "e", EventType::kOpen, 1000);
  ASSERT_TRUE(runner_.Load(records_, kAnyBytes).ok());
  ASSERT_EQ(*runner_.Apply(records_, kUnbounded), 100u);
  state::EpochWrite write;
  ASSERT_TRUE(runner_.engine().CollectWrites(&write).ok());
  ASSERT_TRUE(store_->Commit(write).ok());
  runner_.engine().Committed();
  PartitionRunner again(kPartition, store_.get(), 1 << 20, {.current = config::DefaultDefinitions()}, &sink_);
  const size_t loaded = *again.Load(records_, 200);
  EXPECT_GE(loaded, 1u);
  EXPECT_LT(loaded, 100u);
  AddRejected();
  EXPECT_EQ(*again.Load(std::span(records_).last(1), 1), 1u) << "a rejection needs no lead";
}

TEST_F(PartitionRunnerTest, ManyChangesLeaveInTheMiddleOfACall) {
  for (int i = 0; i < 1000; ++i) Add("lead" + std::to_string(i), "e", EventType::kOpen, 1000);
  ASSERT_TRUE(runner_.Load(records_, kAnyBytes).ok());
  ASSERT_EQ(*runner_.Apply(records_, kUnbounded), 1000u);
  EXPECT_GT(sink_.batches, 2);
  EXPECT_GT(sink_.changes.size(), 2 * engine::kChangesInCache);
  runner_.PassOnChanges();
  EXPECT_EQ(sink_.changes.size(), runner_.counters().AllChanges());
}

TEST_F(PartitionRunnerTest, UpdatesOfCommandsLeaveIfTheyAreWanted) {
  for (int i = 0; i < 1000; ++i) AddNote("lead", std::to_string(i));
  Add("other", "e", EventType::kOpen, 1000);
  ASSERT_TRUE(runner_.Load(records_, kAnyBytes).ok());
  ASSERT_EQ(*runner_.Apply(std::span(records_).first(1), kUnbounded), 1u);
  sink_.wants_updates = true;
  ASSERT_EQ(*runner_.Apply(std::span(records_).subspan(1), kUnbounded), 1000u);
  EXPECT_GT(sink_.updated.size(), 2 * engine::kChangesInCache) << "they do not accumulate";
  runner_.PassOnChanges();
  EXPECT_EQ(sink_.updated, std::vector<std::string>(999, "lead"));
}

}  // namespace leadpulse::pipeline::partition_runner_test
