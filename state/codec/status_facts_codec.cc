#include "state/codec/status_facts_codec.h"

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

}  // namespace leadpulse::state
