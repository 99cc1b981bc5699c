#include "processor/serve/access/principal.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"

namespace leadpulse::access {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> kRoles = {
    {{Role::kAgent, "agent"}, {Role::kManager, "manager"}, {Role::kAdmin, "admin"}, {Role::kOperator, "operator"}}};
constexpr std::array<std::pair<Scope, std::string_view>, 5> kScopes = {{{Scope::kRead, "read"},
                                                                        {Scope::kWrite, "write"},
                                                                        {Scope::kScan, "scan"},
                                                                        {Scope::kImport, "import"},
                                                                        {Scope::kAdmin, "admin"}}};
constexpr int64_t kAllScopes = 31;

}  // namespace

std::string_view NameOf(Role role) { return kRoles[static_cast<size_t>(role) - 1].second; }

std::optional<Role> ParseRole(std::string_view name) {
  for (const auto& [role, text] : kRoles) {
    if (text == name) return role;
  }
  return std::nullopt;
}

std::optional<Role> RoleOfNumber(int64_t number) {
  if (number < 1 || number > static_cast<int64_t>(kRoles.size())) return std::nullopt;
  return static_cast<Role>(number);
}

std::optional<Scopes> Scopes::OfNumber(int64_t number) {
  if (number < 0 || number > kAllScopes) return std::nullopt;
  Scopes scopes;
  scopes.bits_ = static_cast<uint8_t>(number);
  return scopes;
}

Result<Scopes> Scopes::Parse(std::string_view text) {
  Scopes scopes;
  const std::vector<std::string> names = absl::StrSplit(std::string(text), ',');
  for (const std::string& name : names) {
    const auto known = std::ranges::find(kScopes, name, &decltype(kScopes)::value_type::second);
    if (known == kScopes.end() || scopes.Has(known->first)) {
      return Status::Rejected("`" + name +
                              "` is no scope or is there twice; write some of read,write,scan,import,admin");
    }
    scopes.Add(known->first);
  }
  return scopes;
}

Scopes Scopes::Of(Role role) {
  Scopes scopes;
  for (const Scope scope : {Scope::kRead, Scope::kWrite}) scopes.Add(scope);
  if (role == Role::kAgent) return scopes;
  for (const Scope scope : {Scope::kScan, Scope::kImport}) scopes.Add(scope);
  if (role != Role::kManager) scopes.Add(Scope::kAdmin);
  return scopes;
}

std::string Scopes::Text() const {
  std::string text;
  for (const auto& [scope, name] : kScopes) {
    if (Has(scope)) text.append(text.empty() ? "" : ",").append(name);
  }
  return text;
}

}  // namespace leadpulse::access
