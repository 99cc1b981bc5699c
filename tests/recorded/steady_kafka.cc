// Workers on the simulated Kafka, without faults, from files and to files: for recordings (README.md).
//
//     steady_kafka make SEED FOLDER    writes the input: `definitions<N>.yaml` and `input.json`, steps of records, each
//                                      with its instant
//     steady_kafka run FOLDER          reads the input, writes the final contents of the topics to `topics.jsonl`
//     steady_kafka stop KIND FOLDER    reads two thirds of the input, then stops a worker: at `rest`; in the middle of
//                                      a restore, from `scratch` or of a state `behind` the changelog; in the middle
//                                      of a `rollout` of definitions, before the first records under them. Writes its
//                                      state to `state` and the cluster to `cluster.json`
//     steady_kafka resume FOLDER       continues from `state` and `cluster.json` to the end of the input, and writes
//                                      `topics.jsonl`
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "config/definitions_loader.h"
#include "nlohmann/json.hpp"
#include "processor/engine/partition_meta.h"
#include "processor/telemetry/logging.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/lead_reader.h"
#include "tests/kafka/live_workload.h"
#include "tests/kafka/steady_run.h"
#include "tests/support/file_content.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMostRecordsOfStep = 4;
// Some times of a workload's records are spoilt. No clock follows times this far ahead.
constexpr Millis kPlausible = std::chrono::days(150);
constexpr Millis kAfterLastRecord = std::chrono::days(60);
const std::string kErasureSecret(32, 's');

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << "steady_kafka: " << what << "\n";
  std::exit(1);
}

void Must(const Status& status) {
  if (!status.ok()) Fail(status.message());
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Fail("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }
std::string Bytes(const Json& hex) { return absl::HexStringToBytes(hex.get<std::string>()); }

// --- Input ---

// A maker of steps: records of one partition of one topic, which apply at one instant under one version of the
// definitions.
class InputMaker {
 public:
  explicit InputMaker(const LiveWorkload& workload) : workload_(workload), wall_(workload.begins) {}

  Json Make() {
    for (const LiveRecord& record : workload_.records) Add(record);
    Flush();
    steps_.push_back(StepAt(wall_ + kAfterLastRecord));
    return {{"partitions", workload_.partitions},
            {"json", workload_.format == kafka::InputFormat::kJson},
            {"trusted", workload_.partitioning == kafka::InputPartitioning::kTrusted},
            {"begins", workload_.begins.millis},
            {"steps", steps_}};
  }

 private:
  Json StepAt(Instant wall) const {
    return {{"wall", wall.millis}, {"definitions", version_}, {"records", Json::array()}};
  }

  void Add(const LiveRecord& record) {
    const bool moves = record.time && *record.time > wall_ && *record.time < workload_.begins + kPlausible;
    const bool is_full = records_.size() == kMostRecordsOfStep;
    const bool is_elsewhere = !records_.empty() && (records_.front()["topic"] != static_cast<int>(record.topic) ||
                                                    records_.front()["partition"] != record.partition.value);
    if (moves || is_full || is_elsewhere || record.definitions_version != version_) Flush();
    if (moves) wall_ = *record.time;
    version_ = record.definitions_version;
    records_.push_back({{"topic", static_cast<int>(record.topic)},
                        {"partition", record.partition.value},
                        {"key", Hex(record.key)},
                        {"value", Hex(record.value)}});
  }

  void Flush() {
    if (records_.empty()) return;
    Json step = StepAt(wall_);
    step["records"] = std::exchange(records_, {});
    steps_.push_back(std::move(step));
  }

  const LiveWorkload& workload_;
  Instant wall_;
  size_t version_ = 0;
  std::vector<Json> records_;
  std::vector<Json> steps_;
};

void MakeInput(uint64_t seed, const fs::path& folder) {
  const LiveWorkload workload = MakeLiveWorkload(seed);
  WriteFile(folder / "input.json", InputMaker(workload).Make().dump());
  for (size_t i = 0; i < workload.versions.size(); ++i) {
    WriteFile(folder / ("definitions" + std::to_string(i) + ".yaml"), workload.versions[i].loaded->text);
  }
}

// --- Runs ---

class RecordedRun {
 public:
  // Opens the run. `bounds` limit one round of a worker.
  explicit RecordedRun(const fs::path& folder, const SteadyOptions& bounds = {})
      : folder_(folder),
        input_(Json::parse(ReadFile(folder / "input.json"))),
        run_(Options(input_, bounds), Instant{input_["begins"].get<int64_t>()}) {
    Want(0);
  }

  SteadyRun& run() { return run_; }
  size_t step_count() const { return input_["steps"].size(); }
  uint32_t partitions() const { return input_["partitions"].get<uint32_t>(); }

  // Runs the steps from the next one up to `end`, which is not included.
  void RunSteps(size_t end) {
    for (; next_ < end; ++next_) {
      const Json& step = input_["steps"][next_];
      run_.SetWall(Instant{step["wall"].get<int64_t>()});
      if (step["definitions"] != version_) Want(step["definitions"].get<size_t>());
      for (const Json& record : step["records"]) {
        run_.cluster().Append(static_cast<kafka::InputTopic>(record["topic"].get<int>()),
                              PartitionId{record["partition"].get<uint32_t>()}, Bytes(record["key"]),
                              Bytes(record["value"]));
      }
      Must(run_.RunToRest());
    }
  }

  // Returns the last step before which the definitions change.
  size_t LastRollout() const {
    for (size_t step = step_count(); step-- > 1;) {
      if (input_["steps"][step]["definitions"] != input_["steps"][step - 1]["definitions"]) return step;
    }
    Fail("the definitions never change");
  }
  // Sets the definitions of the next step.
  void WantNext() { Want(input_["steps"][next_]["definitions"].get<size_t>()); }

  void WriteTopics() {
    std::string text;
    for (const std::string& line :
         DescribeTopics(&run_.cluster(), {Topic::kStatusChanges, Topic::kSegmentChanges, Topic::kLeadState,
                                          Topic::kDeadLetters, Topic::kLeadJournal, Topic::kLeadProfiles})) {
      text += line + "\n";
    }
    WriteFile(folder_ / "topics.jsonl", text);
  }

  void WriteCluster();
  void ReadCluster();

 private:
  static SteadyOptions Options(const Json& input, SteadyOptions options) {
    options.partitions = input["partitions"].get<uint32_t>();
    options.format = input["json"].get<bool>() ? kafka::InputFormat::kJson : kafka::InputFormat::kProtobuf;
    if (input["trusted"].get<bool>()) options.partitioning = kafka::InputPartitioning::kTrusted;
    options.restore_bytes = 1;
    return options;
  }

  // Makes the run want this version of the definitions. An empty text means the built-in ones.
  void Want(size_t version) {
    version_ = version;
    const std::string text = ReadFile(folder_ / ("definitions" + std::to_string(version) + ".yaml"));
    const auto definitions = text.empty() ? config::DefaultDefinitions() : config::LoadDefinitions(text).definitions;
    if (definitions == nullptr) Fail("definitions " + std::to_string(version) + " are not valid");
    run_.Want(definitions);
  }

  const fs::path folder_;
  const Json input_;
  SteadyRun run_;
  size_t next_ = 0;
  size_t version_ = 0;
};

Json DescribeEntry(const LogEntry& entry) {
  Json described = {{"fate", static_cast<int>(entry.fate)},
                    {"key", Hex(entry.message.key)},
                    {"value", nullptr},
                    {"headers", Json::array()}};
  if (entry.message.value) described["value"] = Hex(*entry.message.value);
  for (const auto& [name, value] : entry.message.headers) described["headers"].push_back({name, Hex(value)});
  return described;
}

void RecordedRun::WriteCluster() {
  Json described = {{"next", next_},
                    {"definitions", version_},
                    {"wall", run_.wall().millis},
                    {"logs", Json::array()},
                    {"offsets", Json::array()}};
  for (PartitionId p; p.value < partitions(); ++p.value) {
    const GroupOffsets::Committed committed = run_.cluster().offsets().At(p);
    described["offsets"].push_back({committed[0].value(), committed[1].value()});
    for (size_t topic = 0; topic < kTopicCount; ++topic) {
      Json entries = Json::array();
      for (const LogEntry& entry : run_.cluster().log(static_cast<Topic>(topic), p).everything()) {
        entries.push_back(DescribeEntry(entry));
      }
      described["logs"].push_back({{"topic", topic}, {"partition", p.value}, {"entries", entries}});
    }
  }
  WriteFile(folder_ / "cluster.json", described.dump());
}

void RecordedRun::ReadCluster() {
  const Json described = Json::parse(ReadFile(folder_ / "cluster.json"));
  next_ = described["next"].get<size_t>();
  run_.SetWall(Instant{described["wall"].get<int64_t>()});
  Want(described["definitions"].get<size_t>());
  for (const Json& of_log : described["logs"]) {
    PartitionLog& log = run_.cluster().log(static_cast<Topic>(of_log["topic"].get<int>()),
                                           PartitionId{of_log["partition"].get<uint32_t>()});
    for (const Json& described_entry : of_log["entries"]) {
      LogEntry entry;
      entry.offset = log.end();
      entry.fate = static_cast<LogEntry::Fate>(described_entry["fate"].get<int>());
      entry.message.key = Bytes(described_entry["key"]);
      if (!described_entry["value"].is_null()) entry.message.value = Bytes(described_entry["value"]);
      for (const Json& header : described_entry["headers"]) {
        entry.message.headers.emplace_back(header[0].get<std::string>(), Bytes(header[1]));
      }
      log.everything().push_back(std::move(entry));
    }
  }
  constexpr ProducerEpoch kEarlier{1'000'000, 0};
  std::map<PartitionId, kafka::InputOffsets> offsets;
  for (PartitionId p; p.value < partitions(); ++p.value) {
    const Json& next = described["offsets"][p.value];
    offsets[p] = kafka::InputOffsets{{next[0].get<int64_t>(), next[1].get<int64_t>()}};
  }
  GroupOffsets& group = run_.cluster().offsets();
  group.set_on_committed(nullptr);
  group.AddPending(kEarlier, offsets, 0);
  group.EndTransaction(kEarlier, true);
}

// --- States ---

std::unique_ptr<state::LeadStore> OpenState(const fs::path& directory, uint32_t partitions) {
  state::RocksDbOptions options{.directory = directory.string()};
  options.partition_count = partitions;
  options.erasure_secret = kErasureSecret;
  auto opened = state::OpenRocksDbLeadStore(options);
  Must(opened.ok() ? Status::Ok() : opened.status());
  return std::move(*opened);
}

// Whether a partition has leads of an unfinished restore: no position, or one that says it is catching up.
bool IsInRestore(const state::LeadStore& store) {
  for (PartitionId p; p.value < store.partition_count(); ++p.value) {
    size_t leads = 0;
    Must(store.VisitLeads(p, "", [&](std::string_view, std::string_view) { return ++leads < 2; }));
    const auto position = engine::ReadLocalPosition(state::MetaOf(store), p);
    Must(position.ok() ? Status::Ok() : position.status());
    if (leads >= 2 && (!position->has_value() || (*position)->catching_up)) return true;
  }
  return false;
}

void Run(const fs::path& folder) {
  RecordedRun recorded(folder);
  const auto store = state::MakeMemoryLeadStore(recorded.partitions());
  recorded.run().Start(store.get());
  recorded.RunSteps(recorded.step_count());
  Must(recorded.run().Stop());
  recorded.WriteTopics();
}

// Whether a partition has definitions in force that not all of its leads have.
bool IsInRollout(const state::LeadStore& store) {
  for (PartitionId p; p.value < store.partition_count(); ++p.value) {
    const auto kept = engine::ReadLocalDefinitions(state::MetaOf(store), p);
    Must(kept.ok() ? Status::Ok() : kept.status());
    if (kept->has_value() && (*kept)->previous_text.has_value()) return true;
  }
  return false;
}

// Applies all input up to `end` in a process of its own.
void RunOn(RecordedRun* recorded, state::LeadStore* store, size_t end) {
  recorded->run().Start(store);
  recorded->RunSteps(end);
  Must(recorded->run().Stop());
}

template <typename Condition>
void RoundsUntil(SteadyRun* run, const Condition& condition) {
  constexpr int kMostRounds = 1000;
  for (int round = 0; !condition(); ++round) {
    if (round == kMostRounds) Fail("what was waited for has not come, or has passed");
    Must(run->Round());
    Must(run->WriteOut());
  }
}

void StopInRestore(bool from_scratch, RecordedRun* recorded, state::LeadStore* store, state::LeadStore* others) {
  const size_t end = recorded->step_count() * 2 / 3;
  if (!from_scratch) RunOn(recorded, store, end / 2);
  RunOn(recorded, others, end);
  recorded->run().Start(store);
  RoundsUntil(&recorded->run(), [&] { return IsInRestore(*store); });
  Must(recorded->run().Kill());
}

void StopInRollout(RecordedRun* recorded, state::LeadStore* store) {
  constexpr uint64_t kReevaluated = 2;
  recorded->run().Start(store);
  recorded->RunSteps(recorded->LastRollout());
  recorded->WantNext();
  RoundsUntil(&recorded->run(), [&] { return IsInRollout(*store) && recorded->run().reevaluated() >= kReevaluated; });
  Must(recorded->run().Kill());
}

void StopIn(const std::string& kind, const fs::path& folder) {
  SteadyOptions bounds;
  bounds.changelog_read = kind == "rest" ? bounds.changelog_read : 3;
  bounds.leads_per_round = kind == "rollout" ? 1 : bounds.leads_per_round;
  RecordedRun recorded(folder, bounds);
  const auto others = OpenState(folder / "others", recorded.partitions());
  const auto store = OpenState(folder / "state", recorded.partitions());
  if (kind == "rest") {
    RunOn(&recorded, store.get(), recorded.step_count() * 2 / 3);
  } else if (kind == "rollout") {
    StopInRollout(&recorded, store.get());
  } else {
    StopInRestore(kind == "scratch", &recorded, store.get(), others.get());
  }
  recorded.WriteCluster();
}

void Resume(const fs::path& folder) {
  RecordedRun recorded(folder);
  recorded.ReadCluster();
  const auto store = OpenState(folder / "state", recorded.partitions());
  recorded.run().Start(store.get());
  Must(recorded.run().RunToRest());
  recorded.RunSteps(recorded.step_count());
  Must(recorded.run().Stop());
  recorded.WriteTopics();
}

}  // namespace
}  // namespace leadpulse::testing

int main(int argc, char** argv) {
  namespace testing = leadpulse::testing;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = arguments.empty() ? "" : arguments.front();
  testing::Must(leadpulse::telemetry::SetUpLogging("off"));
  if (what == "make" && arguments.size() == 3) {
    testing::MakeInput(std::stoull(arguments[1]), arguments[2]);
  } else if (what == "run" && arguments.size() == 2) {
    testing::Run(arguments[1]);
  } else if (what == "stop" && arguments.size() == 3) {
    testing::StopIn(arguments[1], arguments[2]);
  } else if (what == "resume" && arguments.size() == 2) {
    testing::Resume(arguments[1]);
  } else {
    std::cerr << "usage: steady_kafka make SEED | run | stop rest|scratch|behind|rollout | resume, then FOLDER\n";
    return 2;
  }
  return 0;
}
