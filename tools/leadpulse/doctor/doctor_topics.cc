#include <array>
#include <atomic>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/setting_texts.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/topic_table.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/topic_definitions.h"

namespace leadpulse::tools {
namespace {

using std::chrono::hours;

// A state older than half of it is restored from the beginning, and a consumer of lead.state misses removed leads.
constexpr Millis kLeastTombstones = hours(1);
constexpr Millis kGoodTombstones = hours(24);
// Records that arrive while no process is reading must still exist after a weekend.
constexpr Millis kGoodRetention = hours(7 * 24);
// Definitions, and the rest of their record.
constexpr int64_t kLargestDefinitions = kMaxLiveDefinitionsBytes + (64 << 10);

// Kafka's default. A batch of the producer (librdkafka's `batch.size`) and a record of 1 MiB fit into it.
constexpr int64_t kUsualLargest = 1'048'588;

using kafka::HasLeads;
using kafka::kLargestDeadLetter;
using kafka::kLargestLead;
using kafka::TopicRole;

struct Topic {
  std::string name;
  TopicRole role;
  std::optional<kafka::TopicShape> shape;
  std::optional<kafka::KafkaSettings> settings;
};

using Topics = std::vector<Topic>;  // the first is the topic of events

Topics TopicsOf(const config::Settings& settings) {
  Topics topics;
  config::TopicNames names = settings.kafka.topics;
  if (!settings.profiles.enabled) names.lead_profiles.clear();
  for (kafka::NamedTopic& topic : kafka::TopicsOfRun(names)) {
    topics.push_back({std::move(topic.name), topic.role, {}, {}});
  }
  if (settings.definitions.topic)
    topics.push_back({settings.kafka.topics.definitions, TopicRole::kDefinitions, {}, {}});
  return topics;
}

std::string HowToCreate(const Topic& topic, const Topics& topics) {
  std::string partitions = "as many partitions as " + topics[0].name;
  if (topic.role == TopicRole::kOutput || topic.role == TopicRole::kDeadLetters)
    partitions = "as many partitions as you like";
  if (topic.role == TopicRole::kDefinitions) partitions = "one partition";
  if (&topic == topics.data()) partitions = "as many partitions as threads may ever share the work";
  std::string how = "create it with " + partitions;
  const char* before = " and ";
  for (const auto& [name, value] : kafka::CreationSettings(topic.role)) {
    how += std::exchange(before, ", ") + name;
    how += "=" + value;
  }
  return how + " (`tools/kafka topics` does, on a broker for trying out)";
}

void CheckShapes(kafka::Admin* admin, Topics* topics, Findings* findings) {
  for (Topic& topic : *topics) {
    const std::string check = "topic " + topic.name;
    Result<std::optional<kafka::TopicShape>> shape = admin->DescribeTopic(topic.name);
    if (!shape.ok()) {
      findings->Add(Health::kError, check, shape.status().message(), "let the Kafka user DESCRIBE the topic");
    } else if (!shape->has_value()) {
      findings->Add(Health::kError, check, "there is no such topic", HowToCreate(topic, *topics));
    } else {
      topic.shape = *shape;
      const uint32_t count = topic.shape->partitions;
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

std::optional<uint32_t> CheckPartitions(const Topics& topics, Findings* findings) {
  std::string counts;
  std::optional<uint32_t> common;
  bool equal = true;
  for (const Topic& topic : topics) {
    if (!HasLeads(topic.role)) continue;
    if (!topic.shape.has_value()) {
      findings->Add(Health::kNotChecked, "equal partitions", topic.name + " is not to be seen");
      return std::nullopt;
    }
    if (!common.has_value()) common = topic.shape->partitions;
    equal = equal && *common == topic.shape->partitions;
    counts += (counts.empty() ? "" : ", ") + topic.name + ": " + std::to_string(topic.shape->partitions);
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

std::string Policy(const Topic& topic) {
  const auto found = topic.settings->find("cleanup.policy");
  return found == topic.settings->end() ? "unknown" : found->second;
}

void CheckCompacted(const Topic& topic, Findings* findings) {
  const std::string policy = Policy(topic);
  const std::string found = "cleanup.policy=" + policy;
  if (policy == "compact") return findings->Add(Health::kOk, topic.name + " compacted", found);
  findings->Add(
      Health::kError, topic.name + " compacted",
      found + (topic.role == TopicRole::kChangelog
                   ? ": the broker removes leads that have not changed for a while, and they"
                     " are missing after the next restore"
               : topic.role == TopicRole::kProfiles ? ": the broker removes leads that have not changed for a while"
                                                    : ": the broker removes the definitions after a while"),
      "set cleanup.policy=compact");
}

void CheckTombstones(const Topic& topic, Findings* findings) {
  const std::string check = topic.name + " keeps tombstones";
  const std::optional<Millis> kept = kafka::MillisOf(*topic.settings, "delete.retention.ms");
  if (!kept.has_value()) return findings->Add(Health::kNotChecked, check, "delete.retention.ms is not told");
  const std::string found = config::SpellPreciseDuration(*kept);
  if (*kept >= kGoodTombstones) return findings->Add(Health::kOk, check, found);
  const bool too_short = *kept < kLeastTombstones;
  findings->Add(too_short ? Health::kError : Health::kWarning, check,
                found + ": a state that was not written for half of it is rebuilt from the beginning of the topic",
                "set delete.retention.ms=86400000, a day, or more");
}

// The largest record by Role, in bytes, and the consequence of a smaller limit.
struct Largest {
  int64_t needed;
  const char* otherwise;
};
constexpr std::array<Largest, 8> kLargest = {{
    {kUsualLargest, "the topic refuses its senders records that Leadpulse takes, which are up to 1 MiB"},
    {kLargestLead, "what a mailbox passes on to a lead that begins to use it may not fit, and the run stops at it"},
    {kLargestLead, "a lead with a long journal may not fit, and the run stops at it"},
    {kLargestDefinitions, "large definitions cannot be published"},
    {kUsualLargest, "a batch of changes has up to 1,000,000 bytes, and the run stops where one does not fit"},
    {kLargestDeadLetter, "the dead letter of a record near 1 MiB does not fit, and only its first 64 KiB are kept"},
    {kLargestLead, "a lead with a long journal may not fit, and the run stops at it"},
    {kLargestLead, "a lead with large attributes may not fit, and the run stops at it"},
}};

void CheckLargest(const Topic& topic, Findings* findings) {
  const auto& [needed, otherwise] = kLargest.at(static_cast<size_t>(topic.role));
  const std::string check = topic.name + " takes large records";
  const std::optional<int64_t> largest = kafka::NumberOf(*topic.settings, "max.message.bytes");
  if (!largest.has_value()) return findings->Add(Health::kNotChecked, check, "max.message.bytes is not told");
  const std::string found = "max.message.bytes=" + std::to_string(*largest);
  if (*largest >= needed) return findings->Add(Health::kOk, check, found);
  const bool needs_most = topic.role == TopicRole::kChangelog || topic.role == TopicRole::kDefinitions ||
                          topic.role == TopicRole::kExchange || topic.role == TopicRole::kDeltas ||
                          topic.role == TopicRole::kProfiles;
  // A lost dead letter, or one that a sender cannot write, stops no process.
  const bool stops = needs_most || topic.role == TopicRole::kOutput;
  findings->Add(stops ? Health::kError : Health::kWarning, check, found + ": " + otherwise,
                "set max.message.bytes=" + std::to_string(needs_most ? kLargestLead : needed));
}

void CheckKeepsAll(const Topic& topic, Findings* findings) {
  if (Policy(topic).find("compact") == std::string::npos) return;
  const bool input =
      topic.role == TopicRole::kInput || topic.role == TopicRole::kExchange || topic.role == TopicRole::kDeltas;
  findings->Add(input ? Health::kError : Health::kWarning, topic.name + " keeps all records",
                "cleanup.policy=" + Policy(topic) + ": of the records of a lead only the last one is kept",
                "set cleanup.policy=delete");
}

void CheckRetention(const Topic& topic, Findings* findings) {
  const std::string check = topic.name + " retention";
  const std::optional<Millis> kept = kafka::MillisOf(*topic.settings, "retention.ms");
  if (!kept.has_value()) return findings->Add(Health::kNotChecked, check, "retention.ms is not told");
  if (*kept >= kGoodRetention) return findings->Add(Health::kOk, check, config::SpellPreciseDuration(*kept));
  findings->Add(
      Health::kWarning, check,
      config::SpellPreciseDuration(*kept) + ": what is not read within this time is lost, and the run then stops",
      "set retention.ms=604800000, a week, or more");
}

// Checks that the broker deletes no deltas by itself: only the run knows which of them are in lead.state.
void CheckKeptForever(const Topic& topic, Findings* findings) {
  for (const char* name : {"retention.ms", "retention.bytes"}) {
    const std::string check = topic.name + " " + name;
    const std::optional<int64_t> bound = kafka::NumberOf(*topic.settings, name);
    if (!bound.has_value()) {
      findings->Add(Health::kNotChecked, check, std::string(name) + " is not told");
    } else if (*bound == -1) {
      findings->Add(Health::kOk, check, "-1");
    } else {
      findings->Add(Health::kError, check,
                    std::to_string(*bound) +
                        ": the broker deletes changes that lead.state may not have yet, and a restore "
                        "then stops",
                    std::string("set ") + name + "=-1: the run deletes what is no longer needed");
    }
  }
}

void CheckSettings(kafka::Admin* admin, Topics* topics, Findings* findings) {
  for (Topic& topic : *topics) {
    if (!topic.shape.has_value()) continue;
    Result<kafka::KafkaSettings> settings = admin->TopicSettings(topic.name);
    if (!settings.ok()) {
      findings->Add(Health::kNotChecked, "settings of " + topic.name, settings.status().message(),
                    "let the Kafka user DESCRIBE_CONFIGS on the topic");
      continue;
    }
    topic.settings = std::move(*settings);
    const bool is_input = topic.role == TopicRole::kInput || topic.role == TopicRole::kExchange;
    const bool is_compacted = topic.role == TopicRole::kChangelog || topic.role == TopicRole::kProfiles ||
                              topic.role == TopicRole::kDefinitions;
    is_compacted ? CheckCompacted(topic, findings) : CheckKeepsAll(topic, findings);
    if (is_input) CheckRetention(topic, findings);
    if (topic.role == TopicRole::kDeltas) CheckKeptForever(topic, findings);
    if (topic.role == TopicRole::kChangelog) CheckTombstones(topic, findings);
    CheckLargest(topic, findings);
  }
}

// Returns the problem of a topic's replication; empty if none.
std::string ReplicationProblem(const Topic& topic) {
  const int64_t replicas = topic.shape->replicas;
  const std::optional<int64_t> in_sync =
      topic.settings.has_value() ? kafka::NumberOf(*topic.settings, "min.insync.replicas") : std::nullopt;
  if (in_sync.has_value() && *in_sync > replicas) {
    return "nothing can be written, for min.insync.replicas is more than the replicas";
  }
  if (replicas == 1) return "one replica";
  return in_sync == 1 ? "min.insync.replicas=1" : "";
}

void CheckReplication(const Topics& topics, Findings* findings) {
  std::map<std::string, std::string> topics_by_problem;
  bool has_seen_one = false;
  for (const Topic& topic : topics) {
    if (!topic.shape.has_value()) continue;
    has_seen_one = true;
    const std::string problem = ReplicationProblem(topic);
    if (problem.empty()) continue;
    std::string& names = topics_by_problem[problem];
    names += (names.empty() ? "" : ", ") + topic.name;
  }
  if (!has_seen_one) return findings->Add(Health::kNotChecked, "replication", "no topic is to be seen");
  if (topics_by_problem.empty())
    findings->Add(Health::kOk, "replication", "two replicas or more have all that is written");
  for (const auto& [problem, names] : topics_by_problem) {
    const bool refuses = problem.starts_with("nothing");
    findings->Add(
        refuses ? Health::kError : Health::kWarning, refuses ? "topics that take records" : "replication",
        problem + ": " + names,
        refuses
            ? "lower min.insync.replicas, or add replicas"
            : "the loss of one disk may lose what was published; three replicas and min.insync.replicas=2 outlive it");
  }
}

void CheckDefinitions(const config::Settings& settings, const Topic& topic, Findings* findings) {
  if (topic.role != TopicRole::kDefinitions || !topic.shape.has_value() || topic.shape->partitions != 1) return;
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
  Topics topics = TopicsOf(settings);
  CheckShapes(admin, &topics, findings);
  const std::optional<uint32_t> partitions = CheckPartitions(topics, findings);
  CheckSettings(admin, &topics, findings);
  CheckReplication(topics, findings);
  CheckDefinitions(settings, topics.back(), findings);
  return partitions;
}

}  // namespace leadpulse::tools
