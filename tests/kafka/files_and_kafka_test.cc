// The same random records and definitions through runs on files and through workers on the simulated Kafka, at the same
// instants: changes, dead letters and final leads are the same.
//
// On files the clock is the latest time of the records accepted so far; here the wall clock of the workers is set to
// it. These differences are by design and are not compared:
//  - `source` of a change and of a dead letter: a file and an offset in it, or a topic, a partition and an offset. The
//    test compares whether there is one, and which record a dead letter names.
//  - `detail` and `payload` of a dead letter: on Kafka, an event without the object around it that a file's line has.
//  - The reason of lines that are not records: each input has its own ways to be broken.
//  - The order of changes of different leads, which is not defined.
//  - Records that are too far ahead of the wall clock of only one of the two, which are replaced by broken lines.
//
// A second test moves the deployment twice to another number of partitions and another erasure secret on the way: what
// comes out is still the same.
//
// LEADPULSE_FILES_AND_KAFKA_SEEDS (12): number of seeds; LEADPULSE_FILES_AND_KAFKA_FIRST_SEED (1): the first.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "leadpulse/v1/change.pb.h"
#include "processor/telemetry/logging.h"
#include "tests/kafka/live_workload.h"
#include "tests/kafka/moved_deployment.h"
#include "tests/kafka/published.h"
#include "tests/kafka/steady_run.h"
#include "tests/property/model_comparison.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/experiment.h"

namespace leadpulse::testing {
namespace {

using workload::InputFile;
using workload::Outcome;
using workload::Phase;
using workload::Start;
using workload::Workload;

// The changes of each lead, each without the position of its record.
using Changes = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

struct Result {
  Outcome outcome;
  Changes changes;
};

void AddChange(v1::Change change, Changes* changes) {
  if (change.has_source()) change.mutable_source()->Clear();
  (*changes)[{change.tenant_id(), change.lead_id()}].push_back(change.ShortDebugString());
}

// A record, in the order in which runs read records.
struct Reading {
  size_t start = 0;  // which start of the program reads it
  const model::Record* record = nullptr;
  std::string file;
  int64_t line = 0;
};

std::vector<Reading> ReadingOrder(const std::vector<InputFile>& files, const std::vector<Start>& starts) {
  std::vector<Reading> order;
  std::vector<size_t> parts_read(files.size());
  for (size_t start = 0; start < starts.size(); ++start) {
    for (size_t i = 0; i < starts[start].files; ++i) {
      const std::vector<InputFile::Part>& parts = files[i].parts;
      for (size_t& part = parts_read[i]; part < parts.size() && parts[part].phase <= starts[start].phase; ++part) {
        for (const InputFile::Line& line : parts[part].lines) {
          order.push_back({start, line.record, files[i].name, line.number});
        }
      }
    }
  }
  return order;
}

const std::string& TimeTextOf(const model::Record& record) {
  if (const auto* event = std::get_if<model::Event>(&record.content)) return event->occurred_at;
  return std::get<model::Command>(record.content).issued_at;
}

// The events for the workers, one after the other.
struct Step {
  const Phase* phase = nullptr;  // a run under its definitions begins; null: a record is read, or time passes
  const Reading* reading = nullptr;
  std::optional<model::Millis> clock;  // that of runs on files; nullopt: no record was accepted yet
};

class Plan {
 public:
  explicit Plan(const Workload& workload)
      : workload_(workload),
        starts_(workload::PlanStarts(workload, workload::InputFiles(workload))),
        files_(workload::InputFiles(workload)),
        order_(ReadingOrder(files_, starts_)) {
    size_t next = 0;
    for (size_t i = 0; i < starts_.size(); ++i) {
      const Phase& phase = workload_.phases[starts_[i].phase];
      Enter(phase);
      for (; next < order_.size() && order_[next].start == i; ++next) Read(order_[next]);
      if (phase.until && starts_[i].is_last_of_phase) MoveTo(*phase.until);
      steps_.push_back({nullptr, nullptr, clock_});
    }
    for (Step& step : steps_) step.clock = step.clock ? step.clock : first_clock_;
  }

  // Returns the steps; empty if no record is accepted.
  const std::vector<Step>& steps() const { return steps_; }
  bool has_clock() const { return first_clock_.has_value(); }
  model::Millis first_clock() const { return first_clock_.value(); }

  // Returns records that the clocks of files and of workers would refuse for different reasons.
  std::vector<const model::Record*> RefusedDifferently() const {
    std::vector<const model::Record*> found;
    const model::Definitions* definitions = &built_in_;
    for (const Step& step : steps_) {
      if (step.phase != nullptr && !step.phase->keeps_definitions) definitions = &step.phase->definitions;
      if (step.reading == nullptr) continue;
      const model::Record& record = *step.reading->record;
      const auto on_files = model::Refusal(record, *definitions, workload::kWallClock);
      if (on_files != model::Refusal(record, *definitions, *step.clock)) found.push_back(&record);
    }
    return found;
  }

 private:
  void Enter(const Phase& phase) {
    if (!phase.keeps_definitions) definitions_ = &phase.definitions;
    steps_.push_back({&phase, nullptr, clock_});
  }
  void Read(const Reading& reading) {
    if (!model::Refusal(*reading.record, *definitions_, workload::kWallClock)) {
      MoveTo(model::TimeOf(TimeTextOf(*reading.record)));
    }
    steps_.push_back({nullptr, &reading, clock_});
  }
  void MoveTo(model::Millis time) {
    clock_ = std::max(clock_.value_or(time), time);
    if (!first_clock_) first_clock_ = clock_;
  }

  const Workload& workload_;
  const std::vector<Start> starts_;
  const std::vector<InputFile> files_;
  const std::vector<Reading> order_;
  const model::Definitions built_in_;
  const model::Definitions* definitions_ = &built_in_;
  std::optional<model::Millis> clock_;
  std::optional<model::Millis> first_clock_;
  std::vector<Step> steps_;
};

// Makes a history without kills whose records both kinds of run refuse for the same reasons.
Workload MakeComparable(uint64_t seed) {
  Workload workload = workload::MakeHistory(seed);
  const Plan plan(workload);
  if (!plan.has_clock()) return workload;
  const std::vector<const model::Record*> differing = plan.RefusedDifferently();
  for (Phase& phase : workload.phases) {
    phase.kills.clear();
    phase.is_abandoned = false;
    for (model::Record& record : phase.records) {
      if (std::ranges::count(differing, &record) == 0) continue;
      record.content = model::Broken{"too far ahead for one of the two", "malformed"};
    }
  }
  return workload;
}

Result RunFiles(const Workload& workload, const std::string& directory) {
  Result result;
  result.outcome = workload::Run(workload, workload::Binary(), directory);
  std::ifstream lines(directory + "/out/changes.jsonl");
  for (std::string line; std::getline(lines, line);) {
    v1::Change change;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &change).ok()) << line;
    AddChange(std::move(change), &result.changes);
  }
  for (auto& [key, line] : result.outcome.leads) line = SharedPartOf(line);
  return result;
}

// How often a deployment moves on the way, and what the moves met.
struct Moves {
  size_t count = 0;
  uint64_t kills = 0;  // of the command
};

class KafkaRun {
 public:
  KafkaRun(const Workload& workload, const Plan& plan, Moves* moves) : plan_(plan), moves_(*moves) {
    Add(static_cast<uint32_t>(workload.partitions));
  }

  Result Run() {
    const std::vector<Step>& steps = plan_.steps();
    for (size_t i = 0, moved = 0; i < steps.size(); ++i) {
      SetWall(Instant{*steps[i].clock});
      if (steps[i].phase != nullptr) Enter(*steps[i].phase);
      if (steps[i].reading != nullptr) Append(*steps[i].reading);
      // A rollout would be under way where a phase begins.
      const bool moves =
          moved < moves_.count && i >= (moved + 1) * steps.size() / (moves_.count + 1) && steps[i].reading != nullptr;
      Status done = moves ? Move(moved++) : Status::Ok();
      if (done.ok()) done = run().RunToRest();
      if (!done.ok()) return Failed(done.message());
    }
    return Collect();
  }

  // Returns the position of each line of a file, named as for records of topics.
  const std::map<std::pair<std::string, int64_t>, std::pair<std::string, int64_t>>& places() const { return places_; }
  bool IsBroken(const std::pair<std::string, int64_t>& line) const { return broken_.contains(line); }

 private:
  static Result Failed(const std::string& why) {
    Result result;
    result.outcome.failure = why;
    return result;
  }

  SteadyRun& run() { return *runs_.back(); }
  uint32_t partitions() { return run().cluster().options().partitions; }

  void Add(uint32_t partitions) {
    const auto partitioning = moves_.count == 0 ? kafka::InputPartitioning::kMurmur2 : kafka::InputPartitioning::kAny;
    SteadyOptions options{.partitions = partitions, .partitioning = partitioning};
    if (!runs_.empty()) options.moved_from = "leadpulse";
    runs_.push_back(std::make_unique<SteadyRun>(options, Instant{plan_.first_clock()}));
    stores_.push_back(state::MakeMemoryLeadStore(partitions, secret_));
    run().Want(definitions_);
  }

  void SetWall(Instant wall) {
    for (const auto& run : runs_) run->SetWall(wall);
  }

  // Moves the deployment, first to as many or more partitions of the same topics, where the last record is not read yet
  // or what it causes is on its way; then to fewer ones of other topics.
  Status Move(size_t number) {
    SteadyRun& from = run();
    const bool stays = number % 2 == 0;
    if (!stays) LP_RETURN_IF_ERROR(from.RunToRest());
    for (size_t round = 0; round < number + moves_.kills % 7; ++round) LP_RETURN_IF_ERROR(from.Round());
    LP_RETURN_IF_ERROR(from.Stop());
    const MovedSecret secret{secret_, std::string(state::kErasureKeyBytes, static_cast<char>('a' + number))};
    secret_ += secret.added;
    Add(stays ? partitions() + static_cast<uint32_t>(moves_.kills % 3) : std::max(1U, partitions() - 1));
    run().SetWall(from.wall());
    const MovedInputs inputs = stays ? MovedInputs::kStay : MovedInputs::kAreNew;
    LP_RETURN_IF_ERROR(MoveWithKills(&from, &run(), inputs, secret, &moves_.kills));
    run().Start(stores_.back().get());
    return Status::Ok();
  }

  void Enter(const Phase& phase) {
    if (const auto text = workload::DefinitionsFile(phase)) definitions_ = config::LoadDefinitions(*text).definitions;
    run().Want(definitions_);
    if (!std::exchange(is_started_, true)) run().Start(stores_.back().get());
  }

  void Append(const Reading& reading) {
    const auto made = MakeLiveRecord(*reading.record, kafka::InputFormat::kJson, partitions());
    const int64_t offset = run().cluster().Append(made->topic, made->partition, made->key, made->value);
    const std::string topic = made->topic == kafka::InputTopic::kEvents ? "engagement.events" : "lead.commands";
    const std::pair line{reading.file, reading.line};
    places_[line] = {topic + "/" + std::to_string(made->partition.value), offset};
    if (std::holds_alternative<model::Broken>(reading.record->content)) broken_.insert(line);
  }

  Result Collect() {
    Result result;
    // The topics of changes and dead letters stay when a deployment moves; lead.profiles is a new one.
    for (const auto& run : runs_) {
      std::string problem;
      Published published = ReadPublished(&run->cluster(), &problem);
      result.outcome.failure += problem;
      for (auto& [key, changes] : published.outcome.changes) {
        std::ranges::move(changes, std::back_inserter(result.outcome.changes[key]));
      }
      result.outcome.dead_letters.merge(published.outcome.dead_letters);
      result.outcome.leads = std::move(published.outcome.leads);
      std::ranges::stable_sort(published.changes, {}, [](const PublishedChange& one) { return one.change.seq(); });
      for (PublishedChange& one : published.changes) AddChange(std::move(one.change), &result.changes);
    }
    return result;
  }

  const Plan& plan_;
  Moves& moves_;
  std::string secret_ = state::MemoryLeadStore::UsualSecret();
  std::shared_ptr<const config::Definitions> definitions_ = config::DefaultDefinitions();
  std::vector<std::unique_ptr<state::LeadStore>> stores_;
  std::vector<std::unique_ptr<SteadyRun>> runs_;  // each the deployment before its next move; they use the stores
  bool is_started_ = false;
  std::map<std::pair<std::string, int64_t>, std::pair<std::string, int64_t>> places_;
  std::set<std::pair<std::string, int64_t>> broken_;
};

// Names the dead letters of files as the workers name theirs.
std::multiset<workload::DeadLetterLine> AsOfTopics(const std::multiset<workload::DeadLetterLine>& letters,
                                                   const KafkaRun& kafka) {
  std::multiset<workload::DeadLetterLine> renamed;
  for (const auto& [file, line, reason] : letters) {
    const auto found = kafka.places().find({file, line});
    if (found == kafka.places().end()) {
      renamed.emplace(file, line, reason);
    } else {
      renamed.emplace(found->second.first, found->second.second, kafka.IsBroken({file, line}) ? "malformed" : reason);
    }
  }
  return renamed;
}

std::string FirstDifference(const Changes& on_files, const Changes& on_kafka) {
  if (on_files == on_kafka) return "";
  for (const auto& [lead, changes] : on_files) {
    const auto found = on_kafka.find(lead);
    if (found == on_kafka.end()) return "no changes on Kafka of " + lead.second;
    for (size_t i = 0; i < std::max(changes.size(), found->second.size()); ++i) {
      const std::string file = i < changes.size() ? changes[i] : "(none)";
      const std::string topic = i < found->second.size() ? found->second[i] : "(none)";
      if (file != topic) return "files: " + file + "\nKafka: " + topic;
    }
  }
  return "no changes on files of a lead that has some on Kafka";
}

struct Counts {
  size_t changes = 0;
  size_t dead_letters = 0;
  size_t leads = 0;
  Moves moves;
};

// Returns an empty text or the first difference.
std::string Compare(uint64_t seed, Counts* counts) {
  const Workload workload = MakeComparable(seed);
  const Plan plan(workload);
  if (!plan.has_clock()) return "";
  const ScratchDirectory scratch;
  Result files = RunFiles(workload, scratch.path());
  KafkaRun kafka(workload, plan, &counts->moves);
  Result topics = kafka.Run();
  files.outcome.dead_letters = AsOfTopics(files.outcome.dead_letters, kafka);
  for (const auto& [lead, changes] : files.changes) counts->changes += changes.size();
  counts->dead_letters += files.outcome.dead_letters.size();
  counts->leads += files.outcome.leads.size();
  const workload::Mismatch mismatch = workload::CompareOutcomes(files.outcome, topics.outcome);
  if (mismatch.kind != workload::Mismatch::Kind::kNone) return "files are expected\n" + mismatch.text;
  return FirstDifference(files.changes, topics.changes);
}

// Compares some seeds. Returns what they had.
Counts CompareSeeds(Moves moves) {
  const uint64_t first = std::stoull(workload::Setting("LEADPULSE_FILES_AND_KAFKA_FIRST_SEED", "1"));
  const uint64_t count = std::stoull(workload::Setting("LEADPULSE_FILES_AND_KAFKA_SEEDS", "6"));
  std::cout << "seeds " << first << " to " << first + count - 1 << "\n";
  Counts counts{.moves = moves};
  int failures = 0;
  for (uint64_t seed = first; seed < first + count && failures < 3; ++seed) {
    const std::string difference = Compare(seed, &counts);
    if (difference.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << "; alone: LEADPULSE_FILES_AND_KAFKA_FIRST_SEED=" << seed
                  << " LEADPULSE_FILES_AND_KAFKA_SEEDS=1 build/release/tests/files_and_kafka_test\n"
                  << difference;
  }
  std::cout << counts.changes << " changes, " << counts.dead_letters << " dead letters, " << counts.leads << " leads, "
            << counts.moves.kills << " moves killed\n";
  EXPECT_GT(counts.changes, 10 * count);
  EXPECT_GT(counts.dead_letters, count / 2);
  return counts;
}

TEST(FilesAndKafkaTest, TheSameRecordsAtTheSameInstantsGiveTheSame) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  CompareSeeds({});
}

TEST(FilesAndKafkaTest, ADeploymentThatMovesToOtherPartitionsGivesTheSame) {
  ASSERT_TRUE(telemetry::SetUpLogging("off").ok());
  EXPECT_GT(CompareSeeds({.count = 2}).moves.kills, 50U);
}

}  // namespace
}  // namespace leadpulse::testing
