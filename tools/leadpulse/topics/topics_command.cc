// leadpulse topics: creates the topics of a deployment on Kafka, compares them with what they must be, mends them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/topic_check.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/schema_registry.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"
#include "tools/leadpulse/topics/topic_acls.h"

namespace leadpulse::tools {
namespace {

using kafka::Doing;
using kafka::FoundTopic;
using kafka::FoundTopics;
using kafka::SettingChange;
using kafka::TopicCreation;
using kafka::TopicFinding;
using kafka::TopicRole;

constexpr uint32_t kMostPartitions = 100'000;
constexpr uint32_t kMostReplicas = 32'767;  // Kafka's
// Brokers hear of a new topic a moment after the answer to its creation.
constexpr std::chrono::seconds kKnownWithin{10};
constexpr std::chrono::milliseconds kPause{50};

// The deployment of a command and its cluster.
struct Deployment {
  std::string config;
  config::Settings settings;
  std::unique_ptr<kafka::Admin> admin;

  std::string CommandTo(const std::string& what) const { return "leadpulse topics " + what + " --config " + config; }
};

// Reads the settings. Rejected without a message: they are wrong, and that has been printed.
Result<Deployment> Open(const std::string& config) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));  // the Status reports an error once
  std::optional<config::Settings> settings = LoadSettingsFile(config);
  if (!settings) return Status::Rejected("");
  kafka::ConnectionOptions options = MakeConnectionOptions(*settings, 0);
  options.log = nullptr;
  LP_ASSIGN_OR_RETURN(auto admin, kafka::AdministerKafka(std::move(options)));
  return Deployment{config, std::move(*settings), std::move(admin)};
}

// Asks for the topics that are there.
Result<FoundTopics> LookForTopics(const Deployment& deployment) {
  FoundTopics topics;
  for (kafka::NamedTopic& topic : kafka::TopicsOf(deployment.settings)) {
    LP_ASSIGN_OR_RETURN(const auto shape, deployment.admin->DescribeTopic(topic.name));
    topics.push_back({std::move(topic), shape, std::nullopt});
  }
  return topics;
}

Status AskForSettings(kafka::Admin* admin, FoundTopic* found) {
  LP_ASSIGN_OR_RETURN(found->settings, admin->TopicSettings(found->topic.name));
  return Status::Ok();
}

Result<FoundTopics> LookAtTopics(const Deployment& deployment) {
  LP_ASSIGN_OR_RETURN(FoundTopics topics, LookForTopics(deployment));
  for (FoundTopic& found : topics) {
    if (found.shape) LP_RETURN_IF_ERROR(AskForSettings(deployment.admin.get(), &found));
  }
  return topics;
}

std::string SettingsText(const std::vector<SettingChange>& changes) {
  std::string text;
  for (const SettingChange& change : changes) text += (text.empty() ? "" : ", ") + change.name + "=" + change.value;
  return text;
}

// Returns the changes that mend the topic, which has its settings.
std::vector<SettingChange> ChangesOf(const FoundTopic& found) {
  std::vector<SettingChange> changes;
  for (TopicFinding& finding : kafka::CheckSettings(found)) {
    if (finding.change && finding.health >= kafka::TopicHealth::kWarning) changes.push_back(std::move(*finding.change));
  }
  return changes;
}

// Prints the lines so far, and then the error.
ExitCode FailAfter(const std::string& lines, const Status& status) {
  if (!lines.empty()) {
    if (const ExitCode printed = PrintResult(lines); printed != kDone) return printed;
    return Fail(status.message() + ". What is above is done; do the same again for the rest");
  }
  return Fail(status);
}

// ---- create ----

struct CreateLine {
  std::string config;
  uint32_t partitions = 0;
  uint32_t replicas = 0;
  bool accept_empty = false;
  bool dry_run = false;
};

// Whether the run of this deployment has written its own topics. Asked only if a topic is missing.
Result<bool> HasRun(const FoundTopics& topics, kafka::Admin* admin) {
  if (std::ranges::all_of(topics, [](const FoundTopic& found) { return found.shape.has_value(); })) return false;
  for (const FoundTopic& found : topics) {
    if (!found.shape || (found.topic.role != TopicRole::kChangelog && found.topic.role != TopicRole::kDeltas)) continue;
    LP_ASSIGN_OR_RETURN(const bool had, admin->HasHadRecords(found.topic.name, found.shape->partitions));
    if (had) return true;
  }
  return false;
}

std::string CreationText(const TopicCreation& topic) {
  std::string text = Counted(topic.partitions, "partition");
  if (topic.replicas > 0) text += ", " + Counted(topic.replicas, "replica");
  for (const auto& [name, value] : topic.settings) {
    text += ", " + name;
    text += "=" + value;
  }
  return text;
}

// Changes what the brokers' defaults make wrong in a new topic; returns the changes. Nothing can be lost, because it
// has just been created.
Result<std::vector<SettingChange>> MendNew(const std::string& name, const FoundTopics& topics, kafka::Admin* admin) {
  FoundTopic created = *std::ranges::find(topics, name, [](const FoundTopic& found) { return found.topic.name; });
  const auto deadline = MonotonicNow() + kKnownWithin;
  while (true) {
    LP_ASSIGN_OR_RETURN(created.shape, admin->DescribeTopic(name));
    const Status told = created.shape ? AskForSettings(admin, &created) : Status::Ok();
    if (created.settings) break;
    if (MonotonicNow() > deadline) {
      return told.ok() ? Status::Retriable("the brokers do not know the new topic " + name + " yet") : told;
    }
    std::this_thread::sleep_for(kPause);
  }
  std::vector<SettingChange> changes = ChangesOf(created);
  if (!changes.empty()) LP_RETURN_IF_ERROR(admin->ChangeSettings(name, changes, Doing::kIt));
  return changes;
}

// Creates one topic; returns what was done.
Result<std::string> CreateOne(const TopicCreation& topic, const FoundTopics& topics, Doing doing, kafka::Admin* admin) {
  LP_ASSIGN_OR_RETURN(const bool created, admin->CreateTopic(topic, doing));
  if (!created) return std::string("another process has just created it");
  if (doing == Doing::kDryRun) return "would be created: " + CreationText(topic);
  LP_ASSIGN_OR_RETURN(const std::vector<SettingChange> changes, MendNew(topic.name, topics, admin));
  return "created: " + CreationText(topic) + (changes.empty() ? "" : ", " + SettingsText(changes));
}

// Registers the schemas of the topics where a registry is set; appends a line for each.
Status CreateSchemas(const config::Settings& settings, std::string* lines) {
  const std::atomic<bool> never_stopped = false;
  LP_ASSIGN_OR_RETURN(const auto schemas, RegisterSchemas(settings.formats, settings.kafka.topics, never_stopped));
  for (const RegisteredSchema& schema : schemas) {
    *lines += schema.subject + " is registered, with the id " + std::to_string(schema.id) + "\n";
  }
  return Status::Ok();
}

Result<int> RunCreate(const CreateLine& line) {
  Result<Deployment> deployment = Open(line.config);
  if (!deployment.ok()) return FailByKind(deployment.status());
  kafka::Admin* const admin = deployment->admin.get();
  LP_ASSIGN_OR_RETURN(const FoundTopics topics, LookForTopics(*deployment));
  LP_ASSIGN_OR_RETURN(const bool has_run, HasRun(topics, admin));
  Result<std::vector<TopicCreation>> plan =
      kafka::PlanCreation(topics, {line.partitions, line.replicas, has_run, line.accept_empty});
  if (!plan.ok()) return FailUsage(plan.status());
  size_t width = 0;
  for (const FoundTopic& found : topics) width = std::max(width, DisplayWidth(found.topic.name));
  std::string lines;
  for (const FoundTopic& found : topics) {
    const auto missing = std::ranges::find(*plan, found.topic.name, &TopicCreation::name);
    std::string done = "is there already";
    if (missing != plan->end()) {
      Result<std::string> created = CreateOne(*missing, topics, line.dry_run ? Doing::kDryRun : Doing::kIt, admin);
      if (!created.ok()) return FailAfter(lines, created.status());
      done = std::move(*created);
    }
    lines += PaddedToWidth(found.topic.name, width) + "  " + done + "\n";
  }
  if (const Status made = line.dry_run ? Status::Ok() : CreateSchemas(deployment->settings, &lines); !made.ok()) {
    return FailAfter(lines, made);
  }
  if (const ExitCode printed = PrintResult(lines); printed != kDone || line.dry_run) return printed;
  // Another process may have chosen another number of partitions meanwhile.
  LP_ASSIGN_OR_RETURN(const FoundTopics now, LookForTopics(*deployment));
  LP_RETURN_IF_ERROR(kafka::CommonPartitions(now).status());
  return kDone;
}

// ---- check ----

std::string DifferenceLine(const TopicFinding& finding) {
  return DisplayableLine(finding.check + ": " + finding.found + (finding.advice.empty() ? "" : "; " + finding.advice)) +
         "\n";
}

Result<int> RunCheck(const std::string& config) {
  Result<Deployment> deployment = Open(config);
  if (!deployment.ok()) return FailByKind(deployment.status());
  LP_ASSIGN_OR_RETURN(const FoundTopics topics, LookAtTopics(*deployment));
  const std::vector<TopicFinding> differences =
      kafka::FindDifferences(topics, deployment->CommandTo("create"), deployment->CommandTo("alter"));
  if (differences.empty()) {
    return PrintResult("All " + std::to_string(topics.size()) + " topics are as they must be.\n");
  }
  std::string lines;
  for (const TopicFinding& difference : differences) lines += DifferenceLine(difference);
  const ExitCode printed = PrintResult(lines);
  return printed == kDone ? kFailed : printed;
}

// ---- alter ----

struct AlterLine {
  std::string config;
  bool accept_deletion = false;
  bool dry_run = false;
};

// Returns why a change is refused; empty if it may be made.
Result<std::string> RefusalOf(const FoundTopic& found, const SettingChange& change, const AlterLine& line,
                              kafka::Admin* admin) {
  if (change.deletes.empty() || line.accept_deletion) return std::string();
  LP_ASSIGN_OR_RETURN(const bool had, admin->HasHadRecords(found.topic.name, found.shape->partitions));
  if (!had) return std::string();
  return "not set: " + change.name + "=" + change.value + " deletes records, for " + change.deletes +
         ". If these may go, say --accept-deletion";
}

// Changes what differs in one topic. Appends a line for each change made and each refused one, and counts the refused.
Status AlterOne(const FoundTopic& found, const AlterLine& line, kafka::Admin* admin, std::string* lines,
                size_t* refused) {
  std::vector<SettingChange> changes;
  std::string refusals;
  for (SettingChange& change : ChangesOf(found)) {
    LP_ASSIGN_OR_RETURN(const std::string refusal, RefusalOf(found, change, line, admin));
    if (refusal.empty()) {
      changes.push_back(std::move(change));
      continue;
    }
    refusals += found.topic.name + ": " + refusal + "\n";
    ++*refused;
  }
  if (!changes.empty()) {
    LP_RETURN_IF_ERROR(admin->ChangeSettings(found.topic.name, changes, line.dry_run ? Doing::kDryRun : Doing::kIt));
    *lines += found.topic.name + (line.dry_run ? ": would set " : ": set ") + SettingsText(changes) + "\n";
  }
  *lines += refusals;
  return Status::Ok();
}

Result<int> RunAlter(const AlterLine& line) {
  Result<Deployment> deployment = Open(line.config);
  if (!deployment.ok()) return FailByKind(deployment.status());
  LP_ASSIGN_OR_RETURN(const FoundTopics topics, LookAtTopics(*deployment));
  std::string lines;
  size_t refused = 0;
  for (const FoundTopic& found : topics) {
    if (!found.settings) continue;
    const Status status = AlterOne(found, line, deployment->admin.get(), &lines, &refused);
    if (!status.ok()) return FailAfter(lines, status);
  }
  // What no setting mends.
  size_t left = refused;
  for (const TopicFinding& one : kafka::FindDifferences(topics, deployment->CommandTo("create"), "")) {
    if (one.change) continue;
    lines += DifferenceLine(one);
    ++left;
  }
  if (lines.empty()) lines = "Nothing to do: all settings are as they must be.\n";
  const ExitCode printed = PrintResult(lines);
  return printed == kDone && left > 0 ? kFailed : printed;
}

// ---- acl ----

struct AclLine {
  std::string config;
  TopicUsers users{"", "User:PRODUCER", "User:CONSUMER", "User:OPERATOR"};
};

Result<int> RunAcl(const AclLine& line) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));
  const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
  if (!settings) return kUsage;
  TopicUsers users = line.users;
  const config::SecuritySettings& security = settings->kafka.security;
  if (users.run.empty()) users.run = !security.sasl.username.empty() ? "User:" + security.sasl.username : "User:RUN";
  return PrintResult(AclLines(*settings, users));
}

void AddSettings(CLI::App* command, std::string* config) {
  Add(command, "--config", config, "FILE", "The settings of the deployment")->required();
}

void AddAcl(CLI::App* topics, std::vector<Subcommand>* subcommands) {
  auto [acl, line] =
      AddSubcommand(topics, "acl", "Print lines of kafka-acls.sh that give each user its rights", RunAcl, subcommands);
  AddSettings(acl, &line->config);
  Add(acl, "--run", &line->users.run, "USER", "The run's Kafka user [User: and kafka.security.sasl.username]");
  Add(acl, "--producer", &line->users.producer, "USER", "Who sends events and commands")->capture_default_str();
  Add(acl, "--consumer", &line->users.consumer, "USER", "Who reads changes and leads")->capture_default_str();
  Add(acl, "--operator", &line->users.operators, "USER", "Who types `leadpulse topics`")->capture_default_str();
}

}  // namespace

void AddTopicsCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  CLI::App* topics = program->add_subcommand("topics", "Create, compare and mend the topics of a deployment on Kafka");
  topics->require_subcommand(1);
  topics->footer(
      "Examples:\n"
      "  leadpulse topics create --config live.yaml --partitions 32 --dry-run\n"
      "  leadpulse topics check --config live.yaml\n\n"
      "Exit codes of check and alter: 0, all is as it must be; 1, something is not.");

  auto [create, created] = AddSubcommand(
      topics, "create", "Create the topics that are missing, and register their schemas", RunCreate, subcommands);
  AddSettings(create, &created->config);
  Add(create, "--partitions", &created->partitions, "N",
      "For a new deployment: of each topic; `leadpulse repartition` changes it later")
      ->check(Unnamed(CLI::Range(1U, kMostPartitions)));
  Add(create, "--replication", &created->replicas, "N", "Copies of each partition [the brokers' default]")
      ->check(Unnamed(CLI::Range(1U, kMostReplicas)));
  create->add_flag("--accept-empty", created->accept_empty,
                   "Create also a topic of leads that is missing although the deployment has run");
  create->add_flag("--dry-run", created->dry_run, "Ask the brokers whether they would do it, and change nothing");

  auto [check, config] = AddSubcommand(topics, "check", "Print a line for each difference from what the topics must be",
                                       RunCheck, subcommands);
  AddSettings(check, config.get());

  auto [alter, altered] = AddSubcommand(topics, "alter", "Change the settings that differ", RunAlter, subcommands);
  AddSettings(alter, &altered->config);
  alter->add_flag("--accept-deletion", altered->accept_deletion,
                  "Make also changes after which brokers delete records");
  alter->add_flag("--dry-run", altered->dry_run, "Ask the brokers whether they would do it, and change nothing");

  AddAcl(topics, subcommands);
}

}  // namespace leadpulse::tools
