#include "processor/serve/access/access_input.h"

#include <algorithm>

#include "config/setting_texts.h"
#include "processor/base/displayable.h"
#include "processor/base/text.h"

namespace leadpulse::access {
namespace {

constexpr size_t kMostNameBytes = 128;
constexpr size_t kMostAgentBytes = 320;

bool IsUserName(std::string_view text) {
  std::string plain(text);
  std::ranges::replace_if(
      plain, [](char c) { return c == '@' || c == '+'; }, '.');
  return config::IsNameOf(plain, kMostNameBytes);
}

// On one line as it is.
bool IsPlainLine(std::string_view text, size_t most_bytes) {
  return text.size() <= most_bytes && IsUtf8(text) && DisplayableLine(text) == text;
}

// Notes what is wrong if the check failed.
Status OfMember(std::string_view name, std::string_view* member, Status checked) {
  if (!checked.ok() && member != nullptr) *member = name;
  return checked;
}

Status CheckAgent(Role role, const std::string& agent) {
  if (role == Role::kAgent && agent.empty()) {
    return Status::Rejected("an agent needs its agent id, as the leads have it");
  }
  if (IsPlainLine(agent, kMostAgentBytes)) return Status::Ok();
  return Status::Rejected("an agent id is at most 320 bytes of UTF-8 on one line");
}

Status CheckName(const std::string& name) {
  if (IsUserName(name)) return Status::Ok();
  return Status::Rejected("a user's name is 1 to 128 of A–Z a–z 0–9 _ . - @ +");
}

Status CheckLabel(const std::string& label) {
  if (!label.empty() && IsPlainLine(label, kMostNameBytes)) return Status::Ok();
  return Status::Rejected("a label is 1 to 128 bytes of UTF-8 on one line");
}

Status CheckScopes(Role role, Scopes scopes) {
  const Scopes most = Scopes::Of(role);
  if (!scopes.empty() && scopes.IsWithin(most)) return Status::Ok();
  return Status::Rejected("a token of role " + std::string(NameOf(role)) + " has some of the scopes " + most.Text());
}

Status CheckExpiry(Instant expires, Instant now) {
  if (expires <= now) return Status::Rejected("a token expires later than now");
  if (expires <= kLastInstant) return Status::Ok();
  return Status::Rejected("a token expires before the year 10000; leave the end out for one that does not expire");
}

}  // namespace

Status CheckTenant(const std::string& tenant) {
  if (config::IsId(tenant)) return Status::Ok();
  return Status::Rejected("a tenant is 1 to 128 of A–Z a–z 0–9 _ . -");
}

Status CheckUser(const User& user, std::string_view* member) {
  LP_RETURN_IF_ERROR(OfMember("tenant", member, CheckTenant(user.tenant)));
  LP_RETURN_IF_ERROR(OfMember("name", member, CheckName(user.name)));
  return OfMember("agent", member, CheckAgent(user.role, user.agent_id));
}

Status CheckPassword(std::string_view password) {
  if (password.size() < kLeastPasswordBytes || password.size() > kMostPasswordBytes) {
    return Status::Rejected("a password has 12 to 1024 bytes");
  }
  return Status::Ok();
}

Status CheckToken(const NewToken& token, Instant now, std::string_view* member) {
  LP_RETURN_IF_ERROR(OfMember("tenant", member, CheckTenant(token.tenant)));
  LP_RETURN_IF_ERROR(OfMember("agent", member, CheckAgent(token.role, token.agent_id)));
  LP_RETURN_IF_ERROR(OfMember("label", member, CheckLabel(token.label)));
  LP_RETURN_IF_ERROR(OfMember("scopes", member, CheckScopes(token.role, token.scopes)));
  return token.expires ? OfMember("expires", member, CheckExpiry(*token.expires, now)) : Status::Ok();
}

}  // namespace leadpulse::access
