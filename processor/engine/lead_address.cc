#include "processor/engine/lead_address.h"

#include "processor/base/text.h"

namespace leadpulse::engine {
namespace {

bool HoldsAt(std::string_view text) { return text.find('@') != std::string_view::npos; }

std::string AddressIn(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && HoldsAt(*text) ? NormalizeAddress(*text) : std::string();
}

// Whether an attribute of this name is `email`: as NormalizeName, without a copy.
bool IsEmailName(std::string_view name) {
  constexpr std::string_view kEmail = "email";
  if (!IsAscii(name)) return NormalizeName(name) == kEmail;
  const std::string_view trimmed = TrimAsciiSpace(name);
  return trimmed.size() == kEmail.size() && EqualsFolded(trimmed, kEmail);
}

// Returns the last value that the command sets `email` to; null: none. If a name comes twice, the later one wins.
const Value* SentEmail(const codec::Command& command) {
  const auto* update = std::get_if<codec::UpdateProfile>(&command.action);
  if (update == nullptr) return nullptr;
  const Value* sent = nullptr;
  for (const auto& [name, value] : update->set) {
    if (IsEmailName(name)) sent = &value;
  }
  return sent;
}

}  // namespace

std::string AddressOf(const LeadKey& key, const state::Profile& profile) {
  const auto email = profile.attributes.find(std::string_view("email"));
  if (email != profile.attributes.end()) {
    if (std::string address = AddressIn(email->second.sent); !address.empty()) return address;
  }
  return HoldsAt(key.lead) ? NormalizeAddress(key.lead) : std::string();
}

std::vector<std::string> AllAddressesOf(const LeadKey& key, const state::Profile& profile) {
  std::vector<std::string> addresses = {AddressOf(key, profile)};
  if (HoldsAt(key.lead) && addresses.front() != NormalizeAddress(key.lead)) {
    addresses.push_back(NormalizeAddress(key.lead));
  }
  return addresses;
}

std::string UsedMailbox(const LeadKey& key, const state::Profile& profile) {
  std::string address = AddressOf(key, profile);
  if (address == key.lead) address.clear();
  return address;
}

bool CountsByAddress(EventType type) {
  return type != EventType::kSent && type != EventType::kPageVisit && type != EventType::kCustom &&
         type != EventType::kRetract;
}

bool IsOfFormerAddress(const codec::Event& event, const state::Profile& profile) {
  return event.address.empty() && profile.address_changed_at && event.occurred_at <= *profile.address_changed_at;
}

std::string_view BelongsTo(const codec::Event& event, std::string_view present) {
  if (!event.address.empty()) return event.address;
  if (event.type == EventType::kResubscribe && NormalizeAddress(event.key.lead) != present) return {};
  return present;
}

std::string BelongsToAfterErasure(const codec::Event& event) {
  if (!event.address.empty()) return event.address;
  return HoldsAt(event.key.lead) ? NormalizeAddress(event.key.lead) : std::string();
}

bool SetsEmail(const codec::Command& command) { return SentEmail(command) != nullptr; }

std::string NewAddress(const codec::Command& command) {
  const Value* sent = SentEmail(command);
  return sent == nullptr ? std::string() : AddressIn(*sent);
}

}  // namespace leadpulse::engine
