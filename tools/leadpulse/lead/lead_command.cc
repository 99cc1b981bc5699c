// leadpulse lead: shows everything that a state has about one lead.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/status.h"
#include "processor/query/leads/lead_record.h"
#include "processor/view/view.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

std::string IndentJson(std::string_view json) {
  std::string out;
  size_t level = 0;
  bool in_text = false;
  const auto new_line = [&] { out.append(1, '\n').append(2 * level, ' '); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text || c == '"') {
      out += c;
      if (c == '\\') out += json[++i];
      if (c == '"') in_text = !in_text;
      continue;
    }
    const bool opens = c == '{' || c == '[';
    if (c == '}' || c == ']') {
      --level;
      if (json[i - 1] != '{' && json[i - 1] != '[') new_line();
    }
    out += c;
    if (c == ':') out += ' ';
    if (opens) ++level;
    const bool empty = opens && (json[i + 1] == '}' || json[i + 1] == ']');
    if (c == ',' || (opens && !empty)) new_line();
  }
  return out += '\n';
}

struct LeadOptions {
  std::string state;
  std::string tenant;
  std::string lead;
  std::string at;
};

Result<std::string> DescribeLead(const LeadOptions& options, std::optional<Instant> wanted) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(*store, PrintWarning));
  LP_ASSIGN_OR_RETURN(state::Lead lead, query::ReadLead(*store, {options.tenant, options.lead}));
  LP_ASSIGN_OR_RETURN(Instant at, query::AtOrClock(wanted, *store, lead, PrintWarning));
  const config::TenantDefinitions& tenant = definitions->For(options.tenant);
  view::ConvertProfile(tenant, &lead.profile);
  LP_ASSIGN_OR_RETURN(const auto also_using, query::OtherUsers(*store, lead));
  return IndentJson(query::RecordJson(
      query::RecordOf(lead, also_using.value_or(std::vector<std::string>()), query::UsersOf(lead), tenant, at)));
}

Result<int> RunLead(const LeadOptions& options) {
  Result<std::optional<Instant>> at = ParseAt(options.at);
  if (!at.ok()) return FailUsage(at.status());
  LP_ASSIGN_OR_RETURN(std::string text, DescribeLead(options, *at));
  return PrintResult(text);
}

}  // namespace

void AddLeadCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [lead, options] =
      AddSubcommand(program, "lead", "Print everything about one lead, as JSON; or change it", RunLead, subcommands);
  // Required, as the help says, but not before `set` and so on, which have theirs.
  const std::vector<CLI::Option*> required = {
      Add(lead, "--state", &options->state, "DIR REQUIRED", "The state directory of a run, which may be going on"),
      Add(lead, "--tenant", &options->tenant, "T REQUIRED", "The lead's tenant"),
      Add(lead, "--lead", &options->lead, "L REQUIRED", "The lead's id, or the address of one lead, in lower case")};
  Add(lead, "--at", &options->at, "TIME",
      "Score, tier and so on as of when; without it the clock of the state, on Kafka that of its last commit");
  lead->footer(
      "Examples:\n"
      "  leadpulse lead --state state --tenant acme --lead ann@example.com\n"
      "  leadpulse lead set --tenant acme --lead ann@example.com company=\"Acme GmbH\" --to by-hand.jsonl");
  AddLeadEdits(lead, subcommands);
  RequireUnlessSubcommand(lead, required);
}

}  // namespace leadpulse::tools
