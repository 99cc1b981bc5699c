#include "tools/leadpulse/serve/access_commands.h"

#include <optional>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/base/instant.h"
#include "processor/rules/language/parser.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/access/secrets.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {
namespace {

// ---- serve init ----

struct InitLine {
  std::string data;
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
  auto [init, line] =
      AddSubcommand(serve, "init", "Make the front's directory, its first tenant and admin", Init, subcommands);
  AddData(init, &line->data);
  AddTenantOption(init, &line->admin.tenant);
  Add(init, "--admin", &line->admin.name, "NAME", "The first admin, whose password is printed")->required();
  init->footer("Example:\n  leadpulse serve init --data front --tenant acme --admin kim");
}

// ---- serve token ----

struct TokenLine {
  std::string data;
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
  const access::Change change = OfThisShell();
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

std::string DayText(int64_t day) { return FormatRfc3339({day * 86'400'000}).substr(0, 10); }

Result<int> ListTokens(const std::string& data) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(data));
  LP_ASSIGN_OR_RETURN(const std::vector<access::TokenRecord> tokens, front.store->Tokens(std::nullopt));
  std::string text;
  for (const access::TokenRecord& record : tokens) {
    const access::NewToken& token = record.token;
    text += std::to_string(record.id) + "  " + token.tenant + "  " + std::string(NameOf(token.role)) + "  " +
            (token.agent_id.empty() ? "-" : token.agent_id) + "  " + token.scopes.Text() + "  made " +
            FormatRfc3339(record.created);
    if (token.expires) text += ", expires " + FormatRfc3339(*token.expires);
    if (record.revoked) text += ", revoked " + FormatRfc3339(*record.revoked);
    if (record.last_used_day) text += ", last used " + DayText(*record.last_used_day);
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
  auto [create, line] = AddSubcommand(token, "create", "Create a token and print it once", CreateToken, subcommands);
  AddData(create, &line->data);
  AddTenantOption(create, &line->token.tenant);
  AddRole(create, &line->role);
  Add(create, "--agent", &line->token.agent_id, "A", "The agent whose leads it sees; required for the role agent");
  Add(create, "--scopes", &line->scopes, "S,…", "read, write, scan, import, admin. Without it: all of the role");
  Add(create, "--expires", &line->expires, "SPAN", "Such as 90d. Without it: never");
  Add(create, "--label", &line->token.label, "TEXT", "What it is for")->required();
  create->footer("Example:\n  leadpulse serve token create --data front --tenant acme --role manager --label crm");
  auto [list, data] = AddSubcommand(token, "list", "List all tokens, without their secrets", ListTokens, subcommands);
  AddData(list, data.get());
  list->footer("Example:\n  leadpulse serve token list --data front");
  auto [revoke, revoked] = AddSubcommand(token, "revoke", "End a token for good", RevokeToken, subcommands);
  AddData(revoke, &revoked->data);
  Add(revoke, "ID", &revoked->id, "", "Its number in the list")->required();
  revoke->footer("Example:\n  leadpulse serve token revoke --data front 3");
}

// ---- serve key ----

Result<int> RotateKey(const std::string& data) {
  LP_RETURN_IF_ERROR(OpenAccess(data).status());  // the directory is a front's
  LP_RETURN_IF_ERROR(access::LinkKeys::Rotate(data));
  return PrintResult(
      "New links have a new key once `leadpulse serve` is started again. Earlier links stay valid until " +
      std::string("you remove their line, the first, from ") + data + "/link.keys.\n");
}

void AddKeys(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* key = serve->add_subcommand("key", "The key of unsubscribe links");
  key->require_subcommand(1);
  key->footer("Example:\n  leadpulse serve key rotate --data front");
  auto [rotate, data] = AddSubcommand(key, "rotate", "Seal new links with a new key", RotateKey, subcommands);
  AddData(rotate, data.get());
  rotate->footer("Example:\n  leadpulse serve key rotate --data front");
}

}  // namespace

// Names of users have no colon.
access::Change OfThisShell() { return {"shell:" + LoginName(), SystemClock().Now()}; }

Result<OpenedAccess> OpenAccess(const std::string& directory) {
  OpenedAccess opened;
  LP_ASSIGN_OR_RETURN(opened.database, access::AccessDatabase::Open(directory));
  opened.audit = std::make_unique<access::AuditLog>(opened.database.get());
  opened.store = std::make_unique<access::AccessStore>(opened.database.get(), opened.audit.get());
  return opened;
}

CLI::Option* AddData(CLI::App* command, std::string* directory) {
  return Add(command, "--data", directory, "DIR", "The front's own directory")->required();
}

CLI::Option* AddRole(CLI::App* command, std::string* role) {
  return AddChoice(command, "--role", role, "ROLE", {"agent", "manager", "admin", "operator"},
                   "An agent sees its own leads and those without an agent, a manager the leads of the tenant");
}

void AddAccessCommands(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  AddInit(serve, subcommands);
  AddUsers(serve, subcommands);
  AddTokens(serve, subcommands);
  AddKeys(serve, subcommands);
  AddTenants(serve, subcommands);
  AddAudit(serve, subcommands);
}

}  // namespace leadpulse::tools
