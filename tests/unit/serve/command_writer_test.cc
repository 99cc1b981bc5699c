// Syncs of the disk: commands that wait together share one, and what can be found out again costs none.
#include "processor/serve/access/command_writer.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/serve/access_directory.h"

namespace {
std::atomic<int> g_syncs{0};
}  // namespace

// Counts syncs in place of the C library's function, for SQLite too.
extern "C" int fsync(int file) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace leadpulse::access::command_writer_test {

using Answer = Result<std::optional<SentCommand>>;

class CommandWriterTest : public ::testing::Test {
 protected:
  CommandWriterTest() { (void)Write({"first", "token:1", "contact.tags"}); }  // of an empty log

  struct Sent {
    std::string id, who = "token:1", action = {};  // empty: an update
    bool erases = false;
    std::string hash = "hash";
  };
  static SentCommand CommandOf(const Sent& sent) {
    SentCommand command{"acme", sent.id, sent.who, sent.hash, "ann", kNow};
    command.erases = sent.erases;
    command.position = RecordPosition{"/inbox/000001.jsonl", 0, 7};
    command.state = CommandState::kApplied;
    return command;
  }
  std::future<Answer> Add(const Sent& sent) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    writer_.Add(CommandOf(sent), sent.action, [promise](const Answer& earlier) { promise->set_value(earlier); });
    return promise->get_future();
  }
  Answer Write(const Sent& sent) { return Add(sent).get(); }
  // Returns how often the disk is synced meanwhile.
  template <typename Do>
  static int SyncsOf(const Do& act) {
    const int before = g_syncs;
    act();
    return g_syncs - before;
  }

  AccessDirectory files_;
  CommandLog log_{files_.database.get(), files_.audit.get()};
  CommandWriter writer_{&log_};
};

TEST_F(CommandWriterTest, ANewCommandIsOneSyncAndItsOutcomeNone) {
  EXPECT_EQ(SyncsOf([&] { EXPECT_EQ(*Write({"k", "token:1", "contact.tags"}), std::nullopt); }), 1);
  EXPECT_EQ(SyncsOf([&] { EXPECT_TRUE(Write({"k"}).ok()); }), 0);
  EXPECT_EQ((*log_.Find("acme", "token:1", "k"))->state, CommandState::kApplied);
  // Later commits are synced again.
  EXPECT_EQ(SyncsOf([&] { EXPECT_TRUE(files_.audit->Append({kNow, "kim", "acme", "a", "ann", "done"}).ok()); }), 1);
}

TEST_F(CommandWriterTest, TheOutcomeOfAnErasureIsSynced) {
  ASSERT_TRUE(Write({"k", "token:1", "contact.erase", true}).ok());
  EXPECT_EQ(SyncsOf([&] { EXPECT_TRUE(Write({"k", "token:1", "", true}).ok()); }), 1);
}

TEST_F(CommandWriterTest, FiftyCommandsAtOnceShareSyncs) {
  constexpr int kCommands = 50;
  const int syncs = SyncsOf([&] {
    std::vector<std::future<Answer>> added;
    for (int i = 0; i < kCommands; ++i) added.push_back(Add({std::to_string(i), "token:1", "contact.tags"}));
    for (auto& one : added) EXPECT_EQ(*one.get(), std::nullopt);
  });
  EXPECT_LE(syncs, kCommands * 3 / 10);
  EXPECT_EQ(files_.audit->CheckChain()->lines, 2 + kCommands);
}

TEST_F(CommandWriterTest, ACommandWaitsAMomentForThoseThatCome) {
  constexpr std::chrono::seconds kLong{20};
  CommandWriter patient(&log_, kLong);
  const auto add = [&](const std::string& id) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    patient.Add(CommandOf({id}), "contact.tags", [promise](const Answer& earlier) { promise->set_value(earlier); });
    return promise->get_future();
  };
  const int syncs = SyncsOf([&] {
    std::vector<std::future<Answer>> added;
    {
      const CommandWriter::Coming coming(&patient);
      for (const char* id : {"a", "b", "c"}) {
        added.push_back(add(id));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than it takes to begin a sync
      }
    }
    for (auto& one : added) EXPECT_EQ(*one.get(), std::nullopt);
  });
  EXPECT_EQ(syncs, 1);
  const CommandWriter::Coming never(&writer_);  // its wait is short
  EXPECT_EQ(Add({"d", "token:1", "contact.tags"}).wait_for(kLong), std::future_status::ready);
}

TEST_F(CommandWriterTest, AnOutcomeWaitsForNewCommandsThatComeToo) {
  constexpr std::chrono::seconds kLong{20};
  CommandWriter patient(&log_, kLong);
  const auto written = std::make_shared<std::promise<Answer>>();
  std::future<Answer> outcome = written->get_future();
  {
    const CommandWriter::Coming coming(&patient);
    patient.Add(CommandOf({"first"}), "", [written](const Answer& earlier) { written->set_value(earlier); });
    EXPECT_EQ(outcome.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  }
  ASSERT_EQ(outcome.wait_for(kLong), std::future_status::ready);
  EXPECT_TRUE(outcome.get().ok());
}

TEST_F(CommandWriterTest, AnIdIsOneCommandInAGroup) {
  std::vector<std::future<Answer>> added;
  for (int i = 0; i < 20; ++i) added.push_back(Add({"k", "token:1", "contact.tags", false, std::to_string(i)}));
  EXPECT_EQ(*added[0].get(), std::nullopt);
  for (size_t i = 1; i < added.size(); ++i) EXPECT_EQ((*added[i].get())->request_hash, "0");
}

TEST_F(CommandWriterTest, AStopWritesWhatWaits) {
  auto last = Add({"k", "token:1", "contact.tags"});
  writer_.Stop();
  EXPECT_EQ(*last.get(), std::nullopt);
  EXPECT_TRUE(log_.Find("acme", "token:1", "k")->has_value());
  EXPECT_EQ(Write({"later", "token:1", "contact.tags"}).status().kind(), ErrorKind::kRetriable);
}

}  // namespace leadpulse::access::command_writer_test
