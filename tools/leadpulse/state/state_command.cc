// leadpulse state check, repair, compact, rotate-secret, backup, restore, accept-gap: maintains a state.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/gap_acceptance.h"
#include "processor/maintenance/secret_rotation.h"
#include "processor/maintenance/state_backup.h"
#include "processor/maintenance/state_examination.h"
#include "processor/maintenance/state_repair.h"
#include "processor/telemetry/logging.h"
#include "state/rocksdb/rocksdb_compaction.h"
#include "state/store/state_rows.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state/state_report.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct AcceptGapCommandLine {
  std::string config;
  std::string topic;
  uint32_t partition = 0;
  int64_t first = 0;
  int64_t last = 0;
};

// Brokers let a new group wait for more members for a few seconds.
constexpr std::chrono::seconds kTimeout{60};

Result<int> AcceptGap(const AcceptGapCommandLine& line) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("warning"));
  const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
  if (!settings) return kUsage;
  const kafka::WorkerOptions worker = MakeLiveRunOptions(*settings).worker;
  const auto& topics = worker.input_topics.values;
  const auto topic = std::ranges::find(topics, line.topic);
  if (topic == topics.end()) {
    return FailUsage(line.topic + " is no input topic of this deployment: " + topics[0] + ", " + topics[1] + " and " +
                     topics[2] + " are");
  }
  const kafka::NamedGap gap{static_cast<kafka::InputTopic>(topic - topics.begin()), PartitionId{line.partition},
                            line.first, line.last};
  // Uses the ids of the process's first worker, which has the rights, but not its instance id: that may still be a
  // member.
  kafka::ConnectionOptions options = MakeConnectionOptions(*settings, 0);
  options.instance_id.clear();
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<kafka::Connection> connection, kafka::ConnectToKafka(options));
  const SystemClock clock;
  LP_ASSIGN_OR_RETURN(const auto outcome, kafka::AcceptGap(gap, worker, connection.get(), clock, kTimeout));
  const std::string place = line.topic + " [" + std::to_string(line.partition) + "]";
  if (outcome == kafka::GapOutcome::kAcceptedBefore) {
    return PrintResult("Nothing to do: this gap of " + place + " was accepted before.\n");
  }
  return PrintResult("Accepted: " + place + " goes on at offset " + std::to_string(line.last + 1) +
                     ". Everything else is as it was. Start the processes.\n");
}

using maintenance::ProblemKind;
using maintenance::StateProblem;

struct CheckCommandLine {
  std::string state;
  std::string format = "text";
};

struct RepairCommandLine {
  std::string state;
  maintenance::RepairOptions options;
  bool accept_lost_commits = false;
};

struct BackupCommandLine {
  maintenance::BackupOptions options;
  int64_t timeout_seconds = 60;
};

struct RestoreCommandLine {
  maintenance::RestoreOptions options;
  bool no_check = false;
};

void WarnOfDamagedLog(const std::string& warning) { PrintError("warning: " + warning); }

Result<int> CheckUnopened(const std::string& state, const Status& why, StateReport* report) {
  Status printed = report->Add(
      {ProblemKind::kCannotBeOpened, maintenance::Remedy::kRestore, "the whole", "cannot be opened: " + why.message()});
  for (const state::ReadFault& fault : state::CheckTableFiles(state)) {
    if (!printed.ok()) break;
    printed = report->Add(
        {ProblemKind::kDamagedFile, maintenance::Remedy::kRestore, fault.subject, "is damaged: " + fault.what});
  }
  return printed.ok() ? report->End(std::nullopt) : Fail(printed);
}

// Reports a manifest that does not fit the rows, because a restore needs one that does.
Status AddWrongManifest(const std::string& backup, const state::StateRows& rows, StateReport* report) {
  const Status status = maintenance::CheckManifest(backup, rows);
  if (status.ok()) return Status::Ok();
  return report->Add({ProblemKind::kDamagedFile, maintenance::Remedy::kRestore, "the whole",
                      "cannot be restored: " + status.message()});
}

Result<int> Check(const CheckCommandLine& line) {
  const bool backup = maintenance::IsBackup(line.state);
  StateReport report(line.state, backup, line.format == "json");
  Result<std::unique_ptr<state::StateRows>> rows = state::OpenStateRows(line.state, state::StateAccess::kRead);
  if (!rows.ok() && rows.status().kind() == ErrorKind::kFatal) return CheckUnopened(line.state, rows.status(), &report);
  if (!rows.ok()) return Fail(rows.status());
  if (backup) LP_RETURN_IF_ERROR(AddWrongManifest(line.state, **rows, &report));
  Result<maintenance::StateFacts> facts =
      maintenance::ExamineState(**rows, [&](const StateProblem& problem) { return report.Add(problem); });
  return facts.ok() ? report.End(*facts) : Fail(facts.status());
}

std::string RepairText(const RepairCommandLine& line, const maintenance::RepairReport& report) {
  std::string text;
  for (size_t i = 0; i < report.mended.size(); ++i) {
    if (report.mended[i] == 0) continue;
    text +=
        "  " + std::to_string(report.mended[i]) + " " + maintenance::ProblemName(static_cast<ProblemKind>(i)) + "\n";
  }
  text = text.empty() ? "Nothing was mended.\n" : "Mended:\n" + text;
  if (report.quarantined > 0) {
    text += "The rows set aside are now in " + line.options.quarantine_file +
            " and no longer in the state. A lead set " +
            "aside is unknown from now on: its score, segments and history are gone, nothing says so in " +
            "changes.jsonl, and its next record makes a new lead that counts from 1 again.\n";
  }
  const auto count = [&report](ProblemKind kind) { return report.mended[static_cast<size_t>(kind)]; };
  if (count(ProblemKind::kWrongView) + count(ProblemKind::kUnknownDefinitions) > 0) {
    text += "The leads to evaluate again are due: the next run publishes what differs, with the cause TIME.\n";
  }
  if (report.left == 0) return text + "The state is sound now.\n";
  return text + std::to_string(report.left) + " problems are left, named above; `leadpulse state check --state " +
         line.state + "` says what to do about each.\n";
}

// Checks before the lock, which a running process holds: the user should not stop the process just to read this error.
Status CheckMayBeRepaired(const std::string& state) {
  if (maintenance::IsBackup(state)) {
    return Status::Rejected(state + " is a backup, which a repair would spoil. Restore it (leadpulse state restore " +
                            "--no-check --state NEW " + state + "), and repair the state that this makes.");
  }
  Result<std::unique_ptr<state::StateRows>> rows = state::OpenStateRows(state, state::StateAccess::kRead);
  return rows.ok() ? maintenance::CheckMayBeRepaired(**rows) : Status::Ok();  // opening it reports the problem
}

Result<int> Repair(const RepairCommandLine& line) {
  LP_RETURN_IF_ERROR(CheckMayBeRepaired(line.state));
  LP_ASSIGN_OR_RETURN(auto rows, state::OpenStateRows(line.state, state::StateAccess::kRepair,
                                                      {line.accept_lost_commits, &WarnOfDamagedLog}));
  bool first = true;
  LP_ASSIGN_OR_RETURN(maintenance::RepairReport report,
                      maintenance::RepairState(line.options, rows.get(), [&first](const StateProblem& problem) {
                        const std::string text = (first ? "Left as it is:\n" : "") + ProblemLine(problem);
                        first = false;
                        return PrintResult(text) == kDone ? Status::Ok()
                                                          : Status::Fatal("the repair was given up before its end");
                      }));
  const ExitCode printed = PrintResult(RepairText(line, report));
  return printed == kDone && report.left > 0 ? kFailed : printed;
}

Result<int> Backup(const BackupCommandLine& line) {
  auto options = line.options;
  options.on_damaged_log = &WarnOfDamagedLog;
  options.timeout = std::chrono::seconds(line.timeout_seconds);
  Status status = maintenance::BackUpState(options, SystemClock());
  if (!status.ok()) return Fail(status);
  return PrintResult("The state in " + options.state + " is backed up in " + options.target +
                     ". To go back to it: leadpulse state restore --state NEW " + options.target + "\n");
}

Result<bool> IsLive(const std::string& state) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::StateRows> rows, state::OpenStateRows(state, state::StateAccess::kRead));
  return engine::IsLiveState(state::MetaOf(*rows), rows->partition_count());
}

Result<int> Restore(const RestoreCommandLine& line) {
  auto options = line.options;
  options.check = !line.no_check;
  Status status = maintenance::RestoreState(options, [](const StateProblem& problem) {
    return PrintResult(ProblemLine(problem)) == kDone ? Status::Ok() : Status::Fatal("the check was given up");
  });
  if (!status.ok()) return Fail(status);
  LP_ASSIGN_OR_RETURN(bool live, IsLive(options.state));
  return PrintResult("The state in " + options.state + " is that of " + options.backup +
                     (live ? ". Start the process with it as its state.directory: it catches up from lead.state.\n"
                           : ". Run again with the --output of before: it is cut back to that moment and goes on "
                             "from there.\n"));
}

Result<int> Compact(const std::string& state) {
  if (maintenance::IsBackup(state)) {
    return Fail(state + " is a backup, which compacting would spoil for `leadpulse state restore`. " +
                "Compact the state, take another backup of it, and remove this one.");
  }
  LP_ASSIGN_OR_RETURN(const state::CompactedState done, state::CompactState(state));
  return PrintResult("The state in " + state + " is compacted, from " + std::to_string(done.bytes_before) + " to " +
                     std::to_string(done.bytes_after) +
                     " bytes. Its files hold nothing of what was erased; backups that were made before do.\n");
}

std::string Number(uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// Rotates the secret, then compacts the state: its files still have what was stored under the former one.
Result<int> RotateSecret(const maintenance::SecretRotationOptions& line) {
  LP_ASSIGN_OR_RETURN(const maintenance::SecretRotation done, maintenance::RotateSecret(line));
  const std::string rows = Number(done.erasures, "hash of an erased lead", "hashes of erased leads") + " and " +
                           Number(done.leads, "lead that knows such hashes", "leads that know such hashes");
  const std::string keys = std::to_string(done.keys) + " keys";
  if (line.dry_run) {
    return PrintResult("Nothing was written. The erasure secret of the state in " + line.state + " would have " + keys +
                       ", and " + rows + " would be rewritten, so that none is left under the former secret.\n");
  }
  const Result<state::CompactedState> compacted = state::CompactState(line.state);
  if (!compacted.ok()) {
    return Fail("the erasure secret is rotated, but the files of the state still have the former one and its hashes: " +
                compacted.status().message() + ". Then give `leadpulse state compact --state " + line.state + "`.");
  }
  return PrintResult(
      "The erasure secret of the state in " + line.state + " has " + keys + " now. " + rows +
      " were rewritten, and none is left under the former secret. Backups that were made before have it: "
      "take another one, and remove them.\n");
}

void AddState(CLI::App* command, std::string* state, const char* what) {
  Add(command, "--state", state, "DIR", what)->required();
}

void AddCheckRepairAndCompact(CLI::App* parent, std::vector<Subcommand>* subcommands) {
  auto [check, checked] = AddSubcommand(parent, "check", "Read everything in a state and say all that is wrong with it",
                                        Check, subcommands);
  AddState(check, &checked->state, "The state directory of a run, which may be going on; or a backup");
  AddChoice(check, "--format", &checked->format, "FORMAT", {"text", "json"}, "text or json");
  check->footer("Nothing is changed. Exit codes: 0 sound; 1 there are problems, and what to do about them.");

  auto [repair, repaired] =
      AddSubcommand(parent, "repair", "Repair problems that have only one solution", Repair, subcommands);
  AddState(repair, &repaired->state, "The state directory; no run may be going on");
  Add(repair, "--set-aside", &repaired->options.quarantine_file, "FILE",
      "Move rows that cannot be used from the state to the end of this file");
  repair->add_flag("--reevaluate", repaired->options.reevaluate,
                   "Let the next run evaluate leads whose view does not follow from their history");
  repair->add_flag("--accept-lost-commits", repaired->accept_lost_commits,
                   "Give up finished commits that cannot be read in the log, and all later ones");
  repair->footer(
      "Rebuilds the timers from the leads. Killed at any moment, the same command finishes the rest.\n"
      "Exit codes: 0 the state is sound now; 1 something is left or could not be done, and what.");

  auto [compact, compacted] =
      AddSubcommand(parent, "compact", "Rewrite a state without what was erased or replaced", Compact, subcommands);
  AddState(compact, compacted.get(), "The state directory; no run may be going on");
  compact->footer("It takes as much room again as the state. Killed at any moment, the same command does the rest.");
}

void AddRotateSecret(CLI::App* parent, std::vector<Subcommand>* subcommands) {
  auto [command, line] =
      AddSubcommand(parent, "rotate-secret", "Change the secret under which the hashes of erased leads are stored",
                    RotateSecret, subcommands);
  AddState(command, &line->state, "The state directory of a run on files; no run may be going on");
  command->add_flag("--dry-run", line->dry_run, "Count what would be rewritten, and write nothing");
  command->footer(
      "Erased leads stay erased, and opt-outs stay in force. It is compacted, too, which takes as much room again as\n"
      "the state. Killed at any moment, the state has the former secret or another one; `state compact` does the "
      "rest.\n"
      "On Kafka, `leadpulse repartition` changes the secret.");
}

void AddBackupAndRestore(CLI::App* parent, std::vector<Subcommand>* subcommands) {
  auto [backup, backed_up] =
      AddSubcommand(parent, "backup", "Copy a state, also while a run is going on", Backup, subcommands);
  AddState(backup, &backed_up->options.state, "The state directory of a run, which may be going on");
  backup->add_option("TARGET", backed_up->options.target, "A new or empty directory for the copy")->required();
  Add(backup, "--timeout", &backed_up->timeout_seconds, "SECONDS", "How long to wait for a run to answer")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}))
      ->capture_default_str();
  backup->footer("On the same disk it shares table files with the state: keep a copy of it elsewhere, too.");

  auto [restore, restored] = AddSubcommand(parent, "restore", "Make a state from a backup", Restore, subcommands);
  AddState(restore, &restored->options.state, "The state directory to be made: new or empty");
  restore->add_option("BACKUP", restored->options.backup, "What `state backup` made; it stays as it is")->required();
  restore->add_flag("--no-check", restored->no_check, "Do not read every row of the backup first");
}

void AddAcceptGap(CLI::App* parent, std::vector<Subcommand>* subcommands) {
  auto [command, line] =
      AddSubcommand(parent, "accept-gap", "On Kafka: go on without records that were deleted before they were read",
                    AcceptGap, subcommands);
  Add(command, "--config", &line->config, "FILE", "The settings of a process of the deployment")->required();
  Add(command, "--topic", &line->topic, "TOPIC", "The input topic")->required();
  Add(command, "--partition", &line->partition, "N", "Its partition")->required();
  Add(command, "--from", &line->first, "OFFSET", "The first offset that is lost, as the process printed it")
      ->required();
  Add(command, "--to", &line->last, "OFFSET", "The last offset that is lost")->required();
  command->footer(
      "Stop all processes first. Leads, timers, numbers and definitions stay as they are; what was lost is named in\n"
      "lead.state. Refused if the gap is another one, or the group has a member. If it is killed, run it again.");
}

}  // namespace

void AddStateCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  CLI::App* parent = program->add_subcommand(
      "state", "Check, repair, compact, back up or restore a state, change its erasure secret, or accept a gap");
  parent->require_subcommand(1);
  parent->footer(
      "Examples:\n"
      "  leadpulse state check --state state\n"
      "  leadpulse state backup --state state backups/monday\n"
      "  leadpulse state restore --state state backups/monday");
  AddCheckRepairAndCompact(parent, subcommands);
  AddRotateSecret(parent, subcommands);
  AddBackupAndRestore(parent, subcommands);
  AddAcceptGap(parent, subcommands);
}

}  // namespace leadpulse::tools
