#include "state/codec/facts_codec.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

using Scope = v1::StatusFacts::Scope;

constexpr uint32_t kHardBouncesApart = 0;  // LeadState.Folded.Type.type: not an EventType

void EncodeScope(const ScopeTimes& times, Scope* out) {
  if (times.out != Instant::DistantPast()) out->set_out_ms(times.out.millis);
  if (times.in != Instant::DistantPast()) out->set_in_ms(times.in.millis);
}

ScopeTimes DecodeScope(const Scope& in) {
  ScopeTimes times;
  if (in.has_out_ms()) times.out = Instant{in.out_ms()};
  if (in.has_in_ms()) times.in = Instant{in.in_ms()};
  return times;
}

void EncodeTotals(uint32_t type, const TypeTotals& totals, v1::LeadState::Folded* out) {
  if (totals.count == 0) return;
  auto* added = out->add_types();
  added->set_type(type);
  added->set_count(totals.count);
  added->set_first_ms(totals.first.millis);
  added->set_last_ms(totals.last.millis);
}

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

void EncodeFacts(const StatusFacts& facts, v1::StatusFacts* out) {
  if (facts.everything != ScopeTimes()) EncodeScope(facts.everything, out->mutable_everything());
  for (const TopicTimes& topic : facts.topics) {
    Scope* scope = out->add_topics();
    scope->set_topic(topic.topic);
    EncodeScope(topic.times, scope);
  }
  if (facts.complaint != Instant::DistantPast()) out->set_complaint_ms(facts.complaint.millis);
  if (facts.hard_bounce != Instant::DistantPast()) out->set_hard_bounce_ms(facts.hard_bounce.millis);
  if (facts.sign_of_life != Instant::DistantPast()) out->set_sign_of_life_ms(facts.sign_of_life.millis);
}

std::string DecodeFacts(const v1::StatusFacts& in, StatusFacts* facts) {
  if (static_cast<size_t>(in.topics_size()) > kMaxMergedTopics) return "it has too many topics";
  facts->everything = DecodeScope(in.everything());
  for (const Scope& scope : in.topics()) {
    const bool ascends = facts->topics.empty() ? !scope.topic().empty() : facts->topics.back().topic < scope.topic();
    if (!ascends) return "its topics do not ascend";
    facts->topics.push_back({scope.topic(), DecodeScope(scope)});
  }
  if (in.has_complaint_ms()) facts->complaint = Instant{in.complaint_ms()};
  if (in.has_hard_bounce_ms()) facts->hard_bounce = Instant{in.hard_bounce_ms()};
  if (in.has_sign_of_life_ms()) facts->sign_of_life = Instant{in.sign_of_life_ms()};
  return {};
}

std::string EncodeFacts(const StatusFacts& facts) {
  v1::StatusFacts message;
  EncodeFacts(facts, &message);
  std::string bytes;
  LP_ASSERT(message.SerializeToString(&bytes));
  return bytes;
}

std::optional<StatusFacts> DecodeFacts(std::string_view bytes) {
  v1::StatusFacts message;
  StatusFacts facts;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  if (!DecodeFacts(message, &facts).empty()) return std::nullopt;
  return facts;
}

void EncodeFolded(const FoldedEntries& folded, v1::LeadState::Folded* added) {
  for (uint32_t type = 1; type < kEventTypeCount; ++type) EncodeTotals(type, folded.totals.by_type[type], added);
  EncodeTotals(kHardBouncesApart, folded.totals.hard_bounces, added);
  added->set_newest_at_ms(folded.newest_at.millis);
  added->set_newest_event_id(folded.newest_event_id);
  if (folded.totals.first_own != folded.totals.First()) added->set_first_own_ms(folded.totals.first_own.millis);
}

std::string DecodeFolded(v1::LeadState::Folded* in, FoldedEntries* folded) {
  for (const auto& type : in->types()) {
    if (type.type() >= kEventTypeCount) return "folded totals of the unknown type " + std::to_string(type.type());
    bool apart = type.type() == kHardBouncesApart;
    TypeTotals& totals = apart ? folded->totals.hard_bounces : folded->totals.by_type[type.type()];
    if (totals.count > 0) return "folded totals of type " + std::to_string(type.type()) + " stand twice";
    totals = {type.count(), Instant{type.first_ms()}, Instant{type.last_ms()}};
  }
  folded->newest_at = Instant{in->newest_at_ms()};
  folded->newest_event_id = std::move(*in->mutable_newest_event_id());
  folded->totals.first_own = in->has_first_own_ms() ? Instant{in->first_own_ms()} : folded->totals.First();
  return {};
}

void EncodeFacts(const std::vector<AddressFacts>& facts, v1::LeadState* out) {
  for (const AddressFacts& of_address : facts) {
    v1::AddressFacts* added = out->add_facts_by_address();
    added->set_address(of_address.address);
    EncodeFacts(of_address.facts, added->mutable_facts());
  }
}

std::string DecodeFacts(const v1::LeadState& in, std::vector<AddressFacts>* facts) {
  for (const v1::AddressFacts& of_address : in.facts_by_address()) {
    const uint32_t address = of_address.address();
    if (address > std::numeric_limits<AddressSlot>::max())
      return "status facts of the unknown address " + std::to_string(address);
    if (!facts->empty() && address <= facts->back().address) return "status facts by address are not in order";
    AddressFacts& added = facts->emplace_back(AddressFacts{static_cast<AddressSlot>(address), {}});
    if (std::string wrong = DecodeFacts(of_address.facts(), &added.facts); !wrong.empty()) {
      return "status facts of address " + std::to_string(address) + ": " + wrong;
    }
  }
  return {};
}

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
  out->set_was_mailbox(identity.was_mailbox);
  out->set_users_suppressed(identity.users_suppressed);
  out->set_question(identity.question);
  out->set_withheld_tier(identity.withheld->tier);
  for (const std::string& id : identity.withheld->segments) out->add_withheld_segments(id);
  for (const std::string& name : identity.updated) out->add_updated(name);
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
  identity->was_mailbox = in->was_mailbox();
  identity->users_suppressed = in->users_suppressed();
  identity->question = in->question();
  for (std::string& name : *in->mutable_updated()) identity->updated.push_back(std::move(name));
  if (!std::ranges::is_sorted(identity->updated)) return "its updated names do not ascend";
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
