#include "state/codec/identity_codec.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "state/codec/status_facts_codec.h"

namespace leadpulse::state {
namespace {

using IdentityProto = v1::LeadState::Identity;

std::string DecodeAddresses(IdentityProto* in, std::vector<std::string>* addresses) {
  if (static_cast<size_t>(in->addresses_size()) > kMaxLeadAddresses) return "it has too many addresses";
  for (std::string& address : *in->mutable_addresses()) {
    if (address.empty()) return "one of its addresses is empty";
    if (std::ranges::find(*addresses, address) != addresses->end()) return "one of its addresses stands twice";
    addresses->push_back(std::move(address));
  }
  return {};
}

std::string DecodeLeads(IdentityProto* in, LeadIdentity* identity) {
  if (static_cast<size_t>(in->leads_size()) > kMaxKnownLeads) return "it has too many leads";
  auto& leads = identity->leads;
  for (v1::LeadState::MailboxLead& lead : *in->mutable_leads()) {
    const bool ascends = leads.empty() ? !lead.id().empty() : leads.rbegin()->first < lead.id();
    if (!ascends) return "its leads do not ascend";
    const auto added = leads.emplace_hint(leads.end(), std::move(*lead.mutable_id()), MailboxLead{lead.uses(), {}});
    if (std::string wrong = DecodeFacts(lead.facts(), &added->second.facts); !wrong.empty()) return wrong;
  }
  StatusFacts others;
  if (std::string wrong = DecodeFacts(in->others(), &others); !wrong.empty()) return wrong;
  identity->others.Set(std::move(others));
  return {};
}

std::string DecodeRouted(IdentityProto* in, std::vector<RoutedCommand>* routed) {
  if (static_cast<size_t>(in->routed_size()) > kMaxRoutedTargets) return "it has too many routed commands";
  for (v1::LeadState::RoutedCommand& command : *in->mutable_routed()) {
    routed->push_back({std::move(*command.mutable_command_id()), std::move(*command.mutable_lead())});
  }
  return {};
}

std::string DecodeWithheld(IdentityProto* in, OwnedPart<WithheldView>* view) {
  WithheldView withheld;
  withheld.tier = std::move(*in->mutable_withheld_tier());
  for (std::string& id : *in->mutable_withheld_segments()) {
    if (!withheld.segments.empty() && id <= withheld.segments.back()) return "its withheld segments do not ascend";
    withheld.segments.push_back(std::move(id));
  }
  view->Set(std::move(withheld));
  return {};
}

}  // namespace

void EncodeIdentity(const LeadIdentity& identity, IdentityProto* out) {
  out->set_mailbox(identity.mailbox);
  out->set_registration(static_cast<uint32_t>(identity.registration));
  if (identity.standing != StatusFacts()) EncodeFacts(identity.standing, out->mutable_standing());
  for (const std::string& address : identity.addresses) out->add_addresses(address);
  for (const auto& [id, lead] : identity.leads) {
    v1::LeadState::MailboxLead* added = out->add_leads();
    added->set_id(id);
    added->set_uses(lead.uses);
    if (lead.facts != StatusFacts()) EncodeFacts(lead.facts, added->mutable_facts());
  }
  if (*identity.others != StatusFacts()) EncodeFacts(*identity.others, out->mutable_others());
  for (const RoutedCommand& command : identity.routed) {
    v1::LeadState::RoutedCommand* added = out->add_routed();
    added->set_command_id(command.command_id);
    added->set_lead(command.lead);
  }
  if (identity.users_erased_at != Instant::DistantPast()) {
    out->set_users_erased_at_ms(identity.users_erased_at.millis);
  }
  out->set_is_no_lead(identity.is_no_lead);
  out->set_users_suppressed(identity.users_suppressed);
  out->set_question(identity.question);
  out->set_withheld_tier(identity.withheld->tier);
  for (const std::string& id : identity.withheld->segments) out->add_withheld_segments(id);
}

std::string DecodeIdentity(IdentityProto* in, LeadIdentity* identity) {
  if (in->registration() > static_cast<uint32_t>(Registration::kRefused)) {
    return "unknown registration " + std::to_string(in->registration());
  }
  identity->mailbox = std::move(*in->mutable_mailbox());
  identity->registration = static_cast<Registration>(in->registration());
  if (std::string wrong = DecodeFacts(in->standing(), &identity->standing); !wrong.empty()) return wrong;
  if (std::string wrong = DecodeAddresses(in, &identity->addresses); !wrong.empty()) return wrong;
  if (std::string wrong = DecodeLeads(in, identity); !wrong.empty()) return wrong;
  if (std::string wrong = DecodeRouted(in, &identity->routed); !wrong.empty()) return wrong;
  if (in->has_users_erased_at_ms()) identity->users_erased_at = Instant{in->users_erased_at_ms()};
  identity->is_no_lead = in->is_no_lead();
  identity->users_suppressed = in->users_suppressed();
  identity->question = in->question();
  return DecodeWithheld(in, &identity->withheld);
}

std::string EncodeErasedAddresses(const std::vector<AddressFacts>& facts, const OptionalIdentity& identity) {
  if (facts.empty() && !identity) return {};
  v1::LeadState message;
  EncodeFacts(facts, &message);
  if (identity) EncodeIdentity(*identity, message.mutable_identity());
  std::string bytes;
  LP_ASSERT(message.SerializeToString(&bytes));
  return bytes;
}

bool DecodeErasedAddresses(std::string_view bytes, std::vector<AddressFacts>* facts, OptionalIdentity* identity) {
  v1::LeadState message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (!DecodeFacts(message, facts).empty()) return false;
  if (message.has_identity() && !DecodeIdentity(message.mutable_identity(), &identity->Get()).empty()) return false;
  return std::ranges::all_of(*facts, [&](const AddressFacts& of) { return KnowsSlot(*identity, of.address); });
}

}  // namespace leadpulse::state
