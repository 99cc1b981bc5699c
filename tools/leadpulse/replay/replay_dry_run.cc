// `leadpulse replay --dry-run`.
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/replay/dry_run.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/replay/replay_state.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

Result<int> PrintDryRun(const ReplayLine& line, const replay::DryRunResult& result) {
  uint64_t dead = 0;
  for (const uint64_t count : result.summary.rejected) dead += count;
  const std::string applied = GroupDigits(result.summary.records) + " records, " +
                              GroupDigits(result.summary.TotalChanges()) + " changes, " + GroupDigits(dead) +
                              " dead letters: with them. ";
  return PrintResult(line.format == "json" ? PreviewJson(result.preview) : applied + PreviewText(result.preview));
}

}  // namespace

Result<int> DryRunReplay(const ReplayLine& line) {
  replay::DryRunOptions options{line.state, line.sources, {}, false, SelectionOf(line), line.as_backfill, {}};
  options.progress = [quiet = line.quiet] { return ProgressOnTerminal(quiet); };
  if (line.from_kafka) {
    const std::optional<config::Settings> settings = LoadSettingsFile(line.config);
    if (!settings) return kUsage;
    options.topics = TopicSourceOf(line, *settings);
    options.places_known = settings->input_partitioning == config::InputPartitioning::kTrusted;
  }
  LP_ASSIGN_OR_RETURN(const auto result, replay::DryRun(options, PrintWarning, StopOnSignals()));
  if (result.has_value()) return PrintDryRun(line, *result);
  PrintError("stopped; nothing was changed");
  return kStopped;
}

}  // namespace leadpulse::tools
