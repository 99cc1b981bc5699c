#include "processor/engine/erasure_rotation.h"

#include <map>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "processor/engine/erasure_remains.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"

namespace leadpulse::engine {
namespace {

using state::LeadIdentity;
using state::MailboxLead;

// Replaces the text if it is a pseudonym as PseudonymOf makes it: one in capitals was chosen by somebody.
bool Rotate(std::string_view added, std::string* text) {
  if (!IsPseudonym(*text)) return false;
  const std::string hash = absl::HexStringToBytes(text->substr(kPseudonymPrefix.size()));
  if (PseudonymOf(hash) != *text) return false;
  *text = PseudonymOf(state::ErasureHashOf(added, hash));
  return true;
}

bool RotateAll(std::string_view added, std::vector<std::string>* texts) {
  bool any = false;
  for (std::string& text : *texts) any = Rotate(added, &text) || any;
  return any;
}

bool Uses(const LeadIdentity& mailbox, const std::string& id) {
  const auto known = mailbox.leads.find(id);
  return known != mailbox.leads.end() && known->second.uses;
}

bool RotateLeads(std::string_view added, LeadIdentity* mailbox) {
  bool any = false;
  std::map<std::string, MailboxLead, std::less<>> leads;
  for (auto& [id, known] : mailbox->leads) {
    std::string name = id;
    if (!known.uses) any = Rotate(added, &name) || any;
    leads.emplace(std::move(name), std::move(known));
  }
  mailbox->leads = std::move(leads);
  return any;
}

}  // namespace

bool RotatePseudonyms(std::string_view added, LeadIdentity* identity) {
  bool any = RotateAll(added, &identity->addresses);
  for (state::RoutedCommand& routed : identity->routed) {
    if (!Uses(*identity, routed.lead)) any = Rotate(added, &routed.lead) || any;
  }
  return RotateLeads(added, identity) || any;
}

void RotateErasure(std::string_view added, state::Erasure* erasure) {
  if (erasure->identity) RotatePseudonyms(added, &*erasure->identity);
}

Result<std::optional<std::string>> RotateRow(std::string_view added, const LeadKey& key, std::string_view row) {
  // Rows hold ids and addresses as they are. Most have no pseudonym, and are not decoded.
  if (row.find(kPseudonymPrefix) == std::string_view::npos) return std::optional<std::string>();
  LP_ASSIGN_OR_RETURN(state::Lead lead, state::DecodeLead(key, row));
  if (!lead.identity || !RotatePseudonyms(added, &*lead.identity)) return std::optional<std::string>();
  return std::optional(state::EncodeLead(lead));
}

bool RotateMessage(std::string_view added, LeadMessage* message) {
  if (auto* const to_user = std::get_if<ToUser>(&message->content)) return RotateAll(added, &to_user->addresses);
  auto* const part = std::get_if<std::shared_ptr<const state::Lead>>(&message->content);
  if (part == nullptr || !(*part)->identity) return false;
  LeadIdentity identity = *(*part)->identity;
  if (!RotatePseudonyms(added, &identity)) return false;
  auto rotated = std::make_shared<state::Lead>();
  *rotated = **part;
  *rotated->identity = std::move(identity);
  *part = std::move(rotated);
  return true;
}

}  // namespace leadpulse::engine
