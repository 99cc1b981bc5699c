// All threads of a run, over a store in memory, for the thread sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "config/definitions_loader.h"
#include "processor/files/run.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::run_threads_test {

constexpr std::chrono::seconds kNeverMet{60};  // for threads to meet, which they do at once unless there is a bug

// A store in memory whose first reads wait for each other until they come from two threads, but no longer than
// `patience`.
class MeetingStore : public testing::ForwardingStore {
 public:
  explicit MeetingStore(uint32_t partitions, std::chrono::milliseconds patience = kNeverMet)
      : ForwardingStore(partitions), patience_(patience) {}

  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    Meet();
    return ForwardingStore::MultiGet(partition, keys, max_bytes);
  }
  Status Commit(const state::EpochWrite& write) override {
    ++commits;
    return ForwardingStore::Commit(write);
  }

  size_t threads() const {
    std::lock_guard lock(mutex_);
    return threads_.size();
  }
  std::atomic<int> commits{0};

 private:
  void Meet() const {
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    met_.notify_all();
    met_.wait_for(lock, patience_, [this] { return threads_.size() >= 2; });
  }

  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  mutable std::condition_variable met_;
  mutable std::set<std::thread::id> threads_;
};

// Makes several batches of events and commands of 200 leads over 60 days.
std::string Lines(int count) {
  static const char* const kTypes[] = {"OPEN", "CLICK", "SENT", "PAGE_VISIT", "BOUNCE", "UNSUBSCRIBE"};
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const int day = i * 60 / count;
    char time[32];
    std::snprintf(time, sizeof time, "2026-%02d-%02dT%02d:00:00Z", 1 + day / 30, 1 + day % 28, i % 24);
    const std::string lead = R"("tenantId":"acme","leadId":"lead-)" + std::to_string(i * 7919 % 200) + "\"";
    if (i % 50 == 7) {
      lines += R"({"command":{)" + lead + R"(,"commandId":"c)" + std::to_string(i) + R"(","issuedAt":")" + time +
               R"(","updateProfile":{"set":{"company_size":)" + std::to_string(i % 400) + "}}}}\n";
    } else if (i % 997 == 0) {
      lines += "not a record\n";
    } else {
      lines += R"({"event":{)" + lead + R"(,"eventId":"e)" + std::to_string(i) + R"(","type":")" + kTypes[i % 6] +
               R"(","occurredAt":")" + time + "\"}}\n";
    }
  }
  return lines;
}

// Returns imports of contacts, two for each address, each followed by a click for that address and a rejected command.
std::string LinesForAddresses(int contacts) {
  std::string lines;
  const auto add = [&](int contact, const std::string& what) {
    lines += R"({"command":{"tenantId":"acme","leadId":"crm-)" + std::to_string(contact) + R"(","issuedAt":")" +
             "2026-03-01T00:00:00Z" + R"(","commandId":")" + what + "}}\n";
  };
  for (int i = 0; i < contacts; ++i) {
    const std::string address = "person" + std::to_string(i / 2) + "@example.com";
    add(i, R"(import","updateProfile":{"set":{"email":")" + address + R"("}})");
    lines += R"({"event":{"tenantId":"acme","email":")" + address + R"(","eventId":"e)" + std::to_string(i) +
             R"(","type":"CLICK","occurredAt":"2026-03-01T00:00:00Z"}})" + "\n";
    if (i % 3 == 0) add(i, R"(end","setStage":{"stage":"CONVERTED"})");
    if (i % 3 == 0) add(i, R"(late","assignAgent":{"agentId":"bob"})");
  }
  return lines;
}

std::vector<std::string> SortedLines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class RunThreadsTest : public ::testing::Test {
 protected:
  RunThreadsTest() {
    const std::string lines = Lines(12'000);
    const size_t cut = lines.find('\n', lines.size() / 2) + 1;
    testing::WriteFile(directory_ / "first.jsonl.gz", testing::Gzip(lines.substr(0, cut)));
    testing::WriteFile(directory_ / "second.jsonl.zst", testing::Zstd(lines.substr(cut)));
  }

  RunOptions Options(const std::string& output, size_t workers) const {
    RunOptions options;
    options.inputs = {directory_ / "first.jsonl.gz", directory_ / "second.jsonl.zst"};
    options.output_directory = directory_ / output;
    options.workers = workers;
    options.sync = false;
    options.until = ParseRfc3339("2026-05-01T00:00:00Z");
    return options;
  }
  Result<RunSummary> Run(const RunOptions& options, state::LeadStore* store) const {
    return RunOnFiles(options, {store, &clock_, &stop_, nullptr, -1});
  }
  std::string Output(const std::string& output, const char* name) const {
    return testing::ReadWholeFile(directory_ / output + "/" + name);
  }
  void ExpectSameOutputs(const std::string& a, const std::string& b) const {
    // A message with whole files would not help.
    EXPECT_TRUE(Output(a, kLeadsFile) == Output(b, kLeadsFile)) << "leads of " << a << " and " << b;
    EXPECT_TRUE(Output(a, kDeadLettersFile) == Output(b, kDeadLettersFile)) << "dead letters of " << a << " and " << b;
    EXPECT_TRUE(SortedLines(Output(a, kChangesFile)) == SortedLines(Output(b, kChangesFile)))
        << "changes of " << a << " and " << b;
    EXPECT_FALSE(Output(a, kChangesFile).empty());
  }

  testing::ScratchDirectory directory_;
  FixedClock clock_{*ParseRfc3339("2026-06-01T00:00:00Z")};
  std::atomic<bool> stop_{false};
};

TEST_F(RunThreadsTest, PartitionsAreWorkedOnSideBySide) {
  MeetingStore store(6);
  ASSERT_TRUE(Run(Options("four", 4), &store).ok());
  EXPECT_GE(store.threads(), 2u) << "one thread did everything";
  auto alone = state::MakeMemoryLeadStore(6);
  ASSERT_TRUE(Run(Options("one", 1), alone.get()).ok());
  ExpectSameOutputs("four", "one");
}

TEST_F(RunThreadsTest, FewRecordsWakeNoOtherThread) {
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += R"({"event":{"tenantId":"acme","leadId":"lead-)" + std::to_string(i) +
             R"(","eventId":"e","type":"OPEN",)" + R"("occurredAt":"2026-03-01T00:00:00Z"}})" + "\n";
  }
  testing::WriteFile(directory_ / "few.jsonl", lines);
  RunOptions options = Options("few", 2);
  options.inputs = {directory_ / "few.jsonl"};
  options.until.reset();
  MeetingStore store(2, std::chrono::milliseconds(200));
  ASSERT_TRUE(Run(options, &store).ok());
  EXPECT_EQ(store.threads(), 1u);
}

// Each batch is applied in several parts.
TEST_F(RunThreadsTest, RecordsThatReachOtherLeadsDoNotDependOnBatches) {
  testing::WriteFile(directory_ / "contacts.jsonl", LinesForAddresses(2'000));
  const auto run = [&](const std::string& output, uint32_t partitions, uint64_t epoch_records) {
    RunOptions options = Options(output, 2);
    options.inputs = {directory_ / "contacts.jsonl"};
    options.max_epoch_records = epoch_records;
    auto store = state::MakeMemoryLeadStore(partitions);
    const Result<RunSummary> summary = Run(options, store.get());
    ASSERT_TRUE(summary.ok()) << summary.status().message();
    EXPECT_EQ(summary->rejected[static_cast<size_t>(codec::Reason::kFinalStage)], 667u);
  };
  run("whole", 3, RunOptions().max_epoch_records);
  run("small", 1, 100);
  ExpectSameOutputs("whole", "small");
}

// Like a signal handler, but from another thread.
TEST_F(RunThreadsTest, AStopFromAnotherThreadIsHeardAndTheNextRunGoesOn) {
  MeetingStore store(4);
  std::thread stopper([&] {
    while (store.commits < 2) std::this_thread::yield();
    stop_ = true;
  });
  Result<RunSummary> stopped = Run(Options("stopped", 3), &store);
  stopper.join();
  ASSERT_TRUE(stopped.ok()) << stopped.status().message();
  stop_ = false;
  ASSERT_TRUE(Run(Options("stopped", 3), &store).ok());
  auto whole = state::MakeMemoryLeadStore(4);
  ASSERT_TRUE(Run(Options("whole", 3), whole.get()).ok());
  ExpectSameOutputs("stopped", "whole");
}

// Threads share loaded definitions, and the state of the libraries in the process.
TEST_F(RunThreadsTest, TwoRunsInOneProcessDoNotMeet) {
  const auto definitions = config::LoadDefinitions(R"(
tenants:
  "*":
    scoring: {rules: [{event: click, points: 5}]}
    tiers: [{name: clicked, at_least: 5}, {name: rest}]
)")
                               .definitions;
  ASSERT_NE(definitions, nullptr);
  MeetingStore stores[] = {MeetingStore(3), MeetingStore(3)};
  auto run = [&](size_t i) {
    RunOptions options = Options("run" + std::to_string(i), 2);
    ASSERT_TRUE(Run(options, &stores[i]).ok());
    options.definitions = definitions;  // every lead is re-evaluated
    ASSERT_TRUE(Run(options, &stores[i]).ok());
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  ExpectSameOutputs("run0", "run1");
  EXPECT_NE(Output("run0", kChangesFile).find("DEFINITIONS"), std::string::npos) << "no lead was re-evaluated";
}

}  // namespace leadpulse::files::run_threads_test
