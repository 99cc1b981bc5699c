// leadpulse doctor: is everything as a live run needs it?
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/json_object.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

struct DoctorOptions {
  std::string config;
  std::string format = "text";
};

std::string_view NameOf(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kNotChecked:
      return "not checked";
    case Health::kWarning:
      return "warning";
    case Health::kError:
      break;
  }
  return "error";
}

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

Findings Examine(const std::string& config) {
  Findings findings;
  const std::optional<config::Settings> settings = LoadSettingsFile(config);
  if (!settings) {
    findings.Add(Health::kError, "settings", config + " cannot be used; standard error says why",
                 "correct it; `leadpulse run --help-config` lists all settings");
    return findings;
  }
  findings.Add(Health::kOk, "settings", config);
  CheckMachine(*settings, CheckCluster(*settings, &findings), &findings);
  return findings;
}

Result<int> RunDoctor(const DoctorOptions& options) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));
  const Findings findings = Examine(options.config);
  const ExitCode printed = PrintResult(options.format == "json" ? AsJson(findings) : AsText(findings));
  if (printed != kDone) return printed;
  return Count(findings, Health::kError) == 0 ? kDone : kFailed;
}

}  // namespace

void AddDoctorCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* doctor = program->add_subcommand(
      "doctor", "Say whether brokers, topics and this machine are as a run on Kafka needs them");
  Add(doctor, "--config", &options->config, "FILE", "The settings of the run")->required();
  AddChoice(doctor, "--format", &options->format, "FORMAT", {"text", "json"}, "text or json");
  doctor->footer("Example:\n  leadpulse doctor --config live.yaml\n\nExit codes: 0, no errors; 1, errors.");
  subcommands->push_back({doctor, [options] { return RunDoctor(*options); }});
}

}  // namespace leadpulse::tools
