#include "processor/query/diff/address_difference.h"

#include <map>

#include "processor/engine/erasure_remains.h"

namespace leadpulse::query {
namespace {

using state::StatusFacts;

// The leads that a mailbox knows, and the facts of those whose ids it must not keep.
struct KnownLeads {
  std::map<std::string, state::MailboxLead, std::less<>> named;
  StatusFacts others;
  friend bool operator==(const KnownLeads&, const KnownLeads&) = default;
};

KnownLeads KnownTo(const state::LeadIdentity& mailbox) {
  KnownLeads known{{}, *mailbox.others};
  for (const auto& [id, lead] : mailbox.leads) {
    if (engine::IsPseudonym(id)) {
      Merge(lead.facts, &known.others);
    } else {
      known.named.emplace(id, lead);
    }
  }
  return known;
}

// Without those of the lead's own id: they are the rest of its facts.
std::map<std::string, StatusFacts, std::less<>> FactsByAddress(const state::Lead& lead) {
  std::map<std::string, StatusFacts, std::less<>> facts;
  const std::vector<state::AddressFacts>* const kept = lead.journal.kept_address_facts();
  if (kept == nullptr) return facts;
  for (const state::AddressFacts& of : *kept) {
    if (of.address == state::kOwnSlot || of.facts == StatusFacts()) continue;
    Merge(of.facts, &facts[std::string(AddressOfSlot(lead, of.address))]);
  }
  return facts;
}

}  // namespace

std::string_view AddressOfSlot(const state::Lead& lead, state::AddressSlot slot) {
  if (slot == state::kOwnSlot) return {};
  if (slot == state::kUnnamedSlot) return "unnamed";
  if (slot == state::kNoAddressSlot) return "none";
  if (slot == state::kNowhereSlot || !state::KnowsSlot(lead.identity, slot)) return "nowhere";
  const std::string& address = lead.identity->addresses[slot - 1u];
  return engine::IsPseudonym(address) ? std::string_view("erased") : std::string_view(address);
}

void CompareIdentities(const state::OptionalIdentity& left, const state::OptionalIdentity& right,
                       std::vector<std::string>* differ) {
  const state::LeadIdentity& l = *left;
  const state::LeadIdentity& r = *right;
  if (l.mailbox != r.mailbox || l.registration != r.registration || l.standing != r.standing) {
    differ->emplace_back("mailbox used");
  }
  if (!(KnownTo(l) == KnownTo(r)) || l.users_erased_at != r.users_erased_at ||
      l.users_suppressed != r.users_suppressed) {
    differ->emplace_back("users of the mailbox");
  }
}

bool SameAddressFacts(const state::Lead& left, const state::Lead& right) {
  return FactsByAddress(left) == FactsByAddress(right);
}

}  // namespace leadpulse::query
