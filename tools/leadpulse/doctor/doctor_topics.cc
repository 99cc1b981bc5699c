#include <atomic>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/topic_check.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/topic_definitions.h"

namespace leadpulse::tools {
namespace {

using kafka::FoundTopic;
using kafka::FoundTopics;
using kafka::HasLeads;
using kafka::TopicRole;

std::string HowToCreate(const FoundTopic& found, const FoundTopics& topics) {
  std::string partitions = "as many partitions as " + topics[0].topic.name;
  if (found.topic.role == TopicRole::kOutput || found.topic.role == TopicRole::kDeadLetters)
    partitions = "as many partitions as you like";
  if (found.topic.role == TopicRole::kDefinitions) partitions = "one partition";
  if (&found == topics.data()) partitions = "as many partitions as threads may ever share the work";
  std::string how = "create it with " + partitions;
  const char* before = " and ";
  for (const auto& [name, value] : kafka::CreationSettings(found.topic.role)) {
    how += std::exchange(before, ", ") + name;
    how += "=" + value;
  }
  return how + "; `leadpulse topics create --config FILE` does";
}

void CheckShapes(kafka::Admin* admin, FoundTopics* topics, Findings* findings) {
  for (FoundTopic& found_topic : *topics) {
    const kafka::NamedTopic& topic = found_topic.topic;
    const std::string check = "topic " + topic.name;
    Result<std::optional<kafka::TopicShape>> shape = admin->DescribeTopic(topic.name);
    if (!shape.ok()) {
      findings->Add(Health::kError, check, shape.status().message(), "let the Kafka user DESCRIBE the topic");
    } else if (!shape->has_value()) {
      findings->Add(Health::kError, check, "there is no such topic", HowToCreate(found_topic, *topics));
    } else {
      found_topic.shape = *shape;
      const uint32_t count = found_topic.shape->partitions;
      const std::string found = "partitions: " + std::to_string(count);
      if (topic.role == TopicRole::kDefinitions && count != 1) {
        findings->Add(Health::kError, check, found + "; definitions need one, for the last of them counts",
                      "create it again with one partition, and publish the definitions again");
      } else {
        findings->Add(Health::kOk, check, found);
      }
    }
  }
}

std::optional<uint32_t> CheckPartitions(const FoundTopics& topics, Findings* findings) {
  std::string counts;
  std::optional<uint32_t> common;
  bool equal = true;
  for (const auto& [topic, shape, settings] : topics) {
    if (!HasLeads(topic.role)) continue;
    if (!shape.has_value()) {
      findings->Add(Health::kNotChecked, "equal partitions", topic.name + " is not to be seen");
      return std::nullopt;
    }
    if (!common.has_value()) common = shape->partitions;
    equal = equal && *common == shape->partitions;
    counts += (counts.empty() ? "" : ", ") + topic.name + ": " + std::to_string(shape->partitions);
  }
  if (equal) {
    findings->Add(Health::kOk, "equal partitions", counts);
    return common;
  }
  findings->Add(Health::kError, "equal partitions", counts,
                std::string("a lead lives in one partition number of all of them. ") +
                    kafka::kAfterPartitionsWereAdded + ". A topic that has never had a record may be created again");
  return std::nullopt;
}

Health HealthOf(kafka::TopicHealth health) {
  switch (health) {
    case kafka::TopicHealth::kOk:
      return Health::kOk;
    case kafka::TopicHealth::kUnknown:
      return Health::kNotChecked;
    case kafka::TopicHealth::kWarning:
      return Health::kWarning;
    case kafka::TopicHealth::kError:
      break;
  }
  return Health::kError;
}

void CheckSettings(kafka::Admin* admin, FoundTopics* topics, Findings* findings) {
  for (FoundTopic& found : *topics) {
    if (!found.shape.has_value()) continue;
    Result<kafka::KafkaSettings> settings = admin->TopicSettings(found.topic.name);
    if (!settings.ok()) {
      findings->Add(Health::kNotChecked, "settings of " + found.topic.name, settings.status().message(),
                    "let the Kafka user DESCRIBE_CONFIGS on the topic");
      continue;
    }
    found.settings = std::move(*settings);
    for (kafka::TopicFinding& one : kafka::CheckSettings(found)) {
      if (one.change) one.advice += "; `leadpulse topics alter --config FILE` does";
      findings->Add(HealthOf(one.health), std::move(one.check), std::move(one.found), std::move(one.advice));
    }
  }
}

void CheckReplication(const FoundTopics& topics, Findings* findings) {
  std::map<std::string, std::string> topics_by_problem;
  bool has_seen_one = false;
  for (const FoundTopic& found : topics) {
    if (!found.shape.has_value()) continue;
    has_seen_one = true;
    const std::string problem = kafka::ReplicationProblem(found);
    if (problem.empty()) continue;
    std::string& names = topics_by_problem[problem];
    names += (names.empty() ? "" : ", ") + found.topic.name;
  }
  if (!has_seen_one) return findings->Add(Health::kNotChecked, "replication", "no topic is to be seen");
  if (topics_by_problem.empty())
    findings->Add(Health::kOk, "replication", "two replicas or more have all that is written");
  for (const auto& [problem, names] : topics_by_problem) {
    const bool refuses = kafka::RefusesRecords(problem);
    findings->Add(
        refuses ? Health::kError : Health::kWarning, refuses ? "topics that take records" : "replication",
        problem + ": " + names,
        refuses
            ? "lower min.insync.replicas, or add replicas"
            : "the loss of one disk may lose what was published; three replicas and min.insync.replicas=2 outlive it");
  }
}

void CheckDefinitions(const config::Settings& settings, const FoundTopic& found, Findings* findings) {
  if (found.topic.role != TopicRole::kDefinitions || !found.shape.has_value() || found.shape->partitions != 1) return;
  const std::atomic<bool> stop{false};
  const SystemClock clock;
  const auto definitions = TopicDefinitions::Read(settings, &clock, stop);
  if (definitions.ok()) {
    return findings->Add(Health::kOk, "definitions", "version " + (*definitions)->Wanted().definitions->version);
  }
  findings->Add(Health::kError, "definitions", definitions.status().message(),
                "a run does not start without definitions that can be used");
}

}  // namespace

std::optional<uint32_t> CheckTopics(const config::Settings& settings, kafka::Admin* admin, Findings* findings) {
  FoundTopics topics;
  for (kafka::NamedTopic& topic : kafka::TopicsOf(settings)) topics.push_back({std::move(topic), {}, {}});
  CheckShapes(admin, &topics, findings);
  const std::optional<uint32_t> partitions = CheckPartitions(topics, findings);
  CheckSettings(admin, &topics, findings);
  CheckReplication(topics, findings);
  CheckDefinitions(settings, topics.back(), findings);
  return partitions;
}

}  // namespace leadpulse::tools
