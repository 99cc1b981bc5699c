// leadpulse duplicates: lists the addresses that several leads share.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/json_object.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/query/duplicates/duplicates.h"
#include "state/lead/identity.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kAddressWidth = 34;
constexpr size_t kNumberWidth = 10;

struct DuplicatesOptions {
  std::string state;
  std::string tenant;
  std::string at;
  bool json = false;
};

std::string DuplicatesJson(const std::vector<query::SharedAddress>& shared) {
  std::string out;
  AppendJsonArray(shared, &out,
                  [&out](const query::SharedAddress& address) { query::AppendSharedAddress(address, &out); });
  return out += '\n';
}

std::string Line(const std::string& address, const std::string& leads, const std::string& sendable,
                 const std::string& rest) {
  return TextLine(PaddedToWidth(address, kAddressWidth) + NumberCell(leads, kNumberWidth) +
                  NumberCell(sendable, kNumberWidth) + "  " + rest);
}

std::string DuplicatesText(const std::vector<query::SharedAddress>& shared, bool one_tenant) {
  if (shared.empty()) return "No address is shared by two or more leads.\n";
  std::string text = Line("address", "leads", "sendable", "first ids");
  for (const query::SharedAddress& address : shared) {
    std::string ids = DisplayableLine(Join(address.first, ", "));
    if (address.leads > address.first.size()) ids += ", …";
    if (address.is_suppressed) ids += " (domain suppressed)";
    if (!one_tenant) ids += " (tenant " + address.mailbox.tenant + ")";
    text += Line(DisplayableLine(address.mailbox.lead), std::to_string(address.leads), std::to_string(address.sendable),
                 ids);
  }
  return text;
}

// Warns that leads of these tenants share no addresses, whatever their attributes.
void WarnOfSwitchedOff(const std::vector<std::string>& tenants, const config::Definitions& definitions) {
  std::vector<std::string> off;
  std::ranges::copy_if(tenants, std::back_inserter(off),
                       [&](const std::string& tenant) { return !definitions.For(tenant).identity_by_email; });
  if (off.empty()) return;
  PrintWarning("`identity.by_email` is false for tenant " + query::JoinSome(off) +
               ": leads share no addresses there; switch it on, or compare the column `email` of `leadpulse leads`");
}

void WarnOfOthers(const std::vector<query::SharedAddress>& shared) {
  for (const query::SharedAddress& address : shared) {
    if (!address.has_more) continue;
    PrintWarning("of the leads of " + address.mailbox.lead + " only the first " +
                 std::to_string(state::kMaxMailboxLeads) + " are counted; `leadpulse report` counts the others");
  }
}

Result<int> RunDuplicates(const DuplicatesOptions& options) {
  Result<std::optional<Instant>> wanted = ParseAt(options.at);
  if (!wanted.ok()) return FailUsage(wanted.status());
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, PrintWarning));
  LP_ASSIGN_OR_RETURN(const auto definitions, query::DefinitionsInState(*store, PrintWarning));
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants,
                      query::TenantsAsked(options.tenant, *store, *definitions));
  WarnOfSwitchedOff(tenants, *definitions);
  LP_ASSIGN_OR_RETURN(const Instant at, query::AtOrClock(*wanted, *store, PrintWarning));
  WorkerPool pool(query::WorkersFor(*store));
  LP_ASSIGN_OR_RETURN(const std::vector<query::SharedAddress> shared,
                      query::FindSharedAddresses(*store, *definitions, options.tenant, at, &pool));
  WarnOfOthers(shared);
  return options.json ? PrintData(DuplicatesJson(shared)) : PrintResult(DuplicatesText(shared, tenants.size() == 1));
}

}  // namespace

void AddDuplicatesCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [command, options] =
      AddSubcommand(program, "duplicates", "List addresses that two or more leads share", RunDuplicates, subcommands);
  AddStateToRead(command, &options->state);
  Add(command, "--tenant", &options->tenant, "T", "Only this tenant. Default: all");
  command->add_flag("--json", options->json, "One JSON array instead of a table");
  AddAt(command, &options->at);
  command->footer(
      "The leads of an address are those whose attribute email it is, and the one whose id it is. Tenants with\n"
      "`identity: {by_email: false}` have none.\n"
      "The address with the most leads comes first.\n\n"
      "Example:\n  leadpulse duplicates --state state --tenant acme");
}

}  // namespace leadpulse::tools
