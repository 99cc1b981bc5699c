// An entry of a journal, as it is added and as it is held. journal.h has the invariants.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/value.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// The properties of an event by ascending normalised name; values are converted when they are journaled.
using EntryProperties = std::vector<std::pair<std::string, Value>>;

// Whether events of this type may name a topic.
inline bool HasScope(EventType type) { return type == EventType::kUnsubscribe || type == EventType::kResubscribe; }

// The fields of an event that the journal stores. Refers to its strings, each at most kMaxEntryTextBytes long.
struct EntryFields {
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine = false;
  bool received = false;                 // as JournalEntry::received
  bool of_other_address = false;         // as JournalEntry::of_other_address
  AddressSlot address = kOwnSlot;        // as JournalEntry::address
  AddressSlot other_address = kOwnSlot;  // as JournalEntry::belongs_to, if it is of another address
  std::string_view event_id;
  std::string_view message_id;
  std::string_view campaign_id;
  std::string_view name;
  std::string_view subject;                           // as JournalEntry::subject, but a topic not folded
  std::shared_ptr<const EntryProperties> properties;  // null where there are none; shared by copies of the journal
  std::optional<uint16_t> id_hash;                    // HashEventId of the event id, if already known

  // Returns what JournalEntry::topic does; the next two are the same as there, too.
  std::string_view topic() const { return HasScope(type) ? subject : std::string_view(); }
  AddressSlot origin() const { return received ? address : kOwnSlot; }
  AddressSlot belongs_to() const { return of_other_address ? other_address : address; }
};

inline constexpr size_t kMaxEntryTextBytes = 65'535;

// The bytes that an entry counts toward the bound of a journal (Journal::Add), beside its strings. They decide what is
// folded, so they are part of the contract: never change them.
inline constexpr size_t kCountedEntryBytes = 64;

// An entry in memory: only 32 bytes, because most of an event's cost is waiting for memory. Its strings and properties
// belong to the journal, and Add may move them: an entry and its strings are valid until the next Add.
class JournalEntry {
 public:
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  // The address that the status fact belongs to, or through which the entry was received.
  AddressSlot address = kOwnSlot;
  bool machine : 1 = false;
  bool retracted : 1 = false;         // derived: set by the journal
  bool received : 1 = false;          // sent for the mailbox of `address`, which the lead used, not for the lead itself
  bool of_other_address : 1 = false;  // received, but it belongs to another address than the mailbox's

  std::string_view event_id() const { return {texts_, event_id_size_}; }
  std::string_view message_id() const { return After(event_id(), message_id_size_); }
  std::string_view campaign_id() const { return After(message_id(), campaign_id_size_); }
  std::string_view name() const { return After(campaign_id(), name_size_); }
  // Returns the event id that a RETRACT names, or the topic of an UNSUBSCRIBE or RESUBSCRIBE, folded, or kNoTopic
  // (status_facts.h).
  std::string_view subject() const { return After(name(), subject_size_); }
  // Returns the topic of an UNSUBSCRIBE or RESUBSCRIBE. Empty: it is about everything, or the type is another.
  std::string_view topic() const { return HasScope(type) ? subject() : std::string_view(); }
  // Returns the origin. Entries of one event id are different events if they have different origins. kOwnSlot: sent for
  // the lead itself.
  AddressSlot origin() const { return received ? address : kOwnSlot; }
  // Returns the address that the entry belongs to, if it counts by address.
  AddressSlot belongs_to() const {
    return of_other_address ? static_cast<AddressSlot>(texts_[kept_bytes() - 1]) : address;
  }
  // Returns the size of the five strings together.
  size_t text_bytes() const {
    return size_t{event_id_size_} + message_id_size_ + campaign_id_size_ + name_size_ + subject_size_;
  }
  const EntryProperties* properties() const {  // null where there are none
    const EntryProperties* properties = nullptr;
    if (has_properties_) std::memcpy(&properties, texts_ + text_bytes(), kAddressBytes);
    return properties;
  }

  // Returns the hash of the event id, which finds duplicates without reading the strings.
  uint16_t id_hash() const { return id_hash_; }
  // Whether it counts for the view: done by a person and not retracted.
  bool effective() const { return !(machine | retracted) && type != EventType::kRetract; }
  friend bool operator==(const JournalEntry& a, const JournalEntry& b);

 private:
  friend class JournalArena;

  static constexpr size_t kAddressBytes = sizeof(void*);  // the size of a pointer to the properties

  static std::string_view After(std::string_view text, size_t size) { return {text.data() + text.size(), size}; }
  // Returns the number of bytes at texts_.
  size_t kept_bytes() const {
    return text_bytes() + (has_properties_ ? kAddressBytes : 0) + (of_other_address ? 1 : 0);
  }
  bool has_properties_ : 1 = false;
  uint16_t event_id_size_ = 0;
  uint16_t message_id_size_ = 0;
  uint16_t campaign_id_size_ = 0;
  uint16_t name_size_ = 0;
  uint16_t subject_size_ = 0;
  uint16_t id_hash_ = 0;
  // The strings, then the address of the properties and the slot of another address, if there are such.
  const char* texts_ = nullptr;
};
static_assert(sizeof(JournalEntry) == 32);

// Computes JournalEntry::id_hash.
uint16_t HashEventId(std::string_view event_id);

}  // namespace leadpulse::state
