// leadpulse diff: what two states say differently, and why.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "tools/leadpulse/diff/diff_output.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// As diff, cmp and grep end, so that a script can tell a difference from what went wrong.
enum DiffExitCode : int { kSame = 0, kDifferent = 1, kTrouble = 2 };

struct DiffLine {
  std::string left;
  std::string right;
  std::string format = "table";
  DiffOptions options;
};

// Not every mention counts: a directory is likely to be called `state`, which is a word of many sentences.
Status Named(const std::string& directory, const Status& status) {
  const std::string_view what = status.message();
  if (what.starts_with(directory) || what.find(" in " + directory) != std::string_view::npos) return status;
  const std::string message = directory + ": " + status.message();
  return status.kind() == ErrorKind::kFatal ? Status::Fatal(message) : Status::Rejected(message);
}

struct OpenedState {
  std::unique_ptr<state::LeadStore> store;
  ComparedState compared;
};

Result<OpenedState> OpenOne(const std::string& directory) {
  OpenedState opened;
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(directory);
  if (!store.ok()) return Named(directory, store.status());
  opened.store = std::move(*store);
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(*opened.store);
  if (!definitions.ok()) return Named(directory, definitions.status());
  const Result<Instant> clock = ClockOfState(*opened.store);
  if (!clock.ok()) return Named(directory, clock.status());
  opened.compared = {opened.store.get(), std::move(*definitions), *clock};
  return opened;
}

// A tenant that neither of the two knows is a mistake.
Status CheckTenant(const std::string& tenant, const OpenedState& left, const OpenedState& right) {
  const auto in_left = TenantsAsked(tenant, *left.store, *left.compared.definitions);
  if (in_left.ok()) return Status::Ok();
  const auto in_right = TenantsAsked(tenant, *right.store, *right.compared.definitions);
  return in_right.ok() ? Status::Ok() : in_left.status();
}

DiffSide SideOf(const std::string& directory, const ComparedState& compared) {
  return {directory, compared.clock, compared.definitions->version};
}

int Diff(const DiffLine& line) {
  const Result<DiffReport> report = CompareStates(line.left, line.right, line.options);
  if (!report.ok()) {
    PrintError(report.status().message());
    return kTrouble;
  }
  if (PrintResult(line.format == "json" ? DiffJson(*report) : DiffText(*report)) != kDone) return kTrouble;
  return report->diff.equal() ? kSame : kDifferent;
}

}  // namespace

Result<DiffReport> CompareStates(const std::string& left, const std::string& right, const DiffOptions& options) {
  Result<OpenedState> of_left = OpenOne(left);
  if (!of_left.ok()) return of_left.status();
  Result<OpenedState> of_right = OpenOne(right);
  if (!of_right.ok()) return of_right.status();
  if (!options.tenant.empty()) LP_RETURN_IF_ERROR(CheckTenant(options.tenant, *of_left, *of_right));
  WorkerPool pool(std::max(WorkersFor(*of_left->store), WorkersFor(*of_right->store)));
  Result<StateDiff> diff = DiffStates(of_left->compared, of_right->compared, options, &pool);
  if (!diff.ok()) return diff.status();
  return DiffReport{SideOf(left, of_left->compared), SideOf(right, of_right->compared),
                    CompareDefinitions(*of_left->compared.definitions, *of_right->compared.definitions),
                    std::move(*diff)};
}

void AddDiffCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<DiffLine>();
  CLI::App* diff = program->add_subcommand("diff", "Say what two states hold differently, and why");
  diff->add_option("STATE", line->left, "The state directory of a run, which may be going on")
      ->type_name("")
      ->required();
  diff->add_option("OTHER", line->right, "Another one")->type_name("")->required();
  diff->add_option("--tenant", line->options.tenant, "Only the leads of this tenant")->type_name("T");
  diff->add_option("--limit", line->options.samples, "How many of the leads that differ are shown one by one")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(size_t{0}, size_t{100'000}).description(""));
  diff->add_option("--format", line->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  diff->footer(
      "Both are evaluated at the later of their clocks, each under its own definitions. In which order the records\n"
      "came, how often and into how many partitions makes no difference; nor do the numbers of the changes.\n"
      "\n"
      "Example:\n"
      "  leadpulse diff state rebuilt/state\n"
      "\n"
      "Exit codes: 0 the same; 1 they differ; 2 wrong usage, or they could not be compared.");
  subcommands->push_back({diff, [line] { return Diff(*line); }});
}

}  // namespace leadpulse::tools
