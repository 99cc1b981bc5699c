// leadpulse explain: why a lead's score, status, stage and segments are what they are.
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/query/leads/explanation_json.h"
#include "processor/view/explanation.h"
#include "processor/view/view.h"
#include "tools/leadpulse/explain/explanation_output.h"
#include "tools/leadpulse/options.h"
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

Result<std::string> ExplainLead(const ExplainOptions& options, const state::LeadReader& store,
                                const config::Definitions& definitions, std::optional<Instant> wanted) {
  const LeadKey key{options.tenant, options.lead};
  LP_ASSIGN_OR_RETURN(state::Lead lead, query::ReadLead(store, key));
  LP_ASSIGN_OR_RETURN(Instant at, query::AtOrClock(wanted, store, lead, PrintWarning));
  const config::TenantDefinitions& tenant = definitions.For(key.tenant);
  view::ConvertProfile(tenant, &lead.profile);
  const view::Explanation explanation = view::Explain(lead, tenant, at);
  return options.format == "json" ? query::ExplanationJson(lead, tenant, explanation, at) + '\n'
                                  : ExplanationText(lead, tenant, explanation, at);
}

Result<int> Explain(const ExplainOptions& options) {
  Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  std::shared_ptr<const config::Definitions> definitions;
  if (!options.definitions.empty()) {
    definitions = LoadDefinitionsFile(options.definitions, /*print_warnings=*/false);
    if (definitions == nullptr) return kUsage;
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  if (definitions == nullptr) {
    LP_ASSIGN_OR_RETURN(definitions, query::DefinitionsInState(*store, PrintWarning));
  }
  LP_ASSIGN_OR_RETURN(std::string text, ExplainLead(options, *store, *definitions, *at));
  return PrintResult(text);
}

}  // namespace

void AddExplainCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [explain, options] = AddSubcommand(program, "explain", "Say why a lead is where it is", Explain, subcommands);
  AddStateToRead(explain, &options->state);
  Add(explain, "--tenant", &options->tenant, "T", "The lead's tenant")->required();
  Add(explain, "--lead", &options->lead, "L", "The lead's id")->required();
  AddAt(explain, &options->at);
  Add(explain, "--definitions", &options->definitions, "FILE", "Other definitions than those kept in the state");
  AddChoice(explain, "--format", &options->format, "FORMAT", {"text", "json"}, "text or json");
  explain->footer("Example:\n  leadpulse explain --state state --tenant acme --lead ann@example.com");
}

}  // namespace leadpulse::tools
