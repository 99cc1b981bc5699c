// leadpulse repartition: moves a stopped deployment of the live mode to another number of partitions, or to another
// erasure secret.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/client/rdkafka_group_lag.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/repartition.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct RepartitionCommandLine {
  std::string config;
  std::string into;
  uint32_t partitions = 0;
  bool dry_run = false;
};

constexpr uint32_t kMostPartitions = 100'000;

// Uses the ids of a process's first worker, which has the rights, but not its instance id: that may still be a member.
kafka::ConnectionOptions OptionsOf(const config::Settings& settings) {
  kafka::ConnectionOptions options = MakeConnectionOptions(settings, 0);
  options.instance_id.clear();
  return options;
}

// A folder for the rows of the former partitions, beside the new state directory. Empty at first, and removed in the
// end.
class ScratchFolder {
 public:
  explicit ScratchFolder(const config::Settings& into) : path_(into.state.directory + ".repartition") {}
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { Remove(); }

  Result<std::unique_ptr<state::LeadStore>> MakeStore(const config::Settings& from, uint32_t partitions) {
    Remove();  // what a killed command left
    LP_RETURN_IF_ERROR(CreateDirectory(path_, kPrivateDirectory));
    state::RocksDbOptions options = MakeStateOptions(from, partitions);
    options.directory = path_;
    return state::OpenRocksDbLeadStore(options);
  }

 private:
  void Remove() const {
    std::error_code ignored;  // the next store reports what it finds
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string path_;
};

// Whether nobody works on the deployment and, if its input topics are left behind, all of their records are read.
Status CheckStopped(const config::Settings& from, bool keeps_inputs) {
  const kafka::ConnectionOptions options = OptionsOf(from);
  LP_ASSIGN_OR_RETURN(const auto admin, kafka::AdministerKafka(options));
  LP_ASSIGN_OR_RETURN(const size_t members, admin->CountMembers());
  if (members > 0) {
    return Status::Rejected("the group " + options.application + " has " + std::to_string(members) +
                            (members == 1 ? " member" : " members") +
                            ". Stop all processes; one that has ended keeps its place until kafka.session_timeout is "
                            "over. Then run the command again");
  }
  if (keeps_inputs) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const auto lag, kafka::WatchGroupLag(options));
  LP_ASSIGN_OR_RETURN(const uint64_t unread, lag->Ask(/*enough=*/0));
  if (unread == 0) return Status::Ok();
  return Status::Rejected(std::to_string(unread) + " records of " + options.topics.events + " and " +
                          options.topics.commands + " are not read, and the settings of --into name other topics. " +
                          "Nothing was changed. Let the producers write to the new topics, start the deployment with "
                          "its present settings, wait until leadpulse_input_lag_records is 0, stop it, and run the "
                          "command again");
}

std::string SecretText(const kafka::RepartitionPlan& plan) {
  if (plan.added_erasure_keys == 0) return "";
  return "Erasure secret: another one. The " + std::to_string(plan.erasures) +
         " erasures get hashes under it, and none stays under the former one.\n";
}

std::string PlanText(const kafka::RepartitionPlan& plan, const config::Settings& into) {
  uint64_t leads = 0, mailboxes = 0, bytes = 0;
  std::string rows;
  for (size_t i = 0; i < plan.partitions.size(); ++i) {
    const kafka::RepartitionPlan::Partition& partition = plan.partitions[i];
    leads += partition.leads;
    mailboxes += partition.mailboxes;
    bytes += partition.bytes;
    rows += "  partition " + std::to_string(i) + ": " + std::to_string(partition.leads) + " leads, " +
            std::to_string(partition.mailboxes) + " mailboxes, " + std::to_string(partition.bytes) + " bytes\n";
  }
  return "From " + std::to_string(plan.former_partitions) + " partitions to " + std::to_string(plan.partitions.size()) +
         ": " + std::to_string(leads) + " leads, " + std::to_string(mailboxes) + " mailboxes, " +
         std::to_string(plan.erasures) + " erasures, " + std::to_string(plan.day_counts) + " rows of counts by day, " +
         std::to_string(plan.messages) + " messages between leads, " + std::to_string(bytes) + " bytes to " +
         into.kafka.topics.lead_state + "\n" + rows + SecretText(plan) +
         (plan.keeps_inputs ? "Input: the same topics, from where they were read to.\n"
                            : "Input: the new topics, from their beginning. The former ones are read to their end.\n");
}

Result<int> DryRun(const kafka::ConnectionOptions& into, uint32_t partitions) {
  LP_ASSIGN_OR_RETURN(const auto connection, kafka::ConnectToKafka(into));
  LP_ASSIGN_OR_RETURN(const uint32_t count, connection->CountPartitions());
  if (count != partitions) {
    return Status::Rejected("the new topics have " + std::to_string(count) + " partitions, not " +
                            std::to_string(partitions) + " as --to says");
  }
  return PrintResult("Nothing was written. The same command without --dry-run moves the deployment.\n");
}

Result<int> Move(const config::Settings& from, const config::Settings& into, const RepartitionCommandLine& line) {
  LP_ASSIGN_OR_RETURN(const auto from_connection, kafka::ConnectToKafka(OptionsOf(from)));
  LP_ASSIGN_OR_RETURN(const auto into_connection, kafka::ConnectToKafka(OptionsOf(into)));
  const kafka::WorkerOptions from_options = MakeLiveRunOptions(from).worker;
  const kafka::WorkerOptions into_options = MakeLiveRunOptions(into).worker;
  const SystemClock clock;
  ScratchFolder scratch(into);
  kafka::RepartitionEnvironment environment;
  environment.from = from_connection.get();
  environment.from_options = &from_options;
  environment.into = into_connection.get();
  environment.into_options = &into_options;
  environment.clock = &clock;
  environment.make_store = [&](uint32_t partitions) { return scratch.MakeStore(from, partitions); };
  environment.added_erasure_keys =
      *state::ErasureKeysAfter(kafka::ErasureSecretOf(from.state), kafka::ErasureSecretOf(into.state));
  const bool keeps_inputs = from_options.record_topics() == into_options.record_topics();
  environment.check_stopped = [&] { return CheckStopped(from, keeps_inputs); };
  kafka::Repartition repartition(environment, line.partitions);
  LP_ASSIGN_OR_RETURN(const kafka::RepartitionPlan plan, repartition.Read());
  if (const ExitCode printed = PrintResult(PlanText(plan, into)); printed != kDone) return printed;
  if (line.dry_run) return DryRun(OptionsOf(into), line.partitions);
  LP_ASSIGN_OR_RETURN(const kafka::RepartitionOutcome outcome, repartition.Write());
  const std::string& application = into.kafka.application;
  if (outcome == kafka::RepartitionOutcome::kMovedBefore) {
    return PrintResult("Nothing to do: " + application + " was moved before.\n");
  }
  return PrintResult("Moved. Start the processes with " + line.into + ", and none with " + line.config +
                     " any more: both would publish the same changes.\n");
}

Result<int> RunRepartition(const RepartitionCommandLine& line) {
  const std::optional<config::Settings> from = LoadSettingsFile(line.config);
  const std::optional<config::Settings> into = LoadSettingsFile(line.into);
  if (!from || !into) return kUsage;
  LP_RETURN_IF_ERROR(SetUpLogging(from->log));
  if (Status fits = kafka::CheckRepartition(*from, *into); !fits.ok()) return FailUsage(fits);
  return Move(*from, *into, line);
}

}  // namespace

void AddRepartitionCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [command, line] = AddSubcommand(
      program, "repartition", "On Kafka: move a stopped deployment to other partitions or another erasure secret",
      RunRepartition, subcommands);
  Add(command, "--config", &line->config, "FILE", "The settings of the deployment as it is")->required();
  Add(command, "--into", &line->into, "FILE",
      "The settings of the new one: another application, state directory, exchange, lead_state, lead_journal and "
      "lead_profiles")
      ->required();
  Add(command, "--to", &line->partitions, "N", "How many partitions the new topics have")
      ->required()
      ->check(Unnamed(CLI::Range(uint32_t{1}, kMostPartitions)));
  command->add_flag("--dry-run", line->dry_run, "Say what would be moved, and write nothing");
  command->footer(
      "Stop all processes first, and create the new topics. The former topics stay as they are. If it is killed, run\n"
      "it again. Leads keep their history, and their changes go on with the next number.\n"
      "Examples:\n"
      "  leadpulse repartition --config live.yaml --into live-6.yaml --to 6 --dry-run\n"
      "  leadpulse repartition --config live.yaml --into live-6.yaml --to 6");
}

}  // namespace leadpulse::tools
