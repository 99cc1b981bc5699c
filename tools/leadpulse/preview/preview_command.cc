// leadpulse preview: what new definitions would change, with nothing changed.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/leadpulse/preview/preview.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/run_options.h"
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

int RunPreview(const PreviewOptions& options) {
  std::optional<Instant> at;
  if (!options.at.empty()) {
    at = ParseUntil(options.at);
    if (!at) {
      PrintError("--at " + options.at + " is no time; write 2026-03-10T09:30:00Z or 2026-03-10");
      return kUsage;
    }
  }
  std::shared_ptr<const config::Definitions> after = LoadDefinitionsFile(options.definitions, /*print_warnings=*/true);
  if (after == nullptr) return kUsage;
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(options.state);
  if (!store.ok()) return Fail(store.status());
  const Result<Preview> preview = PreviewState(**store, std::move(after), at);
  if (!preview.ok()) return Fail(preview.status());
  return PrintResult(options.format == "json" ? PreviewJson(*preview) : PreviewText(*preview));
}

}  // namespace

Result<Preview> PreviewState(const state::LeadStore& store, std::shared_ptr<const config::Definitions> after,
                             std::optional<Instant> at) {
  Result<std::shared_ptr<const config::Definitions>> before = DefinitionsInState(store);
  if (!before.ok()) return before.status();
  const Result<Instant> instant = AtOrClock(at, store);
  if (!instant.ok()) return instant.status();
  return MakePreview(store, **before, std::move(after), *instant);
}

void AddPreviewCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<PreviewOptions>();
  CLI::App* preview = program->add_subcommand("preview", "Say what new definitions would change, and change nothing");
  preview->add_option("--state", options->state, "The state directory of a run, which may be going on")
      ->type_name("DIR")
      ->required();
  preview->add_option("--definitions", options->definitions, "The new definitions")->type_name("FILE")->required();
  preview
      ->add_option("--at", options->at,
                   "As of when; without it the clock of the state, on Kafka that of its last commit")
      ->type_name("TIME");
  preview->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  preview->footer("Example:\n  leadpulse preview --state state --definitions new.yaml");
  subcommands->push_back({preview, [options] { return RunPreview(*options); }});
}

}  // namespace leadpulse::tools
