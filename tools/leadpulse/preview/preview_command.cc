// leadpulse preview: what new definitions would change, with nothing changed.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/assign_or_return.h"
#include "processor/query/preview/preview.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct PreviewOptions {
  std::string state;
  std::string definitions;
  std::string at;
  std::string format = "text";
};

Result<int> RunPreview(const PreviewOptions& options) {
  const Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  std::shared_ptr<const config::Definitions> after = LoadDefinitionsFile(options.definitions, /*print_warnings=*/true);
  if (after == nullptr) return kUsage;
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, OpenStateToRead(options.state));
  LP_ASSIGN_OR_RETURN(const query::Preview preview, query::PreviewState(*store, after, *at, PrintWarning));
  return PrintResult(options.format == "json" ? PreviewJson(preview) : PreviewText(preview));
}

}  // namespace

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
