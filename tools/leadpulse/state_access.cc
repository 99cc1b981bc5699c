#include "tools/leadpulse/state_access.h"

#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

void PrintWarning(const std::string& warning) { PrintError("warning: " + warning); }

Status WarnOfMissingPartitions(const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(const std::vector<engine::LocalPartition> held, query::PartitionsInState(store));
  if (held.size() == store.partition_count()) return Status::Ok();
  PrintWarning("the state holds " + std::to_string(held.size()) + " of " + std::to_string(store.partition_count()) +
               " partitions, and knows nothing about the leads of the others");
  return Status::Ok();
}

std::shared_ptr<const config::Definitions> InForceIn(const std::string& state) {
  const auto ignore = [](const std::string&) {};
  const Result<std::unique_ptr<state::LeadStore>> store = query::OpenAnyStateToRead(state, ignore);
  if (!store.ok()) return nullptr;
  const auto definitions = query::DefinitionsInState(**store, ignore);
  return definitions.ok() ? *definitions : nullptr;
}

Result<std::optional<Instant>> ParseAt(const std::string& text, const std::string& option) {
  if (text.empty()) return std::optional<Instant>();
  const std::optional<Instant> at = ParseUntil(text);
  if (!at) return Status::Rejected(option + " " + text + " is no time; write 2026-03-10T09:30:00Z or 2026-03-10");
  return at;
}

std::shared_ptr<const query::WhereRule> CheckWhere(const std::string& rule, const config::Definitions& definitions,
                                                   const std::vector<std::string>& tenants, const std::string& option) {
  const query::WhereRule::Checked checked = query::WhereRule::Check(rule, definitions, tenants, option);
  for (const std::string& warning : checked.warnings) PrintWarning(warning);
  for (const std::string& error : checked.errors) PrintError(error);
  return checked.rule;
}

}  // namespace leadpulse::tools
