// A whole run on files over a store in memory.
#include "processor/files/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "config/definitions_loader.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::files::run_test {

using testing::AppendToFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::ReadWholeFile;
using ::testing::SizeIs;
using testing::WriteFile;

std::string EventLine(int lead, int number, const std::string& type, const std::string& time) {
  return R"({"event":{"tenantId":"acme","leadId":"lead-)" + std::to_string(lead) + R"(","eventId":"e)" +
         std::to_string(number) + R"(","type":")" + type + R"(","occurredAt":")" + time + "\"}}\n";
}

// Makes events of 300 leads over 50 days, with a few invalid lines.
std::string ExampleLines(int count) {
  static const char* const kTypes[] = {"OPEN", "CLICK", "SENT", "PAGE_VISIT", "BOUNCE", "UNSUBSCRIBE", "RESUBSCRIBE"};
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string time = absl::StrFormat("2026-01-%02dT%02d:00:00Z", 1 + (i * 31 / count), (i * 7) % 24);
    lines += EventLine((i * 7919) % 300, i, kTypes[(i * 31) % 7], time);
    if (i % 500 == 0) lines += "not a record " + std::to_string(i) + "\n";
  }
  return lines;
}

std::vector<std::string> SortedLines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  std::ranges::sort(lines);
  return lines;
}

// A listener that stops the run at the given point.
class Stopper : public ProgressListener {
 public:
  explicit Stopper(std::atomic<bool>* stop) : stop_(stop) {}
  void StopAt(std::string activity) { activity_ = std::move(activity); }
  void OnProgress(const Progress& progress) override {
    if (progress.activity == activity_) *stop_ = true;
  }

 private:
  std::atomic<bool>* stop_;
  std::string activity_;
};

class RunTest : public ::testing::Test {
 protected:
  // Stores definitions as another program would.
  void PutDefinitions(const engine::StoredDefinitions& definitions) {
    state::EpochWrite write;
    engine::AppendRunDefinitions(definitions, &write);
    ASSERT_TRUE(store_->Commit(write).ok());
  }

  RunTest() {
    options_.inputs = {directory_ / "a.jsonl"};
    options_.output_directory = directory_ / "out";
    options_.workers = 2;
    options_.sync = false;
  }

  Result<RunSummary> Run() { return RunOnFiles(options_, {store_.get(), &clock_, &stop_, &stopper_, -1}); }
  std::string Output(const char* name) { return ReadWholeFile(options_.output_directory + "/" + name); }
  void UseNew(const std::string& output, uint32_t partitions) {
    store_ = state::MakeMemoryLeadStore(partitions);
    options_.output_directory = directory_ / output;
  }

  testing::ScratchDirectory directory_;
  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(4);
  FixedClock clock_{*ParseRfc3339("2026-06-01T00:00:00Z")};
  std::atomic<bool> stop_{false};
  Stopper stopper_{&stop_};
  RunOptions options_;
};

TEST_F(RunTest, OutputsAndSummaryAgree) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(5'000));
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary->records, 5'010u);
  EXPECT_EQ(summary->engine.events, 5'000u);
  EXPECT_EQ(summary->TotalRejected(), 10u);
  EXPECT_EQ(summary->records, summary->engine.events + summary->engine.commands + summary->engine.duplicates +
                                  summary->engine.dropped_erased + summary->engine.dropped_folded +
                                  summary->TotalRejected());
  EXPECT_THAT(SortedLines(Output(kDeadLettersFile)), SizeIs(10));
  EXPECT_THAT(SortedLines(Output(kChangesFile)), SizeIs(summary->TotalChanges()));
  ASSERT_THAT(summary->leads->tenants, SizeIs(1));
  EXPECT_EQ(summary->leads->tenants[0].leads, 300u);
  std::string leads = Output(kLeadsFile);
  EXPECT_EQ(std::count(leads.begin(), leads.end(), '\n'), 300);
  EXPECT_FALSE(summary->stopped_at.has_value());
}

TEST_F(RunTest, WhereTheProcessEndsTheLeadsAreLeftInMemory) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(500));
  RunEnvironment environment{store_.get(), &clock_, &stop_, &stopper_, -1};
  environment.process_ends = true;
  ASSERT_TRUE(RunOnFiles(options_, environment).ok());
  const std::string leads = Output(kLeadsFile);
  store_.reset();  // nothing of the run uses it any more
  UseNew("freed", 4);
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Output(kLeadsFile), leads);
}

TEST_F(RunTest, PartitionsThreadsAndFilesDoNotMatter) {
  std::string lines = ExampleLines(6'000);
  size_t cut = lines.find('\n', lines.size() / 3) + 1;
  WriteFile(directory_ / "a.jsonl", lines);
  WriteFile(directory_ / "first.jsonl.zst", testing::Zstd(lines.substr(0, cut)));
  WriteFile(directory_ / "second.jsonl", lines.substr(cut));
  ASSERT_TRUE(Run().ok());
  std::string leads = Output(kLeadsFile);
  size_t changes = SortedLines(Output(kChangesFile)).size();
  std::string dead_letters = Output(kDeadLettersFile);

  UseNew("one", 1);
  options_.workers = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Output(kLeadsFile), leads);
  EXPECT_EQ(Output(kDeadLettersFile), dead_letters);

  UseNew("many", 13);
  options_.workers = 4;
  options_.inputs = {directory_ / "first.jsonl.zst", directory_ / "second.jsonl"};
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(Output(kLeadsFile), leads);
  EXPECT_EQ(SortedLines(Output(kChangesFile)).size(), changes);
}

TEST_F(RunTest, AgainItAddsNothingAndWhatIsNewItReads) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(1'000));
  ASSERT_TRUE(Run().ok());
  std::string changes = Output(kChangesFile);
  std::string dead_letters = Output(kDeadLettersFile);
  std::string leads = Output(kLeadsFile);
  Result<RunSummary> again = Run();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->records, 0u);
  EXPECT_EQ(Output(kChangesFile), changes);
  EXPECT_EQ(Output(kDeadLettersFile), dead_letters);
  EXPECT_EQ(Output(kLeadsFile), leads);
  AppendToFile(directory_ / "a.jsonl", EventLine(7777, 1, "OPEN", "2026-02-01T00:00:00Z"));
  Result<RunSummary> more = Run();
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->records, 1u);
  EXPECT_THAT(Output(kLeadsFile), HasSubstr("lead-7777"));
}

TEST_F(RunTest, TimeGoesOnToUntil) {
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z"));
  options_.until = ParseRfc3339("2026-01-31T00:00:00Z");
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->clock, options_.until);
  EXPECT_THAT(Output(kChangesFile), HasSubstr(R"("at":"2026-01-31T00:00:00Z","kind":"SEGMENT_LEFT")"));
  options_.until = ParseRfc3339("2026-01-02T00:00:00Z");
  EXPECT_EQ(Run()->clock, ParseRfc3339("2026-01-31T00:00:00Z"));
}

TEST_F(RunTest, TimeStaysWhereUntilBroughtItAlsoWhereNothingWasDue) {
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "SENT", "2026-01-01T00:00:00Z"));
  ASSERT_TRUE(Run().ok());
  options_.until = ParseRfc3339("2026-01-31T00:00:00Z");
  ASSERT_TRUE(Run().ok());
  options_.until.reset();
  EXPECT_EQ(Run()->clock, ParseRfc3339("2026-01-31T00:00:00Z"));
}

TEST_F(RunTest, DamagedEntriesOfTheStateAreNamed) {
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z"));
  const std::string other_text = engine::EncodeDefinitions({.text = "no: yaml"});
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"run/position", "\xff"},
                                    {"run/position", "\x18\x01"},  // a live partition's: it has no outputs
                                    {"run/definitions", "\xff"},
                                    {"run/definitions", other_text}}) {
    UseNew("out of " + std::to_string(value.size()) + name.substr(4), 2);
    ASSERT_TRUE(Run().ok());
    ASSERT_TRUE(store_->Commit({.meta = {{name, value}}}).ok());
    const Result<RunSummary> again = Run();
    ASSERT_FALSE(again.ok()) << name;
    EXPECT_EQ(again.status().kind(), ErrorKind::kFatal);
    EXPECT_THAT(again.status().message(), ::testing::AnyOf(HasSubstr("the state's entry `" + name + "` is damaged"),
                                                           HasSubstr("run once with the version that built it")));
  }
}

TEST_F(RunTest, ARolloutThatWasCutShortIsFinished) {
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z"));
  ASSERT_TRUE(Run().ok());
  // The previous text is empty: the built-in definitions.
  PutDefinitions({.previous_text = ""});
  ASSERT_TRUE(Run().ok());
  EXPECT_FALSE((*engine::ReadRunDefinitions(state::MetaOf(*store_)))->previous_text.has_value());
}

// A program of format 2 has left the same entries, as text.
TEST_F(RunTest, AStateOfFormat2GoesOnAndItsEntriesAreReplaced) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(500));
  ASSERT_TRUE(Run().ok());
  const engine::LocalPosition run = **engine::ReadRunPosition(state::MetaOf(*store_));
  const auto output = [](const engine::FileOutput& one) {
    return absl::StrFormat(" %d %016x %016x", one.length, one.hash_high, one.hash_low);
  };
  const std::string engine_version = std::to_string(engine::kEngineVersion);
  ASSERT_TRUE(store_
                  ->Commit({.meta = {{"run", "2 " + std::to_string(run.position.clock.millis) +
                                                 output(run.outputs->changes) + output(run.outputs->dead_letters)},
                                     {"definitions", "1 1 " + engine_version + " 0 0"},
                                     {"definitions/text", ""},
                                     {"definitions/previous_text", ""},
                                     {"run/position", ""},
                                     {"run/definitions", ""}}})
                  .ok());
  EXPECT_EQ((**engine::ReadRunPosition(state::MetaOf(*store_))).outputs, run.outputs);
  AppendToFile(directory_ / "a.jsonl", ExampleLines(100));
  ASSERT_TRUE(Run().ok());
  EXPECT_NE(*store_->GetMeta("run/position"), "");
  EXPECT_NE(*store_->GetMeta("run/definitions"), "");
  for (const char* name : {"run", "definitions", "definitions/text", "definitions/previous_text"}) {
    EXPECT_EQ(*store_->GetMeta(name), "") << name;
  }
}

TEST_F(RunTest, AStateOfANewerEngineIsRefusedAndNothingIsChanged) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(500));
  ASSERT_TRUE(Run().ok());
  const std::string version = std::to_string(engine::kNewestEngineVersion + 1);
  PutDefinitions({.engine_version = engine::kNewestEngineVersion + 1});
  AppendToFile(directory_ / "a.jsonl", ExampleLines(100));
  AppendToFile(options_.output_directory + "/" + kChangesFile, "what no commit holds\n");
  const std::string changes = Output(kChangesFile);
  const std::string leads = Output(kLeadsFile);
  const auto run_row = store_->GetMeta("run/position");
  const Result<RunSummary> refused = Run();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(refused.status().message(),
              HasSubstr("a later version of this program evaluated the leads (engine " + version));
  EXPECT_THAT(refused.status().message(), HasSubstr("Start that version or a later one"));
  EXPECT_EQ(Output(kChangesFile), changes);
  EXPECT_EQ(Output(kLeadsFile), leads);
  EXPECT_EQ(*store_->GetMeta("run/position"), *run_row);
}

TEST_F(RunTest, AStateOfAnOlderEngineIsReEvaluated) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(3'000));
  ASSERT_TRUE(Run().ok());
  PutDefinitions({.engine_version = engine::kEngineVersion - 1});
  EXPECT_EQ(Run()->engine.reevaluated, 300u);
  EXPECT_EQ(Run()->engine.reevaluated, 0u);
}

TEST_F(RunTest, RejectedRecordsDoNotMoveTheClock) {
  WriteFile(
      directory_ / "a.jsonl",
      EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z") + EventLine(1, 2, "NONSENSE", "2026-03-01T00:00:00Z") +
          R"({"command":{"tenantId":"acme","leadId":"lead-1","commandId":"c","issuedAt":"2026-04-01T00:00:00Z",)" +
          R"("updateProfile":{"set":{"budget":"much"}}}})" + "\n");
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->TotalRejected(), 2u);
  EXPECT_EQ(summary->clock, ParseRfc3339("2026-01-01T00:00:00Z"));
}

TEST_F(RunTest, AFileOfWhichNothingCanBeUsedIsNamed) {
  options_.inputs = {directory_ / "a.jsonl", directory_ / "b.jsonl", directory_ / "c.jsonl", directory_ / "d.jsonl"};
  WriteFile(directory_ / "a.jsonl", "[" + EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z") + ",\n{}]\n");
  WriteFile(directory_ / "b.jsonl", "email,name\nada@a.example,Ada\n");
  WriteFile(directory_ / "c.jsonl", "[\n" + EventLine(1, 2, "OPEN", "2026-01-01T00:00:00Z") + "]\n");
  WriteFile(directory_ / "d.jsonl", EventLine(1, 3, "OPEN", "2026-01-01T00:00:00Z") + "[]\n");
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->unusable, ElementsAre(HasSubstr("a.jsonl: nothing of it could be used, see the dead letters. It "
                                                       "seems to be a JSON array: "),
                                             HasSubstr("seems to be a CSV file: give it to leadpulse import")));
  EXPECT_EQ(SortedLines(Output("dead-letters.jsonl")).size(), 8u);  // nothing is lost
  summary = Run();
  EXPECT_THAT(summary->unusable, SizeIs(0));
}

TEST_F(RunTest, TooLargeKeepsItsBeginningAndItsSize) {
  std::string note(2 << 20, 'n');
  WriteFile(directory_ / "a.jsonl",
            R"({"command":{"tenantId":"acme","leadId":"l","commandId":"c","issuedAt":"2026-01-01T00:00:00Z",)" +
                (R"("addNote":{"text":")" + note + "\"}}}\n") + std::string(9 << 20, 'x') + "\n");
  ASSERT_TRUE(Run().ok());
  std::string letters = Output(kDeadLettersFile);
  EXPECT_EQ(std::count(letters.begin(), letters.end(), '\n'), 2);
  EXPECT_LT(letters.size(), 2 * (codec::kDeadLetterPrefix * 4 / 3 + 400));
  EXPECT_THAT(letters, HasSubstr("\"size\":9437184"));
  EXPECT_THAT(letters, HasSubstr(R"("reason":"too_large")"));
}

TEST_F(RunTest, OtherDefinitionsReEvaluateEveryLead) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(3'000));
  ASSERT_TRUE(Run().ok());
  std::string before = Output(kChangesFile);
  const std::string yaml =
      "tenants:\n  \"*\":\n    tiers: [{name: everyone}]\n    segments:\n"
      "      - {id: all, name: All, rule: 'opens >= 0'}\n";
  config::LoadedDefinitions loaded = config::LoadDefinitions(yaml);
  ASSERT_NE(loaded.definitions, nullptr);
  options_.definitions = loaded.definitions;
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary->engine.reevaluated, 300u);
  std::string added = Output(kChangesFile).substr(before.size());
  for (const std::string& line : SortedLines(added)) {
    EXPECT_THAT(line, HasSubstr("\"kind\":\"DEFINITIONS\",\"id\":\"" + loaded.definitions->version));
  }
  EXPECT_THAT(SortedLines(Output(kLeadsFile)).front(), HasSubstr(R"("segments":["all"])"));
  // Without definitions the state's stay in force.
  options_.definitions = nullptr;
  EXPECT_EQ(Run()->engine.reevaluated, 0u);
}

TEST_F(RunTest, AStoppedRunGoesOn) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(20'000));
  stop_ = true;
  Result<RunSummary> stopped = Run();
  ASSERT_TRUE(stopped.ok());
  EXPECT_TRUE(stopped->stopped_at.has_value());
  stop_ = false;
  Result<RunSummary> finished = Run();
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(stopped->records + finished->records, 20'040u);
}

TEST_F(RunTest, WhereItStoppedCountsALastLineWithoutLineEnd) {
  std::string second = EventLine(2, 2, "OPEN", "2026-01-01T00:00:00Z");
  second.pop_back();
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "OPEN", "2026-01-01T00:00:00Z") + second);
  stopper_.StopAt("writing leads.jsonl");
  Result<RunSummary> stopped = Run();
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped->records, 2u);
  EXPECT_EQ(stopped->stopped_at, options_.inputs[0] + ", after line 2");
}

TEST_F(RunTest, SegmentsWithoutALeadAreInTheSummary) {
  WriteFile(directory_ / "a.jsonl", EventLine(1, 1, "SENT", "2026-01-01T00:00:00Z"));
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->leads->tenants.at(0).segments,
              ElementsAre(Pair("high-value", 0), Pair("recently-opened", 0), Pair("tech-usa", 0)));
  EXPECT_THAT(summary->leads->tenants.at(0).tiers, ElementsAre(Pair("hot", 0), Pair("warm", 0), Pair("cold", 1)));
}

TEST_F(RunTest, AForeignOutputIsFoundBeforeAnythingIsMade) {
  EXPECT_TRUE(CheckOutputs(directory_ / "out", true).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  std::filesystem::create_directory(directory_ / "out");
  WriteFile(directory_ / "out/other.txt", "beside ours\n");
  EXPECT_TRUE(CheckOutputs(directory_ / "out", true).ok());
  for (const char* name : {kChangesFile, kDeadLettersFile, kLeadsFile}) {
    WriteFile(directory_ / "out/" + name, "{}\n");
    EXPECT_THAT(CheckOutputs(directory_ / "out", true).message(), HasSubstr(name));
    EXPECT_TRUE(CheckOutputs(directory_ / "out", false).ok());
    WriteFile(directory_ / "a.jsonl", "");
    EXPECT_THAT(Run().status().message(), HasSubstr(name));
    std::filesystem::remove(directory_ / "out/" + name);
  }
}

TEST_F(RunTest, AMistypedOutputOfAKnownStateIsNotMade) {
  WriteFile(directory_ / "a.jsonl", "");
  ASSERT_TRUE(Run().ok());
  options_.output_directory = directory_ / "uot";
  EXPECT_THAT(Run().status().message(), HasSubstr("changes.jsonl: is missing"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "uot"));
}

TEST_F(RunTest, AnOutputThatWentMissingIsANamedError) {
  WriteFile(directory_ / "a.jsonl", ExampleLines(100));
  ASSERT_TRUE(Run().ok());
  std::filesystem::remove(options_.output_directory + "/" + kChangesFile);
  EXPECT_THAT(Run().status().message(), HasSubstr("changes.jsonl: is missing"));
}

TEST_F(RunTest, AnEmptyInputGivesEmptyOutputs) {
  WriteFile(directory_ / "a.jsonl", "");
  Result<RunSummary> summary = Run();
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->clock.has_value());
  EXPECT_EQ(Output(kChangesFile) + Output(kDeadLettersFile) + Output(kLeadsFile), "");
  EXPECT_TRUE(std::filesystem::exists(options_.output_directory + "/" + kLeadsFile));
}

}  // namespace leadpulse::files::run_test
