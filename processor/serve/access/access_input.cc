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

// Whether the text is on one line and shows as it is.
bool IsPlainLine(std::string_view text, size_t most_bytes) {
  return text.size() <= most_bytes && IsUtf8(text) && DisplayableLine(text) == text;
}

// Checks a member. Rejected with `expected` unless it fits. `wrong` is as `member` in access_input.h.
Status Check(bool fits, std::string_view member, std::string_view* wrong, const std::string& expected) {
  if (fits) return Status::Ok();
  if (wrong != nullptr) *wrong = member;
  return Status::Rejected(expected);
}

Status CheckAgent(Role role, const std::string& agent, std::string_view* wrong) {
  LP_RETURN_IF_ERROR(Check(role != Role::kAgent || !TrimAsciiSpace(agent).empty(), "agent", wrong,
                           "an agent needs its agent id, as the leads have it"));
  return Check(IsPlainLine(agent, kMostAgentBytes), "agent", wrong,
               "an agent id is at most 320 bytes of UTF-8 on one line");
}

}  // namespace

Status CheckTenant(const std::string& tenant, std::string_view* member) {
  return Check(config::IsId(tenant), "tenant", member, "a tenant is 1 to 128 of A–Z a–z 0–9 _ . -");
}

Status CheckUser(const User& user, std::string_view* member) {
  LP_RETURN_IF_ERROR(CheckTenant(user.tenant, member));
  LP_RETURN_IF_ERROR(
      Check(IsUserName(user.name), "name", member, "a user's name is 1 to 128 of A–Z a–z 0–9 _ . - @ +"));
  return CheckAgent(user.role, user.agent_id, member);
}

Status CheckPassword(std::string_view password) {
  const bool fits = password.size() >= kLeastPasswordBytes && password.size() <= kMostPasswordBytes;
  return fits ? Status::Ok() : Status::Rejected("a password has 12 to 1024 bytes");
}

Status CheckToken(const NewToken& token, Instant now, std::string_view* member) {
  LP_RETURN_IF_ERROR(CheckTenant(token.tenant, member));
  LP_RETURN_IF_ERROR(CheckAgent(token.role, token.agent_id, member));
  const bool is_label = !TrimAsciiSpace(token.label).empty() && IsPlainLine(token.label, kMostNameBytes);
  LP_RETURN_IF_ERROR(Check(is_label, "label", member, "a label is 1 to 128 bytes of UTF-8 on one line, not blank"));
  const Scopes most = Scopes::Of(token.role);
  LP_RETURN_IF_ERROR(
      Check(!token.scopes.empty() && token.scopes.IsWithin(most), "scopes", member,
            "a token of role " + std::string(NameOf(token.role)) + " has some of the scopes " + most.Text()));
  if (!token.expires) return Status::Ok();
  LP_RETURN_IF_ERROR(Check(*token.expires > now, "expires", member, "a token expires later than now"));
  return Check(*token.expires <= kLastInstant, "expires", member,
               "a token expires before the year 10000; leave the end out for one that does not expire");
}

}  // namespace leadpulse::access
