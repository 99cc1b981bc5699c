// leadpulse report: prints numbers about the leads for a manager, for a terminal, as JSON or as one HTML page.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/query/report/collect.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/report/render.h"

namespace leadpulse::tools {
namespace {

struct ReportOptions {
  std::string state;
  std::string tenant;
  std::vector<std::string> changes;
  std::string from;
  std::string to;
  std::string format = "table";
  std::string at;
};

Result<report::Period> ReadPeriod(const ReportOptions& options) {
  LP_ASSIGN_OR_RETURN(std::optional<Instant> from, ParseAt(options.from, "--from"));
  LP_ASSIGN_OR_RETURN(std::optional<Instant> to, ParseAt(options.to, "--to"));
  if (options.changes.empty() && (from || to)) {
    return Status::Rejected("--from and --to choose among changes; give their files with --changes");
  }
  if (from && to && *from >= *to) return Status::Rejected("--from must be before --to");
  return report::Period{from, to};
}

std::string Render(const report::Report& report, const std::string& format) {
  if (format == "json") return report::ReportJson(report);
  return format == "html" ? report::ReportHtml(report) : report::ReportText(report);
}

Result<int> Answer(const ReportOptions& options, const state::LeadReader& store, std::optional<Instant> at,
                   const report::Period& period) {
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(store, PrintWarning));
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, query::TenantsAsked(options.tenant, store, *definitions));
  LP_ASSIGN_OR_RETURN(const Instant clock, query::ClockOfState(store));
  LP_ASSIGN_OR_RETURN(const Instant instant, query::AtOrClock(at, store, PrintWarning));
  WorkerPool pool(query::WorkersFor(store));
  LP_ASSIGN_OR_RETURN(
      auto report,
      report::CollectReport(store, *definitions, {options.tenant, instant, clock, options.changes, period}, &pool));
  return PrintData(Render(report, options.format));
}

Result<int> RunReport(const ReportOptions& options) {
  Result<std::optional<Instant>> at = ParseAt(options.at);
  Result<report::Period> period = ReadPeriod(options);
  if (!at.ok()) return FailUsage(at.status());
  if (!period.ok()) return FailUsage(period.status());
  if (std::ranges::find(options.changes, "-") != options.changes.end()) {
    return FailUsage("--changes -: changes are read twice, so they must be files");
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  return Answer(options, *store, *at, *period);
}

}  // namespace

void AddReportCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [command, options] =
      AddSubcommand(program, "report", "Pipeline, tiers, segments and campaigns for a manager", RunReport, subcommands);
  AddStateToRead(command, &options->state);
  Add(command, "--tenant", &options->tenant, "T", "Only this tenant. Default: all");
  Add(command, "--changes", &options->changes, "FILE",
      "changes.jsonl of the state's outputs, also .gz or .zst: for moves between stages, tiers over time "
      "and flows of segments");
  Add(command, "--from", &options->from, "TIME", "Changes from this time on. Without it: from the first");
  Add(command, "--to", &options->to, "TIME", "Changes before this time. Without it: to the last");
  AddChoice(command, "--format", &options->format, "FORMAT", {"table", "json", "html"},
            "table, json or html: one page that needs nothing else");
  AddAt(command, &options->at);
  command->footer(
      "Rates are of distinct leads, over those delivered to, or sent to where no deliveries are reported.\n"
      "They come without and with the opens and clicks of machines; the report says what each number means.\n\n"
      "Example:\n  leadpulse report --state state --changes out/changes.jsonl --format html > report.html");
}

}  // namespace leadpulse::tools
