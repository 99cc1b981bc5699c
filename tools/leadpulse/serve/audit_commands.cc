// The audit log of a front.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/displayable.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/serve/access_commands.h"

namespace leadpulse::tools {
namespace {

Result<int> CheckAudit(const std::string& data) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(data));
  LP_ASSIGN_OR_RETURN(const access::ChainReport report, front.audit->CheckChain());
  if (!report.problem) {
    return PrintResult("The audit log is whole: " + std::to_string(report.lines) +
                       " lines, none changed or missing.\n");
  }
  return Fail("the audit log was changed. Line " + std::to_string(report.problem->number) + ": " +
              report.problem->what);
}

struct AuditListLine {
  std::string data;
  std::string tenant, who, action;  // empty: any
  std::string lead;                 // empty: any
  int limit = 50;
};

// `2  2026-03-01T09:00:00Z  acme  kim  contact.stage  lead@example.com  done`
std::string TextOf(const access::AuditLine& line) {
  const access::AuditEntry& entry = line.entry;
  std::string text = std::to_string(line.number) + "  " + FormatRfc3339(entry.at);
  for (const std::string& part : {entry.tenant, entry.who, entry.action, entry.subject, entry.outcome}) {
    text += "  " + (part.empty() ? "-" : part);
  }
  return DisplayableLine(text) + "\n";  // an id may have line ends
}

Result<int> ListAudit(const AuditListLine& line) {
  access::AuditFilter filter{.tenant = std::nullopt, .who = line.who, .action = line.action, .lead = std::nullopt};
  if (!line.tenant.empty()) filter.tenant = line.tenant;
  if (!line.lead.empty()) filter.lead = line.lead;
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  std::string text;
  int64_t before = std::numeric_limits<int64_t>::max();
  for (int left = line.limit; left > 0;) {
    const int asked = std::min(left, access::AuditLog::kMostLines);
    LP_ASSIGN_OR_RETURN(const std::vector<access::AuditLine> lines, front.audit->Lines(filter, before, asked));
    for (const access::AuditLine& one : lines) text += TextOf(one);
    if (lines.size() < static_cast<size_t>(asked)) break;
    before = lines.back().number;
    left -= asked;
  }
  return PrintResult(text);
}

void AddAuditList(CLI::App* audit, std::vector<Subcommand>* subcommands) {
  auto [list, line] = AddSubcommand(audit, "list", "List lines, the latest first", ListAudit, subcommands);
  AddData(list, &line->data);
  CLI::Option* tenant = Add(list, "--tenant", &line->tenant, "T", "Only lines of this tenant");
  Add(list, "--who", &line->who, "NAME", "Only what this user, token:ID or shell:LOGIN did");
  Add(list, "--action", &line->action, "A", "Only this action, such as contact.stage");
  Add(list, "--lead", &line->lead, "ID", "Only lines about this lead; needs --tenant")->needs(tenant);
  Add(list, "--limit", &line->limit, "N", "Most lines, 50 unless given")->check(Unnamed(CLI::Range(1, 1'000'000)));
  list->footer(
      "Example:\n  leadpulse serve audit list --data front --tenant acme --action contact.export\n"
      "\n"
      "Columns: number, time, tenant, who, action, subject, outcome. After an erasure the subject is \"-\".");
}

}  // namespace

void AddAudit(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* audit = serve->add_subcommand("audit", "The log of who did what");
  audit->require_subcommand(1);
  audit->footer(
      "Examples:\n"
      "  leadpulse serve audit check --data front\n"
      "  leadpulse serve audit list --data front --tenant acme");
  auto [check, data] =
      AddSubcommand(audit, "check", "Check that no line was changed, removed or added", CheckAudit, subcommands);
  AddData(check, data.get());
  check->footer(
      "Example:\n  leadpulse serve audit check --data front\n"
      "\n"
      "Exit codes: 0 all lines fit; 1 one does not, or the log cannot be read.");
  AddAuditList(audit, subcommands);
}

}  // namespace leadpulse::tools
