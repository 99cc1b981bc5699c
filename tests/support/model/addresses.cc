#include "tests/support/model/addresses.h"

#include <algorithm>

#include "tests/support/model/check.h"
#include "tests/support/model/text.h"
#include "tests/support/model/value.h"

namespace leadpulse::model {
namespace {

constexpr size_t kLongestAddress = 320;
// White space, and separators and brackets of addresses.
constexpr char kNeverInside[] = " \t\n\v\f\r,;<>";

bool HasAt(const std::string& text) { return text.find('@') != std::string::npos; }

bool IsWellFormed(const std::string& normal) {
  return normal.size() <= kLongestAddress && normal.find_first_of(kNeverInside) == std::string::npos;
}

}  // namespace

std::string NormalAddress(const std::string& text) { return LeadIdOf("", text); }

std::string NamedAddress(const std::string& email) {
  const std::string normal = NormalAddress(email);
  return HasAt(normal) && IsWellFormed(normal) ? normal : "";
}

bool IsInvalidEmail(const Json& sent) {
  if (Unsets(sent)) return false;
  return !sent.is_string() || !IsWellFormed(NormalAddress(NormalText(sent.get<std::string>())));
}

bool IsMailbox(const std::string& lead_id) { return HasAt(lead_id) && NormalAddress(lead_id) == lead_id; }

std::string SentAddressOf(const Lead& lead) {
  const auto sent = lead.attributes.find("email");
  if (sent != lead.attributes.end() && sent->second.is_string()) {
    auto email = sent->second.get<std::string>();
    if (HasAt(email)) return email;
  }
  return HasAt(lead.id) ? lead.id : "";
}

std::string MailAddressOf(const Lead& lead) { return NormalAddress(SentAddressOf(lead)); }

std::string UsedAddressOf(const Lead& lead) {
  const std::string address = MailAddressOf(lead);
  return address == lead.id ? "" : address;
}

std::string LastAddressOf(const Lead& lead) {
  std::string address = MailAddressOf(lead);
  if (!address.empty()) return address;
  return HasAt(lead.last_address) ? NormalAddress(lead.last_address) : "";
}

Belonging BelongingOf(const Event& event, const Lead& lead) {
  const std::string named = NamedAddress(event.email);
  if (!named.empty()) return {named, true, false};
  if (lead.address_changed_at && TimeOf(event.occurred_at) <= *lead.address_changed_at) return {"", false, true};
  const std::string address = MailAddressOf(lead);
  if (event.type == EventType::kResubscribe && address != NormalAddress(lead.id)) return {};
  return {address, false, false};
}

Belonging BelongingOfDropped(const Event& event, const std::string& lead_id) {
  const std::string named = NamedAddress(event.email);
  if (!named.empty()) return {named, true, false};
  return {HasAt(lead_id) ? NormalAddress(lead_id) : "", false, false};
}

bool SetsEmail(const Command& command) {
  const auto* update = std::get_if<UpdateProfile>(&command.action);
  if (update == nullptr) return false;
  const auto sent = update->set.items();
  return std::any_of(sent.begin(), sent.end(), [](const auto& item) { return NormalName(item.key()) == "email"; });
}

}  // namespace leadpulse::model
