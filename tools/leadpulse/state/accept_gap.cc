#include "tools/leadpulse/state/accept_gap.h"

#include <chrono>
#include <memory>
#include <optional>

#include "processor/base/clock.h"
#include "processor/kafka/gap_acceptance.h"
#include "processor/kafka/rdkafka_connection.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/settings_file.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// Brokers let a new group wait for more members for a few seconds.
constexpr std::chrono::seconds kPatience{60};

}  // namespace

int AcceptGap(const AcceptGapCommandLine& line) {
  if (Status status = telemetry::SetUpLogging({.level = "warning"}); !status.ok()) return Fail(status);
  const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
  if (!settings) return kUsage;
  const auto& topics = settings->kafka.topics;
  if (line.topic != topics.events && line.topic != topics.commands) {
    return FailUsage(Status::Rejected(line.topic + " is no input topic of this deployment: " + topics.events + " and " +
                                      topics.commands + " are"));
  }
  const kafka::NamedGap gap{line.topic == topics.events ? kafka::InputTopic::kEvents : kafka::InputTopic::kCommands,
                            PartitionId{line.partition}, line.first, line.last};
  // The ids of the process's first worker, whose rights there are; not its name in the group, which it may still have.
  kafka::ConnectionOptions options = MakeConnectionOptions(*settings, 0);
  options.instance_id.clear();
  const Result<std::unique_ptr<kafka::Connection>> connection = kafka::ConnectToKafka(options);
  if (!connection.ok()) return Fail(connection.status());
  const SystemClock clock;
  const kafka::WorkerOptions worker = MakeLiveRunOptions(*settings).worker;
  const Result<kafka::GapOutcome> outcome = kafka::AcceptGap(gap, worker, connection->get(), clock, kPatience);
  if (!outcome.ok()) return Fail(outcome.status());
  const std::string place = line.topic + " [" + std::to_string(line.partition) + "]";
  if (*outcome == kafka::GapOutcome::kAcceptedBefore) {
    return PrintResult("Nothing to do: this gap of " + place + " was accepted before.\n");
  }
  return PrintResult("Accepted: " + place + " goes on at offset " + std::to_string(line.last + 1) +
                     ". Everything else is as it was. Start the processes.\n");
}

}  // namespace leadpulse::tools
