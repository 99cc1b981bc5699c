#include "tools/leadpulse/serve/access_commands.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/displayable.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/rules/language/parser.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/access/secrets.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {
namespace {

// Returns a change made now by a command on this machine: `shell:LOGIN`. Names of users have no colon.
access::ChangeStamp OfThisShell() { return {"shell:" + LoginName(), SystemClock().Now()}; }

// An opened directory of the front.
struct OpenedAccess {
  std::unique_ptr<access::AccessDatabase> database;
  std::unique_ptr<access::AuditLog> audit;
  std::unique_ptr<access::AccessStore> store;
};

Result<OpenedAccess> OpenAccess(const std::string& directory) {
  OpenedAccess opened;
  LP_ASSIGN_OR_RETURN(opened.database, access::AccessDatabase::Open(directory));
  opened.audit = std::make_unique<access::AuditLog>(opened.database.get());
  opened.store = std::make_unique<access::AccessStore>(opened.database.get(), opened.audit.get());
  return opened;
}

// The option that all commands have.
struct FrontLine {
  std::string data;  // the front's own directory
};

// Adds a subcommand with `--data`. `example`: how to call it, after `leadpulse serve `, and the rest of the help's
// footer.
template <typename Line>
std::pair<CLI::App*, Line*> AddFrontCommand(CLI::App* parent, const std::string& name, const char* help,
                                            Result<int> (*work)(const Line&), const std::string& example,
                                            std::vector<Subcommand>* subcommands) {
  auto [command, line] = AddSubcommand(parent, name, help, work, subcommands);
  Add(command, "--data", &line->data, "DIR", "The front's own directory")->required();
  command->footer("Example:\n  leadpulse serve " + example);
  return {command, line.get()};
}

// Adds `--role ROLE`; the value at the call is the default.
CLI::Option* AddRole(CLI::App* command, std::string* role) {
  return AddChoice(command, "--role", role, "ROLE", {"agent", "manager", "admin", "operator"},
                   "An agent sees its own leads and those without an agent, a manager the leads of the tenant");
}

// ---- serve init ----

struct InitLine : FrontLine {
  access::User admin{.tenant = "", .name = "", .role = access::Role::kAdmin, .agent_id = ""};
};

Result<int> Init(const InitLine& line) {
  const std::string password = access::MakePassword();
  LP_RETURN_IF_ERROR(access::AccessStore::Create(line.data, line.admin, password, OfThisShell()));
  LP_RETURN_IF_ERROR(CreateDirectory(line.data + "/" + kInboxFolder, kPrivateDirectory));
  return PrintResult("Made " + line.data + " for the tenant " + line.admin.tenant + ". The password of " +
                     line.admin.name + ", shown only now:\n" + password + "\n");
}

void AddInit(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  auto [init, line] = AddFrontCommand(serve, "init", "Make the front's directory, its first tenant and admin", Init,
                                      "init --data front --tenant acme --admin kim", subcommands);
  AddTenantOption(init, &line->admin.tenant);
  Add(init, "--admin", &line->admin.name, "NAME", "The first admin, whose password is printed")->required();
}

// ---- serve user ----

struct UserLine : FrontLine {
  access::User user;
  std::string role = "agent";
  // For `change`; a value that is not given stays.
  std::string new_role, login;
  std::optional<std::string> new_agent;
};

Result<int> PrintPassword(const std::string& done, const std::string& password) {
  return PrintResult(done + " The password, shown only now:\n" + password + "\n");
}

Result<int> AddUser(const UserLine& line) {
  access::User user = line.user;
  user.role = access::ParseRole(line.role).value_or(access::Role::kAgent);
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  const std::string password = access::MakePassword();
  LP_RETURN_IF_ERROR(front.store->AddUser(user, password, OfThisShell()));
  return PrintPassword("Added " + user.name + " to the tenant " + user.tenant + ".", password);
}

std::string TextOf(const access::User& user) {
  return user.tenant + "  " + user.name + "  " + std::string(NameOf(user.role)) +
         (user.agent_id.empty() ? "" : "  " + user.agent_id) + (user.disabled ? "  disabled" : "");
}

Result<int> ListUsers(const FrontLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const std::vector<access::User> users, front.store->Users(std::nullopt));
  std::string text;
  for (const access::User& user : users) text += TextOf(user) + "\n";
  return PrintResult(text);
}

Result<int> ChangeUser(const UserLine& line) {
  access::UserEdit edit;
  if (!line.new_role.empty()) edit.role = access::ParseRole(line.new_role);
  edit.agent_id = line.new_agent;
  if (!line.login.empty()) edit.disabled = line.login == "off";
  if (!edit.role && !edit.agent_id && !edit.disabled) {
    return FailUsage("say what to change: --role, --agent or --login");
  }
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const access::User user,
                      front.store->ChangeUser(line.user.tenant, line.user.name, edit, OfThisShell()));
  return PrintResult("Changed: " + TextOf(user) + "\n");
}

Result<int> RenewPassword(const UserLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  const std::string password = access::MakePassword();
  LP_RETURN_IF_ERROR(front.store->SetPassword(line.user.tenant, line.user.name, password, OfThisShell()));
  return PrintPassword("Replaced the password of " + line.user.name + ".", password);
}

Result<int> RemoveUser(const UserLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_RETURN_IF_ERROR(front.store->RemoveUser(line.user.tenant, line.user.name, OfThisShell()));
  return PrintResult("Removed " + line.user.name + " from the tenant " + line.user.tenant + ".\n");
}

// Adds a subcommand of `serve user`, with the options that all of them have.
std::pair<CLI::App*, UserLine*> AddUserCommand(CLI::App* user, const std::string& name, const char* help,
                                               Result<int> (*work)(const UserLine&),
                                               std::vector<Subcommand>* subcommands) {
  auto [command, line] =
      AddFrontCommand(user, name, help, work, "user " + name + " --data front --tenant acme kim", subcommands);
  AddTenantOption(command, &line->user.tenant);
  Add(command, "NAME", &line->user.name, "", "The user")->required();
  return {command, line};
}

void AddUsers(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* user = serve->add_subcommand("user", "Users: add, list, change, replace a password, remove");
  user->require_subcommand(1);
  user->footer("Example:\n  leadpulse serve user add --data front --tenant acme --role manager kim");
  auto [add, added] = AddUserCommand(user, "add", "Add a user, and the tenant if it is new", AddUser, subcommands);
  AddRole(add, &added->role);
  Add(add, "--agent", &added->user.agent_id, "A", "The agent id; required for the role agent");
  add->footer("Example:\n  leadpulse serve user add --data front --tenant acme --role manager kim");
  AddFrontCommand(user, "list", "List all users", ListUsers, "user list --data front", subcommands);
  auto [change, line] = AddUserCommand(user, "change", "Change a user's role, agent or login", ChangeUser, subcommands);
  AddRole(change, &line->new_role);
  Add(change, "--agent", &line->new_agent, "A", "The agent id; an empty one clears");
  AddChoice(change, "--login", &line->login, "on|off", {"on", "off"}, "off: the user cannot log in");
  change->footer(
      "Examples:\n"
      "  leadpulse serve user change --data front --tenant acme --role manager kim\n"
      "  leadpulse serve user change --data front --tenant acme --login off kim\n"
      "\n"
      "What is not given stays. The last admin of a tenant who can log in stays one.");
  AddUserCommand(user, "password", "Replace a user's password", RenewPassword, subcommands);
  AddUserCommand(user, "remove", "Remove a user", RemoveUser, subcommands);
}

// ---- serve tenant ----

struct TenantLine : FrontLine {
  std::string tenant;
};

Result<int> AddTenant(const TenantLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_RETURN_IF_ERROR(front.store->AddTenant(line.tenant, OfThisShell()));
  return PrintResult("Added the tenant " + line.tenant + ". Add its first user with `leadpulse serve user add`.\n");
}

Result<int> ListTenants(const FrontLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, front.store->Tenants());
  std::string text;
  for (const std::string& tenant : tenants) text += tenant + "\n";
  return PrintResult(text);
}

void AddTenants(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* tenant = serve->add_subcommand("tenant", "Tenants: add, list");
  tenant->require_subcommand(1);
  tenant->footer("Example:\n  leadpulse serve tenant add --data front --tenant blue");
  auto [add, line] = AddFrontCommand(tenant, "add", "Add a tenant, which has no user yet", AddTenant,
                                     "tenant add --data front --tenant blue", subcommands);
  AddTenantOption(add, &line->tenant);
  AddFrontCommand(tenant, "list", "List all tenants", ListTenants, "tenant list --data front", subcommands);
}

// ---- serve token ----

struct TokenLine : FrontLine {
  access::NewToken token;
  std::string role = "agent";
  std::string scopes;
  std::string expires;
  int64_t id = 0;
};

Result<int> CreateToken(const TokenLine& line) {
  access::NewToken token = line.token;
  token.role = access::ParseRole(line.role).value_or(access::Role::kAgent);
  token.scopes = access::Scopes::Of(token.role);
  if (!line.scopes.empty()) {
    const Result<access::Scopes> scopes = access::Scopes::Parse(line.scopes);
    if (!scopes.ok()) return FailUsage(scopes.status());
    token.scopes = *scopes;
  }
  const access::ChangeStamp change = OfThisShell();
  if (!line.expires.empty()) {
    const std::optional<Millis> lifetime = rules::ParseDuration(line.expires);
    if (!lifetime || lifetime->count() <= 0) {
      return FailUsage("--expires: a time span such as 90d, not " + line.expires);
    }
    token.expires = change.at + *lifetime;
  }
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const access::CreatedToken created, front.store->CreateToken(token, change));
  return PrintResult("Token " + std::to_string(created.id) + ", shown only now:\n" + created.text + "\n");
}

Result<int> ListTokens(const FrontLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const std::vector<access::TokenRecord> tokens, front.store->Tokens(std::nullopt));
  std::string text;
  for (const access::TokenRecord& record : tokens) {
    const access::NewToken& token = record.token;
    text += std::to_string(record.id) + "  " + token.tenant + "  " + std::string(NameOf(token.role)) + "  " +
            (token.agent_id.empty() ? "-" : token.agent_id) + "  " + token.scopes.Text() + "  made " +
            FormatRfc3339(record.created);
    if (token.expires) text += ", expires " + FormatRfc3339(*token.expires);
    if (record.revoked) text += ", revoked " + FormatRfc3339(*record.revoked);
    if (record.last_used_day)
      text += ", last used " + FormatRfc3339({*record.last_used_day * 86'400'000}).substr(0, 10);
    text += "  " + token.label + "\n";
  }
  return PrintResult(tokens.empty() ? "There are no tokens.\n" : text);
}

Result<int> RevokeToken(const TokenLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const bool was_valid, front.store->RevokeToken(line.id, std::nullopt, OfThisShell()));
  return PrintResult("Token " + std::to_string(line.id) +
                     (was_valid ? " is revoked.\n" : " was revoked or had expired before.\n"));
}

void AddTokens(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* token = serve->add_subcommand("token", "API tokens: create, list, revoke");
  token->require_subcommand(1);
  token->footer(
      "Examples:\n"
      "  leadpulse serve token create --data front --tenant acme --role manager --label crm\n"
      "  leadpulse serve token revoke --data front 3");
  auto [create, line] =
      AddFrontCommand(token, "create", "Create a token and print it once", CreateToken,
                      "token create --data front --tenant acme --role manager --label crm", subcommands);
  AddTenantOption(create, &line->token.tenant);
  AddRole(create, &line->role);
  Add(create, "--agent", &line->token.agent_id, "A", "The agent whose leads it sees; required for the role agent");
  Add(create, "--scopes", &line->scopes, "S,…", "read, write, scan, import, admin. Without it: all of the role");
  Add(create, "--expires", &line->expires, "SPAN", "Such as 90d. Without it: never");
  Add(create, "--label", &line->token.label, "TEXT", "What it is for")->required();
  AddFrontCommand(token, "list", "List all tokens, without their secrets", ListTokens, "token list --data front",
                  subcommands);
  auto [revoke, revoked] =
      AddFrontCommand(token, "revoke", "End a token for good", RevokeToken, "token revoke --data front 3", subcommands);
  Add(revoke, "ID", &revoked->id, "", "Its number in the list")->required();
}

// ---- serve key ----

Result<int> RotateKey(const FrontLine& line) {
  LP_RETURN_IF_ERROR(OpenAccess(line.data).status());  // rejects a directory that is not a front's
  LP_RETURN_IF_ERROR(access::LinkKeys::Rotate(line.data));
  return PrintResult(
      "New links have a new key once `leadpulse serve` is started again. Earlier links stay valid until " +
      std::string("you remove their line, the first, from ") + line.data + "/link.keys.\n");
}

void AddKeys(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* key = serve->add_subcommand("key", "The key of unsubscribe links");
  key->require_subcommand(1);
  key->footer("Example:\n  leadpulse serve key rotate --data front");
  AddFrontCommand(key, "rotate", "Seal new links with a new key", RotateKey, "key rotate --data front", subcommands);
}

// ---- serve audit ----

Result<int> CheckAudit(const FrontLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_ASSIGN_OR_RETURN(const access::ChainReport report, front.audit->CheckChain());
  if (!report.problem) {
    return PrintResult("The audit log is whole: " + std::to_string(report.lines) +
                       " lines, none changed or missing.\n");
  }
  return Fail("the audit log was changed. Line " + std::to_string(report.problem->number) + ": " +
              report.problem->what);
}

struct AuditListLine : FrontLine {
  std::string tenant, who, action;  // empty: any
  std::string lead;                 // empty: any
  int limit = 50;
};

// Returns `2  2026-03-01T09:00:00Z  acme  kim  contact.stage  lead@example.com  done`.
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

void AddAudit(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* audit = serve->add_subcommand("audit", "The log of who did what");
  audit->require_subcommand(1);
  audit->footer(
      "Examples:\n"
      "  leadpulse serve audit check --data front\n"
      "  leadpulse serve audit list --data front --tenant acme");
  AddFrontCommand(audit, "check", "Check that no line was changed, removed or added", CheckAudit,
                  "audit check --data front\n"
                  "\n"
                  "Exit codes: 0 all lines fit; 1 one does not, or the log cannot be read.",
                  subcommands);
  auto [list, line] = AddFrontCommand(
      audit, "list", "List lines, the latest first", ListAudit,
      "audit list --data front --tenant acme --action contact.export\n"
      "\n"
      "Columns: number, time, tenant, who, action, subject, outcome. After an erasure the subject is \"-\".",
      subcommands);
  CLI::Option* tenant = Add(list, "--tenant", &line->tenant, "T", "Only lines of this tenant");
  Add(list, "--who", &line->who, "NAME", "Only what this user, token:ID or shell:LOGIN did");
  Add(list, "--action", &line->action, "A", "Only this action, such as contact.stage");
  Add(list, "--lead", &line->lead, "ID", "Only lines about this lead; needs --tenant")->needs(tenant);
  Add(list, "--limit", &line->limit, "N", "Most lines, 50 unless given")->check(Unnamed(CLI::Range(1, 1'000'000)));
}

}  // namespace

void AddAccessCommands(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  AddInit(serve, subcommands);
  AddUsers(serve, subcommands);
  AddTokens(serve, subcommands);
  AddKeys(serve, subcommands);
  AddTenants(serve, subcommands);
  AddAudit(serve, subcommands);
}

}  // namespace leadpulse::tools
