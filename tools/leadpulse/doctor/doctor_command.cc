// leadpulse doctor: checks everything that a live run, or a front, needs.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/json_object.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/serve/access_commands.h"
#include "tools/leadpulse/serve/run_addresses.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

struct DoctorOptions {
  std::string config;
  std::string front;
  std::string state;
  std::string inbox;
  RunAddressOptions runs;
  std::string format = "text";
};

constexpr std::array<std::string_view, 4> kHealthNames = {"ok", "not checked", "warning", "error"};

std::string_view NameOf(Health health) { return kHealthNames[static_cast<size_t>(health)]; }

int64_t Count(const Findings& findings, Health health) {
  return std::ranges::count(findings.all, health, &Finding::health);
}

std::string AsText(const Findings& findings) {
  size_t width = 0;
  for (const Finding& finding : findings.all) width = std::max(width, DisplayWidth(DisplayableLine(finding.check)));
  const size_t health_width = NameOf(Health::kNotChecked).size();
  std::string text;
  for (const Finding& finding : findings.all) {
    text += PaddedToWidth(std::string(NameOf(finding.health)), health_width) + "  " +
            PaddedToWidth(DisplayableLine(finding.check), width) + "  " + DisplayableLine(finding.found) + "\n";
    if (!finding.advice.empty()) {
      text += std::string(health_width + width + 4, ' ') + "→ " + DisplayableLine(finding.advice) + "\n";
    }
  }
  return text + "\nErrors: " + std::to_string(Count(findings, Health::kError)) +
         ", warnings: " + std::to_string(Count(findings, Health::kWarning)) +
         ", not checked: " + std::to_string(Count(findings, Health::kNotChecked)) + "\n";
}

std::string AsJson(const Findings& findings) {
  std::string text;
  JsonObject report(&text);
  report.Number("errors", Count(findings, Health::kError));
  report.Number("warnings", Count(findings, Health::kWarning));
  report.Number("notChecked", Count(findings, Health::kNotChecked));
  AppendJsonArray(findings.all, report.Key("checks"), [&](const Finding& finding) {
    JsonObject object(&text);
    object.Text("result", NameOf(finding.health));
    object.Text("check", finding.check);
    object.Text("found", finding.found);
    object.Text("advice", finding.advice);
  });
  report.End();
  return text + "\n";
}

void ExamineFront(const DoctorOptions& options, const std::optional<config::Settings>& live, Findings* findings) {
  FrontPlace place{options.front, {}, options.inbox.empty() ? options.front + "/" + kInboxFolder : options.inbox};
  if (live) place = {options.front, {}, live->kafka.topics.commands, /*is_topic=*/true};
  Result<std::vector<serve::RunAddress>> runs =
      RunAddressesOf(options.runs, live ? live->state.directory : options.state);
  if (!runs.ok()) return findings->Add(Health::kError, "run", runs.status().message(), "do what it says");
  place.runs = std::move(*runs);
  CheckFront(place, findings);
}

Findings Examine(const DoctorOptions& options) {
  Findings findings;
  std::optional<config::Settings> live;
  if (!options.config.empty()) {
    live = LoadSettingsFile(options.config);
    if (!live) {
      findings.Add(Health::kError, "settings", options.config + " cannot be used; standard error says why",
                   "correct it; `leadpulse run --help-config` lists all settings");
      return findings;
    }
    findings.Add(Health::kOk, "settings", options.config);
    CheckMachine(*live, CheckCluster(*live, &findings), &findings);
  }
  if (!options.front.empty()) ExamineFront(options, live, &findings);
  return findings;
}

Result<int> RunDoctor(const DoctorOptions& options) {
  if (options.config.empty() && (options.front.empty() || options.state.empty())) {
    return FailUsage("give --config, or --front and --state, or --config and --front");
  }
  if (!options.config.empty() && !(options.state.empty() && options.inbox.empty())) {
    return FailUsage("--state and --inbox are of a run on files; --config has the state of a live run");
  }
  if (!options.runs.runs.empty() && (options.config.empty() || options.front.empty())) {
    return FailUsage("--run is for live runs of a front: give --front and their --config, too");
  }
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));
  const Findings findings = Examine(options);
  const ExitCode printed = PrintResult(options.format == "json" ? AsJson(findings) : AsText(findings));
  if (printed != kDone) return printed;
  return Count(findings, Health::kError) == 0 ? kDone : kFailed;
}

}  // namespace

void AddDoctorCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [doctor, options] =
      AddSubcommand(program, "doctor", "Check that a run on Kafka, or a front, finds everything that it needs",
                    RunDoctor, subcommands);
  Add(doctor, "--config", &options->config, "FILE",
      "The settings of a live run: check brokers, topics and this machine");
  Add(doctor, "--front", &options->front, "DIR",
      "The directory of `leadpulse serve`: check its files, and whether it reaches its runs");
  Add(doctor, "--state", &options->state, "DIR", "The state of its run, if that is on files");
  Add(doctor, "--inbox", &options->inbox, "DIR", "Where it writes, as it was told [FRONT/inbox]");
  AddRunOptions(doctor, &options->runs);
  AddChoice(doctor, "--format", &options->format, "FORMAT", {"text", "json"}, "text or json");
  doctor->footer(
      "Examples:\n  leadpulse doctor --config live.yaml\n  leadpulse doctor --front front --state state\n\nExit codes: "
      "0, no errors; 1, errors.");
}

}  // namespace leadpulse::tools
