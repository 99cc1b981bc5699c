#include "state/codec/status_facts_codec.h"

#include "processor/base/assert.h"

namespace leadpulse::state {
namespace {

using Scope = v1::StatusFacts::Scope;

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
  if (static_cast<size_t>(in.topics_size()) > kMaxLeadTopics) return "it has too many topics";
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

}  // namespace leadpulse::state
