// The latest times that decide whether an address may be mailed, of events that no journal holds any more.
//
// Entries beyond a journal's bound, events that arrive too late for it, and the life before an erasure leave these
// times behind, because an opt-out must never be forgotten. They are maxima: below the bound of topics, the order in
// which events are included and repetitions do not matter.
//
// Values; not thread-safe. Nothing here fails.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"

namespace leadpulse::state {

struct EngagementTotals;

// The number that an entry or fact has for an address; the lead maps numbers to addresses. kOwnSlot: the lead's own id
// if that is an address, otherwise no address.
using AddressSlot = uint8_t;
inline constexpr AddressSlot kOwnSlot = 0;
// An earlier address of the lead that is unknown now, or an address for which the lead has no slot. Only a RESUBSCRIBE
// is kept here, no bounces and other signs of life. Stored: never renumber.
inline constexpr AddressSlot kNowhereSlot = 255;
// Only for a RESUBSCRIBE that names no address, while the lead's own id was its address: it belongs to that address,
// and also lifts what only a RESUBSCRIBE without an address lifts (spec §9, rule 1). Stored: never renumber.
inline constexpr AddressSlot kUnnamedSlot = 254;
// Only for a RESUBSCRIBE: no address, although the lead's id is one. Stored: never renumber.
inline constexpr AddressSlot kNoAddressSlot = 253;

// The number of topics that a lead keeps: the first that it meets. Beyond them an UNSUBSCRIBE counts as from
// everything, and a RESUBSCRIBE does not count.
inline constexpr size_t kMaxLeadTopics = 100;
// The number of topics of several leads' facts together, as of an address. The contract bounds only those of one lead;
// this bounds memory, because a mailbox sends them to each of its users. More topics than this are never declared.
inline constexpr size_t kMaxMergedTopics = 5 * kMaxLeadTopics;
// The topic of a RESUBSCRIBE that lifts nothing. No real topic equals it, because it is not UTF-8.
inline constexpr std::string_view kNoTopic = "\xff";

// The latest UNSUBSCRIBE and RESUBSCRIBE of one scope: everything, or one topic.
struct ScopeTimes {
  Instant out = Instant::DistantPast();
  Instant in = Instant::DistantPast();

  // Whether the opt-out counts: a RESUBSCRIBE must be later to lift it.
  bool opted_out() const { return out > Instant::DistantPast() && in <= out; }
  void Include(EventType type, Instant at) {
    Instant& latest = type == EventType::kUnsubscribe ? out : in;
    latest = std::max(latest, at);
  }
  void Include(const ScopeTimes& times) {
    out = std::max(out, times.out);
    in = std::max(in, times.in);
  }
  friend bool operator==(const ScopeTimes&, const ScopeTimes&) = default;
};

struct TopicTimes {
  std::string topic;  // folded
  ScopeTimes times;
  friend bool operator==(const TopicTimes&, const TopicTimes&) = default;
};

struct StatusFacts {
  ScopeTimes everything;
  // Ascending; at most kMaxLeadTopics, for several leads kMaxMergedTopics. Includes topics without a time here.
  std::vector<TopicTimes> topics;
  Instant complaint = Instant::DistantPast();
  Instant hard_bounce = Instant::DistantPast();
  // DELIVERED, OPEN, CLICK, REPLY or RESUBSCRIBE.
  Instant sign_of_life = Instant::DistantPast();

  // Returns the topic to store in the entry of an UNSUBSCRIBE or RESUBSCRIBE: `sent`, folded, which is kept here from
  // now on. If there is no room for it: an empty topic (everything) or kNoTopic. Valid until the next call. Earlier
  // results, including the empty one and kNoTopic, are returned unchanged; folded they may be longer than any topic
  // that is sent.
  std::string_view Meet(EventType type, std::string_view sent);
  // Whether `topic` can be a result of Meet.
  bool HasMet(std::string_view topic) const {
    return topic.empty() || topic == kNoTopic || std::ranges::binary_search(topics, topic, {}, &TopicTimes::topic);
  }
  // Includes an effective event. `topic` is a result of Meet, or empty.
  void Include(EventType type, BounceKind bounce_kind, std::string_view topic, Instant at);
  // Returns the approximate heap bytes.
  size_t HeapBytes() const;
  friend bool operator==(const StatusFacts&, const StatusFacts&) = default;
};

// The facts that belong to one of a lead's addresses.
struct AddressFacts {
  AddressSlot address = kOwnSlot;
  StatusFacts facts;
  friend bool operator==(const AddressFacts&, const AddressFacts&) = default;
};

// Includes all times of `facts`. A topic without a time adds nothing. Beyond kMaxMergedTopics an opt-out from a further
// topic counts as from everything, and a RESUBSCRIBE does not count. Below this bound, the order and the number of
// merges do not matter.
void Merge(const StatusFacts& facts, StatusFacts* into);

inline bool IsHardBounce(EventType type, BounceKind bounce_kind) {
  return type == EventType::kBounce && bounce_kind != BounceKind::kSoft;
}
// Whether an event of this type belongs to the status facts.
bool IsStatusFact(EventType type, BounceKind bounce_kind);

// Returns the facts of entries that name no topic.
StatusFacts FactsOfTotals(const EngagementTotals& totals);

}  // namespace leadpulse::state
