#include "tests/kafka/live_topics.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/escaping.h"
#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "tests/kafka/read_record.h"

namespace leadpulse::testing {
namespace {

// In the order of Topic.
constexpr const char* kTopics[] = {"engagement.events",    "lead.commands", "lead.status-changes",
                                   "lead.segment-changes", "lead.state",    "lead.dead-letters",
                                   "lead.exchange",        "lead.journal",  "lead.profiles"};

template <typename Message>
bool ToProtobuf(std::string* value) {
  Message message;
  if (!google::protobuf::util::JsonStringToMessage(*value, &message).ok()) return false;
  *value = message.SerializeAsString();
  return true;
}

class Reader {
 public:
  explicit Reader(uint32_t partitions) {
    topics_.partitions = partitions;
    for (size_t topic = 0; topic < kTopicCount; ++topic) {
      for (uint32_t p = 0; p < partitions; ++p) topics_.logs[{static_cast<Topic>(topic), PartitionId{p}}];
    }
  }

  LiveTopics Take() { return std::move(topics_); }

  // Returns an empty text, or the error.
  std::string Read(const std::string& line) {
    const model::Json one = model::Parse(line);
    const auto name = one.at("topic").get<std::string>();
    const auto* topic = std::find(std::begin(kTopics), std::end(kTopics), name);
    if (topic == std::end(kTopics)) return "unknown topic " + name;
    const LogId log{static_cast<Topic>(topic - kTopics), PartitionId{one.at("partition").get<uint32_t>()}};
    if (log.partition.value >= topics_.partitions) return "unknown partition of " + name;
    LogEntry entry;
    entry.offset = one.at("offset").get<int64_t>();
    entry.message.key = absl::HexStringToBytes(one.at("key").get<std::string>());
    if (!one.at("value").is_null()) entry.message.value = absl::HexStringToBytes(one.at("value").get<std::string>());
    for (const model::Json& header : one.at("headers")) {
      entry.message.headers.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
    }
    topics_.written[{log, entry.offset}] = Instant{one.at("written").get<int64_t>()};
    if (log.topic == Topic::kEvents || log.topic == Topic::kCommands) AddRecord(log, entry);
    if (!Decode(log.topic, &entry)) return name + " offset " + std::to_string(entry.offset) + " cannot be read";
    topics_.logs[log].everything().push_back(std::move(entry));
    return "";
  }

 private:
  void AddRecord(const LogId& log, const LogEntry& entry) {
    LiveRecord& record = topics_.records[{log, entry.offset}];
    record.topic = static_cast<kafka::InputTopic>(log.topic);
    record.partition = log.partition;
    record.key = entry.message.key;
    record.record = ReadRecord(entry.message.value.value_or(""));
  }

  static bool Decode(Topic topic, LogEntry* entry) {
    if (!entry->message.value || entry->message.value->substr(0, 1) != "{") return true;
    if (topic == Topic::kStatusChanges || topic == Topic::kSegmentChanges) {
      return ToProtobuf<v1::Change>(&*entry->message.value);
    }
    return topic != Topic::kDeadLetters || ToProtobuf<v1::DeadLetter>(&*entry->message.value);
  }

  LiveTopics topics_;
};

}  // namespace

const LiveRecord* LiveTopics::RecordAt(const LogId& log, int64_t offset) const {
  const auto found = records.find({log, offset});
  return found == records.end() ? nullptr : &found->second;
}

LiveTopics ReadLiveTopics(std::istream* lines, uint32_t partitions, std::string* problem) {
  Reader reader(partitions);
  for (std::string line; std::getline(*lines, line);) {
    const std::string wrong = reader.Read(line);
    if (!wrong.empty()) *problem += wrong + "\n";
  }
  return reader.Take();
}

}  // namespace leadpulse::testing
