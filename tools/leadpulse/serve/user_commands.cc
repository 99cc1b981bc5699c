// The users and tenants of a front.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/serve/access/secrets.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/serve/access_commands.h"

namespace leadpulse::tools {
namespace {

// ---- serve user ----

struct UserLine {
  std::string data;
  access::User user;
  std::string role = "agent";
  // For `change`; what is not given stays.
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

Result<int> ListUsers(const std::string& data) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(data));
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

// A subcommand of `serve user`, with what all of them take.
std::pair<CLI::App*, UserLine*> AddUserCommand(CLI::App* user, const std::string& name, const char* help,
                                               Result<int> (*work)(const UserLine&),
                                               std::vector<Subcommand>* subcommands) {
  auto [command, line] = AddSubcommand(user, name, help, work, subcommands);
  AddData(command, &line->data);
  AddTenantOption(command, &line->user.tenant);
  Add(command, "NAME", &line->user.name, "", "The user")->required();
  command->footer("Example:\n  leadpulse serve user " + name + " --data front --tenant acme kim");
  return {command, line.get()};
}

// ---- serve tenant ----

struct TenantLine {
  std::string data;
  std::string tenant;
};

Result<int> AddTenant(const TenantLine& line) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(line.data));
  LP_RETURN_IF_ERROR(front.store->AddTenant(line.tenant, OfThisShell()));
  return PrintResult("Added the tenant " + line.tenant + ". Add its first user with `leadpulse serve user add`.\n");
}

Result<int> ListTenants(const std::string& data) {
  LP_ASSIGN_OR_RETURN(const OpenedAccess front, OpenAccess(data));
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, front.store->Tenants());
  std::string text;
  for (const std::string& tenant : tenants) text += tenant + "\n";
  return PrintResult(text);
}

}  // namespace

void AddUsers(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* user = serve->add_subcommand("user", "Users: add, list, change, replace a password, remove");
  user->require_subcommand(1);
  user->footer("Example:\n  leadpulse serve user add --data front --tenant acme --role manager kim");
  auto [add, added] = AddUserCommand(user, "add", "Add a user, and the tenant if it is new", AddUser, subcommands);
  AddRole(add, &added->role);
  Add(add, "--agent", &added->user.agent_id, "A", "The agent id; required for the role agent");
  add->footer("Example:\n  leadpulse serve user add --data front --tenant acme --role manager kim");
  auto [list, data] = AddSubcommand(user, "list", "List all users", ListUsers, subcommands);
  AddData(list, data.get());
  list->footer("Example:\n  leadpulse serve user list --data front");
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

void AddTenants(CLI::App* serve, std::vector<Subcommand>* subcommands) {
  CLI::App* tenant = serve->add_subcommand("tenant", "Tenants: add, list");
  tenant->require_subcommand(1);
  tenant->footer("Example:\n  leadpulse serve tenant add --data front --tenant blue");
  auto [add, line] = AddSubcommand(tenant, "add", "Add a tenant, which has no user yet", AddTenant, subcommands);
  AddData(add, &line->data);
  AddTenantOption(add, &line->tenant);
  add->footer("Example:\n  leadpulse serve tenant add --data front --tenant blue");
  auto [list, data] = AddSubcommand(tenant, "list", "List all tenants", ListTenants, subcommands);
  AddData(list, data.get());
  list->footer("Example:\n  leadpulse serve tenant list --data front");
}

}  // namespace leadpulse::tools
