// A lead in memory: profile and journal, from which everything else is derived, and the view that was published last.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/inlined_vector.h"
#include "processor/base/engagement.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "state/lead/identity.h"
#include "state/lead/journal.h"
#include "state/lead/profile.h"

namespace leadpulse::state {

// The segments that contain a lead, as indexes into its tenant's definitions, ascending. Most leads are in few and need
// no heap memory.
using SegmentIndexes = absl::InlinedVector<uint32_t, 4>;

// The declared topics that a lead is opted out of, by their index in its tenant's definitions.
using TopicSet = std::bitset<kMaxTopics>;

// The published part of the last evaluation; the next one is compared with it. `tier`, `segments` and `topics_out` are
// indexes into the tenant's definitions with the lead's definitions_number; segments ascend.
struct PublishedView {
  int64_t score = 0;
  uint32_t tier = 0;
  EmailStatus email_status = EmailStatus::kActive;
  bool sendable = true;
  Stage stage = Stage::kNew;
  SegmentIndexes segments;
  TopicSet topics_out;
  friend bool operator==(const PublishedView&, const PublishedView&) = default;
};

// What the view caches for a lead between evaluations. It follows from the lead and is not stored; only the view reads
// it (processor/view/lead_memo.h).
class LeadMemo {
 public:
  virtual ~LeadMemo() = default;
  // Returns the approximate bytes of memory.
  virtual size_t MemoryBytes() const = 0;
  // Prefetches the memory that it refers to.
  virtual void Prefetch() const = 0;
};

// The memo of one lead: a copy of the lead has none, and comparisons ignore it. Evaluating a lead may create it, so it
// is mutable.
struct OwnLeadMemo {
  mutable std::unique_ptr<LeadMemo> held;

  OwnLeadMemo() = default;
  OwnLeadMemo(OwnLeadMemo&&) = default;
  OwnLeadMemo& operator=(OwnLeadMemo&&) = default;
  OwnLeadMemo(const OwnLeadMemo&) {}
  OwnLeadMemo& operator=(const OwnLeadMemo&) {
    held.reset();
    return *this;
  }
  friend bool operator==(const OwnLeadMemo&, const OwnLeadMemo&) { return true; }
};

struct Lead {
  LeadKey key;
  Journal journal;
  OptionalIdentity identity;
  SequenceNumber last_seq;
  // Records at or before this time belong to an erased life of this lead and are dropped.
  Instant erased_at = Instant::DistantPast();
  // The next instant at which the view can change by time alone.
  Instant next_change_at = Instant::Never();
  DefinitionsNumber definitions_number;
  // The partition's epoch whose delta is the last in its row (processor/kafka/delta_log.h); 0 without Kafka.
  uint64_t delta_epoch = 0;
  PublishedView view;
  bool view_in_doubt = false;  // a repair found it wrong: the next timer evaluates all of it
  // Null: created when an evaluation needs it. Reset it when the lead gets another journal or other definitions.
  OwnLeadMemo memo;
  Profile profile;

  // Whether the row is a lead. False for the row of a mailbox that is not a lead of its own, or of a new lead that
  // waits for its mailbox. Such a row has no view and appears in no list.
  bool is_lead() const { return !identity || !identity->is_no_lead; }
  // Whether it has asked the mailbox of its address, which has not answered yet. It publishes nothing until then.
  bool waits() const { return identity && identity->registration == Registration::kWaiting; }
  // Whether it is evaluated when it changes: rows that are not leads and leads that wait for their mailbox are not.
  bool is_evaluated() const {
    return !identity || (!identity->is_no_lead && identity->registration != Registration::kWaiting);
  }
  friend bool operator==(const Lead&, const Lead&) = default;
};

// Returns the slot of the lead's own id if that is an address, in normal form or not; otherwise kNowhereSlot.
AddressSlot SlotOfId(const Lead& lead);

// Returns the status facts of the events that belong to the address of `slot`, as Journal::FactsOf. For the lead's own
// id these include events in kUnnamedSlot. kNowhereSlot is not an address, so it has no facts.
StatusFacts FactsOfAddress(const Lead& lead, AddressSlot slot);

// Returns the approximate bytes of memory that a lead takes without its journal (Journal::MemoryBytes).
size_t ProfileMemory(const Profile& profile);
// Returns the heap bytes of the list of segments; 0 for a short list.
size_t SegmentBytes(const PublishedView& view);

}  // namespace leadpulse::state
