// leadpulse diff: compares two states, and explains their differences.
#include <string>

#include <CLI/CLI.hpp>

#include "tools/leadpulse/diff/diff_output.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// Exit codes like those of diff, cmp and grep, so that a script can distinguish a difference from an error.
enum DiffExitCode : int { kSame = 0, kDifferent = 1, kTrouble = 2 };

struct DiffLine {
  std::string left;
  std::string right;
  std::string format = "table";
  query::DiffOptions options;
};

int Diff(const DiffLine& line) {
  const Result<query::DiffReport> report = query::CompareStates(line.left, line.right, line.options, PrintWarning);
  if (!report.ok()) {
    PrintError(report.status().message());
    return kTrouble;
  }
  if (PrintResult(line.format == "json" ? DiffJson(*report) : DiffText(*report)) != kDone) return kTrouble;
  return report->diff.equal() ? kSame : kDifferent;
}

}  // namespace

void AddDiffCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [diff, line] = AddSubcommand(program, "diff", "Compare two states: what differs, and why", Diff, subcommands);
  Add(diff, "STATE", &line->left, "", "The state directory of a run, which may be going on")->required();
  Add(diff, "OTHER", &line->right, "", "Another one")->required();
  Add(diff, "--tenant", &line->options.tenant, "T", "Only the leads of this tenant");
  Add(diff, "--limit", &line->options.samples, "N", "How many of the leads that differ are shown one by one")
      ->capture_default_str()
      ->check(Unnamed(CLI::Range(size_t{0}, size_t{100'000})));
  AddChoice(diff, "--format", &line->format, "FORMAT", {"table", "json"}, "table or json");
  diff->footer(
      "Both are evaluated at the later of their clocks, each under its own definitions. In which order the records\n"
      "came, how often and into how many partitions makes no difference; nor do the numbers of the changes.\n"
      "\n"
      "Example:\n"
      "  leadpulse diff state rebuilt/state\n"
      "\n"
      "Exit codes: 0 the same; 1 they differ; 2 wrong usage, or they could not be compared.");
}

}  // namespace leadpulse::tools
