// leadpulse explain: why a lead's score, status, stage and segments are what they are.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/view/explanation.h"
#include "processor/view/view.h"
#include "tools/leadpulse/explain/explanation_output.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct ExplainOptions {
  std::string state;
  std::string tenant;
  std::string lead;
  std::string at;
  std::string definitions;
  std::string format = "text";
};

Result<std::string> ExplainLead(const ExplainOptions& options, const state::LeadStore& store,
                                const config::Definitions& definitions, std::optional<Instant> wanted) {
  const LeadKey key{options.tenant, options.lead};
  Result<state::Lead> lead = ReadLead(store, key);
  if (!lead.ok()) return lead.status();
  Result<Instant> at = AtOrClock(wanted, store, *lead);
  if (!at.ok()) return at.status();
  const config::TenantDefinitions& tenant = definitions.For(key.tenant);
  view::ConvertProfile(tenant, &lead->profile);
  const view::Explanation explanation = view::Explain(*lead, tenant, *at);
  return options.format == "json" ? ExplanationJson(*lead, tenant, explanation, *at)
                                  : ExplanationText(*lead, tenant, explanation, *at);
}

int Explain(const ExplainOptions& options) {
  Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) {
    PrintError(at.status().message());
    return kUsage;
  }
  std::shared_ptr<const config::Definitions> definitions;
  if (!options.definitions.empty()) {
    definitions = LoadDefinitionsFile(options.definitions, /*print_warnings=*/false);
    if (definitions == nullptr) return kUsage;
  }
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(options.state);
  if (!store.ok()) return Fail(store.status());
  if (definitions == nullptr) {
    Result<std::shared_ptr<const config::Definitions>> kept = DefinitionsInState(**store);
    if (!kept.ok()) return Fail(kept.status());
    definitions = std::move(*kept);
  }
  Result<std::string> text = ExplainLead(options, **store, *definitions, *at);
  if (!text.ok()) return Fail(text.status());
  return PrintResult(*text);
}

}  // namespace

void AddExplainCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* explain = program->add_subcommand("explain", "Say why a lead is where it is");
  explain->add_option("--state", options->state, "The state directory of a run, which may be going on")
      ->type_name("DIR")
      ->required();
  explain->add_option("--tenant", options->tenant, "The lead's tenant")->type_name("T")->required();
  explain->add_option("--lead", options->lead, "The lead's id")->type_name("L")->required();
  explain
      ->add_option("--at", options->at,
                   "As of when; without it the clock of the state, on Kafka that of its last commit")
      ->type_name("TIME");
  explain->add_option("--definitions", options->definitions, "Other definitions than those kept in the state")
      ->type_name("FILE");
  explain->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  explain->footer("Example:\n  leadpulse explain --state state --tenant acme --lead ann@example.com");
  subcommands->push_back({explain, [options] { return Explain(*options); }});
}

}  // namespace leadpulse::tools
