// Compares the topics of a deployment with what they must be, and plans how to create and mend them. The same findings
// are printed by `leadpulse topics` and by `leadpulse doctor`. Asks no broker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/kafka/topic_table.h"

namespace leadpulse::kafka {

enum class TopicHealth : uint8_t {
  kOk,
  kUnknown,  // the brokers do not say it
  kWarning,  // a run works, but not as well or not as safely as it could
  kError,    // a run does not start, stops, or breaks a promise
};

// A setting that differs, and the value that mends it.
struct SettingChange {
  std::string name;
  std::string value;
  // The records that the brokers may delete after the change, as a clause; empty: none that they would not delete
  // anyway.
  std::string deletes;
};

struct TopicFinding {
  TopicHealth health = TopicHealth::kOk;
  std::string check;   // the name of the check, such as `lead.state compacted`
  std::string found;   // the result
  std::string advice;  // empty if no action is needed
  std::optional<SettingChange> change;
};

// A topic of the table and what the brokers say of it.
struct FoundTopic {
  NamedTopic topic;
  std::optional<TopicShape> shape;        // nullopt: it is missing
  std::optional<KafkaSettings> settings;  // nullopt: not asked for, or not told
};
using FoundTopics = std::vector<FoundTopic>;  // the first is the topic of events

// Checks the settings of a topic; it has its settings. Replication is checked by ReplicationProblem.
std::vector<TopicFinding> CheckSettings(const FoundTopic& found);
// Returns the problem of a topic's replication, such as `one replica`; empty if none. The topic has a shape.
std::string ReplicationProblem(const FoundTopic& found);
// Whether a topic with that problem refuses every record.
bool RefusesRecords(const std::string& replication_problem);

// Returns the number of partitions that the topics with leads have; nullopt if none of them is there. Rejected, with
// the numbers and what to do, if they differ.
Result<std::optional<uint32_t>> CommonPartitions(const FoundTopics& topics);

// A topic to be created.
struct TopicCreation {
  std::string name;
  uint32_t partitions = 0;
  uint32_t replicas = 0;  // 0: as the brokers' default says
  std::vector<std::pair<std::string, std::string>> settings;
};

struct CreationOptions {
  uint32_t partitions = 0;  // 0: as many as the topics that are there have
  uint32_t replicas = 0;    // 0: as the brokers' default says
  bool has_run = false;     // the deployment's own topics have had records
  // Creates a missing topic of leads although the deployment has run.
  bool accept_empty = false;
};
// Plans the topics that are missing. Rejected, with what to do: the number of partitions is missing or contradicts the
// topics that are there, or an empty topic would take the place of one that was lost.
Result<std::vector<TopicCreation>> PlanCreation(const FoundTopics& topics, const CreationOptions& options);

// Returns what is wrong with the topics: one finding for each topic that is missing, for unequal numbers of partitions
// and for each setting that differs. `create` and `alter` are the commands that mend it, for the advice.
std::vector<TopicFinding> FindDifferences(const FoundTopics& topics, const std::string& create,
                                          const std::string& alter);

}  // namespace leadpulse::kafka
