// leadpulse preview: shows the effects of new definitions, and changes nothing.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/replay/dry_run.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

struct PreviewArguments {
  std::string state;
  std::string definitions;
  std::string at;
  std::string format = "text";
};

Result<int> RunPreview(const PreviewArguments& options) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("warning"));
  const Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  std::shared_ptr<const config::Definitions> after =
      LoadDefinitionsFile(options.definitions, /*print_warnings=*/true, [&] { return InForceIn(options.state); });
  if (after == nullptr) return kUsage;
  LP_ASSIGN_OR_RETURN(const auto preview, PreviewDefinitions(options.state, std::move(after), *at));
  if (preview.has_value()) return PrintResult(options.format == "json" ? PreviewJson(*preview) : PreviewText(*preview));
  PrintError("stopped; nothing was changed");
  return kStopped;
}

}  // namespace

Result<std::optional<query::Preview>> PreviewDefinitions(const std::string& state,
                                                         std::shared_ptr<const config::Definitions> definitions,
                                                         std::optional<Instant> at) {
  const replay::PreviewOptions options{state, std::move(definitions), at, [] { return ProgressOnTerminal(false); }};
  return replay::PreviewDefinitions(options, PrintWarning, StopOnSignals());
}

void AddPreviewCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [preview, options] = AddSubcommand(
      program, "preview", "Say what new definitions would change, and change nothing", RunPreview, subcommands);
  AddStateToRead(preview, &options->state);
  Add(preview, "--definitions", &options->definitions, "FILE", "The new definitions")->required();
  AddAt(preview, &options->at);
  AddChoice(preview, "--format", &options->format, "FORMAT", {"text", "json"}, "text or json");
  preview->footer("Example:\n  leadpulse preview --state state --definitions new.yaml");
}

}  // namespace leadpulse::tools
