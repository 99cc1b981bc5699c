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

Status CheckAgent(Role role, const std::string& agent) {
  if (role == Role::kAgent && agent.empty()) {
    return Status::Rejected("an agent needs its agent id, as the leads have it");
  }
  if (IsPlainLine(agent, kMostAgentBytes)) return Status::Ok();
  return Status::Rejected("an agent id is at most 320 bytes of UTF-8 on one line");
}

}  // namespace

Status CheckTenant(const std::string& tenant) {
  if (config::IsId(tenant)) return Status::Ok();
  return Status::Rejected("a tenant is 1 to 128 of A–Z a–z 0–9 _ . -");
}

Status CheckUser(const User& user) {
  LP_RETURN_IF_ERROR(CheckTenant(user.tenant));
  if (!IsUserName(user.name)) return Status::Rejected("a user's name is 1 to 128 of A–Z a–z 0–9 _ . - @ +");
  return CheckAgent(user.role, user.agent_id);
}

Status CheckPassword(std::string_view password) {
  if (password.size() < kLeastPasswordBytes || password.size() > kMostPasswordBytes) {
    return Status::Rejected("a password has 12 to 1024 bytes");
  }
  return Status::Ok();
}

Status CheckToken(const NewToken& token, Instant now) {
  LP_RETURN_IF_ERROR(CheckTenant(token.tenant));
  LP_RETURN_IF_ERROR(CheckAgent(token.role, token.agent_id));
  if (token.label.empty() || !IsPlainLine(token.label, kMostNameBytes)) {
    return Status::Rejected("a label is 1 to 128 bytes of UTF-8 on one line");
  }
  const Scopes most = Scopes::Of(token.role);
  if (token.scopes.empty() || !token.scopes.IsWithin(most)) {
    return Status::Rejected("a token of role " + std::string(NameOf(token.role)) + " has some of the scopes " +
                            most.Text());
  }
  if (token.expires && *token.expires <= now) return Status::Rejected("a token expires later than now");
  if (token.expires && *token.expires > kLastInstant) {
    return Status::Rejected("a token expires before the year 10000; leave the end out for one that does not expire");
  }
  return Status::Ok();
}

}  // namespace leadpulse::access
