#include "processor/kafka/topic_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "config/setting_texts.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::hours;
using Findings = std::vector<TopicFinding>;

// A state older than half of it is restored from the beginning, and a consumer of lead.state misses removed leads.
constexpr Millis kLeastTombstones = hours(1);
constexpr Millis kGoodTombstones = hours(24);
// Records that arrive while no process is reading must still exist after a weekend.
constexpr Millis kGoodRetention = hours(7 * 24);
// A partition of this size holds about ten million events.
constexpr int64_t kGoodRetentionBytes = int64_t{1} << 30;
// Kafka's default. A batch of the producer (librdkafka's `batch.size`) and a record of 1 MiB fit into it.
constexpr int64_t kUsualLargest = 1'048'588;

// What the brokers delete by a change of the policy.
constexpr const char* kCompactionDeletes = "compaction keeps only the last record of each key";
constexpr const char* kRetentionDeletes = "records that are older than its retention.ms go";

bool IsCompacted(TopicRole role) {
  return role == TopicRole::kChangelog || role == TopicRole::kProfiles || role == TopicRole::kDefinitions;
}

std::string Policy(const FoundTopic& found) {
  const auto policy = found.settings->find("cleanup.policy");
  return policy == found.settings->end() ? "unknown" : policy->second;
}

// Returns a finding with the change that mends it. `more`: said after the value, such as `, a week`.
TopicFinding Differs(TopicHealth health, std::string check, std::string found, SettingChange change,
                     const std::string& more = "") {
  std::string advice = "set " + change.name + "=" + change.value + more;
  return {health, std::move(check), std::move(found), std::move(advice), std::move(change)};
}

// Returns -1 where nothing says otherwise: a partition may have any size.
int64_t RetentionBytes(const FoundTopic& found) { return NumberOf(*found.settings, "retention.bytes").value_or(-1); }

TopicFinding NotTold(std::string check, const std::string& setting) {
  return {TopicHealth::kUnknown, std::move(check), setting + " is not told", "", std::nullopt};
}

TopicFinding CheckCompacted(const FoundTopic& found) {
  const std::string policy = Policy(found);
  const std::string check = found.topic.name + " compacted";
  const std::string said = "cleanup.policy=" + policy;
  if (policy == "compact") return {TopicHealth::kOk, check, said, "", std::nullopt};
  const TopicRole role = found.topic.role;
  const std::string consequence =
      role == TopicRole::kChangelog  ? ": the broker removes leads that have not changed for a while, and they"
                                       " are missing after the next restore"
      : role == TopicRole::kProfiles ? ": the broker removes leads that have not changed for a while"
                                     : ": the broker removes the definitions after a while";
  const bool compacts = policy.find("compact") != std::string::npos;
  return Differs(TopicHealth::kError, check, said + consequence,
                 {"cleanup.policy", "compact", compacts ? "" : kCompactionDeletes});
}

void CheckKeepsAll(const FoundTopic& found, Findings* findings) {
  const std::string policy = Policy(found);
  if (policy.find("compact") == std::string::npos) return;
  const TopicRole role = found.topic.role;
  const bool is_read = role == TopicRole::kInput || role == TopicRole::kExchange || role == TopicRole::kDeltas;
  const bool is_kept = NumberOf(*found.settings, "retention.ms") == -1 && RetentionBytes(found) == -1;
  const bool deletes = !is_kept && policy.find("delete") == std::string::npos;
  findings->push_back(Differs(is_read ? TopicHealth::kError : TopicHealth::kWarning,
                              found.topic.name + " keeps all records",
                              "cleanup.policy=" + policy + ": of the records of a lead only the last one is kept",
                              {"cleanup.policy", "delete", deletes ? kRetentionDeletes : ""}));
}

TopicFinding CheckTombstones(const FoundTopic& found) {
  const std::string check = found.topic.name + " keeps tombstones";
  const std::optional<Millis> kept = MillisOf(*found.settings, "delete.retention.ms");
  if (!kept.has_value()) return NotTold(check, "delete.retention.ms");
  const std::string said = config::SpellPreciseDuration(*kept);
  if (*kept >= kGoodTombstones) return {TopicHealth::kOk, check, said, "", std::nullopt};
  const bool is_state = found.topic.role == TopicRole::kChangelog;
  const std::string consequence =
      is_state ? ": a state that was not written for half of it is rebuilt from the beginning of the topic"
               : ": a consumer that was away for longer keeps leads that were erased";
  return Differs(is_state && *kept < kLeastTombstones ? TopicHealth::kError : TopicHealth::kWarning, check,
                 said + consequence, {"delete.retention.ms", std::to_string(kTombstonesKept.count()), ""},
                 ", a week, or at least a day");
}

// The largest record by TopicRole, in bytes, and the consequence of a smaller limit.
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

TopicFinding CheckLargest(const FoundTopic& found) {
  const TopicRole role = found.topic.role;
  const auto& [needed, otherwise] = kLargest.at(static_cast<size_t>(role));
  const std::string check = found.topic.name + " takes large records";
  const std::optional<int64_t> largest = NumberOf(*found.settings, "max.message.bytes");
  if (!largest.has_value()) return NotTold(check, "max.message.bytes");
  const std::string said = "max.message.bytes=" + std::to_string(*largest);
  if (*largest >= needed) return {TopicHealth::kOk, check, said, "", std::nullopt};
  const bool needs_most = IsCompacted(role) || role == TopicRole::kExchange || role == TopicRole::kDeltas;
  // A lost dead letter, or one that a sender cannot write, stops no process.
  const bool stops = needs_most || role == TopicRole::kOutput;
  return Differs(stops ? TopicHealth::kError : TopicHealth::kWarning, check, said + ": " + otherwise,
                 {"max.message.bytes", std::to_string(needs_most ? kLargestLead : needed), ""});
}

TopicFinding CheckRetention(const FoundTopic& found) {
  const std::string check = found.topic.name + " retention";
  const std::optional<Millis> kept = MillisOf(*found.settings, "retention.ms");
  if (!kept.has_value()) return NotTold(check, "retention.ms");
  const std::string said = config::SpellPreciseDuration(*kept);
  if (*kept >= kGoodRetention) return {TopicHealth::kOk, check, said, "", std::nullopt};
  return Differs(TopicHealth::kWarning, check,
                 said + ": what is not read within this time is lost, and the run then stops",
                 {"retention.ms", std::to_string(kGoodRetention.count()), ""}, ", a week, or more");
}

// Checks that the broker does not delete records before they are read because the partition has grown.
void CheckSize(const FoundTopic& found, Findings* findings) {
  const int64_t bytes = RetentionBytes(found);
  if (bytes < 0 || bytes >= kGoodRetentionBytes) return;
  findings->push_back(Differs(
      TopicHealth::kWarning, found.topic.name + " retention.bytes",
      std::to_string(bytes) + ": the oldest records of a partition that has more are lost, read or not, and the run "
                              "then stops",
      {"retention.bytes", "-1", ""}, ", or a gibibyte or more"));
}

// Checks that the broker deletes no deltas by itself: only the run knows which of them are in lead.state.
void CheckKeptForever(const FoundTopic& found, Findings* findings) {
  for (const char* name : {"retention.ms", "retention.bytes"}) {
    const std::string check = found.topic.name + " " + name;
    const std::optional<int64_t> bound = NumberOf(*found.settings, name);
    if (!bound.has_value()) {
      findings->push_back(NotTold(check, name));
    } else if (*bound == -1) {
      findings->push_back({TopicHealth::kOk, check, "-1", "", std::nullopt});
    } else {
      findings->push_back(Differs(TopicHealth::kError, check,
                                  std::to_string(*bound) +
                                      ": the broker deletes changes that lead.state may not have yet, and a restore "
                                      "then stops",
                                  {name, "-1", ""}, ": the run deletes what is no longer needed"));
    }
  }
}

bool IsOfLeadsThatRan(TopicRole role) {
  return role == TopicRole::kInput || role == TopicRole::kExchange || role == TopicRole::kChangelog ||
         role == TopicRole::kDeltas;
}

std::string NamesOf(const std::vector<TopicCreation>& topics) {
  std::string names;
  for (const TopicCreation& topic : topics) names += (names.empty() ? "" : ", ") + topic.name;
  return names;
}

}  // namespace

std::vector<TopicFinding> CheckSettings(const FoundTopic& found) {
  const TopicRole role = found.topic.role;
  Findings findings;
  IsCompacted(role) ? findings.push_back(CheckCompacted(found)) : CheckKeepsAll(found, &findings);
  if (role == TopicRole::kInput || role == TopicRole::kExchange) {
    findings.push_back(CheckRetention(found));
    CheckSize(found, &findings);
  }
  if (role == TopicRole::kDeltas) CheckKeptForever(found, &findings);
  if (role == TopicRole::kChangelog || role == TopicRole::kProfiles) findings.push_back(CheckTombstones(found));
  findings.push_back(CheckLargest(found));
  return findings;
}

std::string ReplicationProblem(const FoundTopic& found) {
  const int64_t replicas = found.shape->replicas;
  const std::optional<int64_t> in_sync =
      found.settings.has_value() ? NumberOf(*found.settings, "min.insync.replicas") : std::nullopt;
  if (in_sync.has_value() && *in_sync > replicas) {
    return "nothing can be written, for min.insync.replicas is more than the replicas";
  }
  if (replicas == 1) return "one replica";
  return in_sync == 1 ? "min.insync.replicas=1" : "";
}

bool RefusesRecords(const std::string& replication_problem) { return replication_problem.starts_with("nothing"); }

Result<std::optional<uint32_t>> CommonPartitions(const FoundTopics& topics) {
  std::optional<uint32_t> common;
  bool equal = true;
  std::string counts;
  for (const FoundTopic& found : topics) {
    if (!HasLeads(found.topic.role) || !found.shape.has_value()) continue;
    if (!common.has_value()) common = found.shape->partitions;
    equal = equal && *common == found.shape->partitions;
    counts += (counts.empty() ? "" : ", ") + found.topic.name + ": " + std::to_string(found.shape->partitions);
  }
  if (equal) return common;
  return Status::Rejected("the topics have different numbers of partitions (" + counts +
                          "), and a lead lives in one partition number of all of them. " + kAfterPartitionsWereAdded +
                          ". A topic that has never had a record may be deleted and created again");
}

Result<std::vector<TopicCreation>> PlanCreation(const FoundTopics& topics, const CreationOptions& options) {
  LP_ASSIGN_OR_RETURN(const std::optional<uint32_t> common, CommonPartitions(topics));
  if (common && options.partitions != 0 && options.partitions != *common) {
    return Status::Rejected("the topics that are there have " + std::to_string(*common) +
                            " partitions, and all need the same number: leave out --partitions");
  }
  const uint32_t partitions = common.value_or(options.partitions);
  std::vector<TopicCreation> missing, unsafe;
  for (const FoundTopic& found : topics) {
    if (found.shape.has_value()) continue;
    const bool is_definitions = found.topic.role == TopicRole::kDefinitions;
    missing.push_back(
        {found.topic.name, is_definitions ? 1 : partitions, options.replicas, CreationSettings(found.topic.role)});
    if (options.has_run && IsOfLeadsThatRan(found.topic.role)) unsafe.push_back(missing.back());
    if (partitions > 0 || is_definitions) continue;
    return Status::Rejected(
        "say with --partitions how many partitions the topics shall have: as many as threads may ever share the work, "
        "such as 32. Once there are leads, only `leadpulse repartition` changes the number");
  }
  if (unsafe.empty() || options.accept_empty) return missing;
  return Status::Rejected(
      "this deployment has run, and " + NamesOf(unsafe) +
      (unsafe.size() == 1 ? " is missing. If it has had it, restore it"
                          : " are missing. If it has had them, restore them") +
      ": an empty topic does not replace it. If a new version of the program needs it for the first time, say "
      "--accept-empty");
}

std::vector<TopicFinding> FindDifferences(const FoundTopics& topics, const std::string& create,
                                          const std::string& alter) {
  Findings differences;
  for (const FoundTopic& found : topics) {
    if (!found.shape.has_value()) {
      differences.push_back({TopicHealth::kError, found.topic.name, "there is no such topic",
                             "`" + create + "` creates it", std::nullopt});
      continue;
    }
    if (found.topic.role == TopicRole::kDefinitions && found.shape->partitions != 1) {
      differences.push_back({TopicHealth::kError, found.topic.name,
                             "partitions: " + std::to_string(found.shape->partitions) +
                                 "; definitions need one, for the last of them counts",
                             "create it again with one partition, and publish the definitions again", std::nullopt});
    }
    if (const std::string problem = ReplicationProblem(found); RefusesRecords(problem)) {
      differences.push_back(
          {TopicHealth::kError, found.topic.name, problem, "lower min.insync.replicas, or add replicas", std::nullopt});
    }
    if (!found.settings.has_value()) continue;
    for (TopicFinding& finding : CheckSettings(found)) {
      if (finding.health == TopicHealth::kOk) continue;
      if (finding.change) finding.advice += ", as `" + alter + "` does";
      differences.push_back(std::move(finding));
    }
  }
  if (const auto common = CommonPartitions(topics); !common.ok()) {
    differences.push_back({TopicHealth::kError, "partitions", common.status().message(), "", std::nullopt});
  }
  return differences;
}

}  // namespace leadpulse::kafka
