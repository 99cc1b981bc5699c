#include "tests/kafka/live_workload.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <variant>

#include "config/definitions_loader.h"
#include "leadpulse/v1/command.pb.h"
#include "leadpulse/v1/event.pb.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/engine/partitioner.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/random.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::testing {
namespace {

using kafka::InputFormat;
using kafka::InputPartitioning;
using kafka::InputTopic;
using workload::Random;

// Changes the seed, so that topics draw other numbers than records do.
constexpr uint64_t kTopicsSeed = 0x746f70696373;
constexpr uint64_t kTrustSeed = 0x7472757374;
constexpr uint64_t kHandOnSeed = 0x68616e644f6e;
constexpr uint64_t kSizesSeed = 0x73697a6573;

struct Names {
  std::string tenant;
  std::string lead;
  std::string time;
};

Names NamesOf(const model::Record& record) {
  if (const auto* event = std::get_if<model::Event>(&record.content)) {
    return {event->tenant, model::LeadIdOf(event->lead, event->email), event->occurred_at};
  }
  const auto& command = std::get<model::Command>(record.content);
  return {command.tenant, model::LeadIdOf(command.lead, command.email), command.issued_at};
}

// Whether Protobuf shows all numbers in it as they are spelled.
bool HasOnlyDoubles(const model::Json& json) {
  if (model::NumberOf(json)) {
    const std::string spelling = model::Render(json);
    return SpellNumber(std::strtod(spelling.c_str(), nullptr)) == spelling;
  }
  return !json.is_structured() || std::all_of(json.begin(), json.end(), HasOnlyDoubles);
}

// Returns nullopt if Protobuf cannot express it.
template <typename Message>
std::optional<std::string> ProtobufOf(const std::string& json) {
  Message message;
  if (!google::protobuf::util::JsonStringToMessage(json, &message).ok()) return std::nullopt;
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  // Maps get an order that depends only on the seed.
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

std::optional<std::string> ValueOf(const model::Record& record, InputFormat format) {
  const bool is_json = format == InputFormat::kJson;
  // Not a record in either format, whatever the workload's line was.
  if (std::holds_alternative<model::Broken>(record.content)) return is_json ? "nonsense" : "\xff\xff";
  const model::Json line = model::Parse(workload::RecordLine(record));
  const std::string json = model::Render(line.begin().value());
  if (is_json) return json;
  if (!HasOnlyDoubles(line)) return std::nullopt;
  const bool is_event = std::holds_alternative<model::Event>(record.content);
  return is_event ? ProtobufOf<v1::EngagementEvent>(json) : ProtobufOf<v1::LeadCommand>(json);
}

// Returns the partition that a producer's own partitioner chooses: always the same for a lead, seldom that of Kafka's
// partitioner.
PartitionId TrustedPartitionOf(const std::string& key, uint32_t partitions) {
  uint32_t sum = 1;
  for (const char c : key) sum += static_cast<unsigned char>(c);
  return PartitionId{sum % partitions};
}

void Place(Random& random, PartitionId elsewhere, const LiveWorkload& live, LiveRecord* record) {
  const PartitionId of_key = record->partition;
  if (live.partitioning == InputPartitioning::kTrusted) {
    record->partition = TrustedPartitionOf(record->key, live.partitions);
    record->is_elsewhere = record->partition != of_key;
    return;
  }
  if (random.Chance(live.foreign_percent)) record->partition = elsewhere;
  record->is_misplaced = record->partition != of_key;
}

// Adds records that are larger than the bound of a dead letter's payload, or have keys that are.
void Enlarge(Random& sizes, LiveRecord* record) {
  record->value += std::string(static_cast<size_t>(sizes.Below(3000)), '!');
  if (sizes.Chance(30)) record->key = std::string(static_cast<size_t>(sizes.Between(1, 1500)), 'k');
}

std::optional<LiveRecord> MakeLive(Random& random, Random& sizes, model::Record record, const LiveWorkload& live) {
  std::optional<LiveRecord> made = MakeLiveRecord(std::move(record), live.format, live.partitions);
  if (!made) return std::nullopt;
  const PartitionId any{static_cast<uint32_t>(random.Below(live.partitions))};
  if (std::holds_alternative<model::Broken>(made->record.content)) {
    made->partition = any;
    Enlarge(sizes, &*made);
    if (random.Chance(50)) made->topic = InputTopic::kCommands;
  } else {
    Place(random, any, live, &*made);
  }
  return made;
}

// Erases some leads more often than a workload does: what an erasure leaves behind shows much later.
std::vector<model::Record> WithErasures(Random& random, std::vector<model::Record> records) {
  std::vector<model::Record> all;
  for (model::Record& record : records) {
    const auto* event = std::get_if<model::Event>(&record.content);
    if (event != nullptr && random.Chance(6)) {
      model::Command erase{.tenant = event->tenant, .lead = event->lead, .email = event->email};
      erase.id = "erase-" + event->id;
      erase.issued_at = event->occurred_at;
      erase.actions = model::Erase{};
      all.push_back({erase, record.spelling});
    }
    all.push_back(std::move(record));
  }
  return all;
}

DefinitionsVersion LoadVersion(const workload::Phase& phase, const std::string& text) {
  const config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  LP_ASSERT(loaded.definitions != nullptr);
  return {phase.definitions, loaded.definitions};
}

}  // namespace

void MaybeHandOn(uint64_t seed, LiveWorkload* live) {
  Random random(seed ^ kHandOnSeed);
  if (live->partitioning == InputPartitioning::kTrusted || random.Chance(50)) return;
  live->partitioning = InputPartitioning::kAny;
  live->foreign_percent = random.Chance(30) ? 100 : static_cast<int>(random.Between(2, 90));
}

void PlaceLikeOthers(const LiveWorkload& live, LiveRecord* record) {
  const PartitionId of_key = record->partition;
  record->partition = TrustedPartitionOf(record->key, live.partitions);
  record->is_misplaced = record->partition != of_key;
}

std::optional<LiveRecord> MakeLiveRecord(model::Record record, InputFormat format, uint32_t partitions) {
  std::optional<std::string> value = ValueOf(record, format);
  if (!value) return std::nullopt;
  LiveRecord made;
  made.value = std::move(*value);
  if (auto* broken = std::get_if<model::Broken>(&record.content)) {
    broken->reason = "malformed";
  } else {
    if (std::holds_alternative<model::Command>(record.content)) made.topic = InputTopic::kCommands;
    const Names names = NamesOf(record);
    const LeadKey key{names.tenant, names.lead};
    made.key = EncodeLeadKey(key);
    made.partition = engine::PartitionOf(key, partitions);
    if (const auto time = model::ReadRfc3339(names.time)) made.time = Instant{*time};
  }
  made.record = std::move(record);
  return made;
}

LiveWorkload MakeLiveWorkload(uint64_t seed, bool shares_addresses) {
  Random random(seed ^ kTopicsSeed);
  Random sizes(seed ^ kSizesSeed);
  LiveWorkload live;
  live.partitions = static_cast<uint32_t>(random.Between(1, 5));
  live.shares_addresses = shares_addresses;
  if (random.Chance(50)) live.format = InputFormat::kJson;
  // Drawn from other random numbers, so that the records of the other seeds stay the same.
  if (!shares_addresses && Random(seed ^ kTrustSeed).Chance(20)) live.partitioning = InputPartitioning::kTrusted;
  MaybeHandOn(seed, &live);
  const bool erases_often = random.Chance(50);
  for (workload::Phase& phase : workload::MakeHistory(seed, shares_addresses).phases) {
    if (erases_often) phase.records = WithErasures(random, std::move(phase.records));
    if (const auto text = workload::DefinitionsFile(phase)) live.versions.push_back(LoadVersion(phase, *text));
    // The first phase may have no definitions file, although there is no state yet.
    if (live.versions.empty())
      live.versions.push_back(LoadVersion(phase, workload::DefinitionsYaml(phase.definitions)));
    for (model::Record& record : phase.records) {
      auto made = MakeLive(random, sizes, std::move(record), live);
      if (!made) continue;
      made->definitions_version = live.versions.size() - 1;
      live.records.push_back(std::move(*made));
    }
  }
  std::vector<Instant> times;
  for (const LiveRecord& record : live.records) {
    if (record.time) times.push_back(*record.time);
  }
  // Times may be spoilt, so this takes one that most others come after.
  std::sort(times.begin(), times.end());
  if (!times.empty()) live.begins = times[times.size() / 10];
  return live;
}

}  // namespace leadpulse::testing
