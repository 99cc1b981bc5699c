// An entry of a journal, as it is given to one and as it is held. journal.h says what a journal promises of them.
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

namespace leadpulse::state {

// By ascending normalised name; converted when journaled.
using EntryProperties = std::vector<std::pair<std::string, Value>>;

// What the journal takes of an event. Refers to its texts, each of at most kMaxEntryTextBytes.
struct EntryFields {
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine = false;
  std::string_view event_id;
  std::string_view message_id;
  std::string_view campaign_id;
  std::string_view name;
  std::string_view retracts;                          // of a RETRACT
  std::shared_ptr<const EntryProperties> properties;  // null where there are none; shared by copies of the journal
  std::optional<uint16_t> id_hash;                    // HashEventId of the event id, where somebody knows it already
};

inline constexpr size_t kMaxEntryTextBytes = 65'535;

// Bytes that an entry counts toward the bound of a journal (Journal::Add), beside its texts. Part of the contract, for
// it decides what is folded: never change it.
inline constexpr size_t kCountedEntryBytes = 64;

// An entry held: 32 bytes, for what an event costs is mostly waiting for memory. Its texts, one behind the other, and
// its properties belong to the journal, which Add may copy to another place: an entry, or a text of one, that was taken
// from a journal is good until the next Add.
class JournalEntry {
 public:
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine : 1 = false;
  bool retracted : 1 = false;  // derived: set by the journal

  std::string_view event_id() const { return {texts_, event_id_size_}; }
  std::string_view message_id() const { return After(event_id(), message_id_size_); }
  std::string_view campaign_id() const { return After(message_id(), campaign_id_size_); }
  std::string_view name() const { return After(campaign_id(), name_size_); }
  std::string_view retracts() const { return After(name(), retracts_size_); }
  // Of the five together.
  size_t text_bytes() const {
    return size_t{event_id_size_} + message_id_size_ + campaign_id_size_ + name_size_ + retracts_size_;
  }
  const EntryProperties* properties() const {  // null where there are none
    const EntryProperties* properties = nullptr;
    if (has_properties_) std::memcpy(&properties, texts_ + text_bytes(), kAddressBytes);
    return properties;
  }

  // Of the event id: a duplicate is found without touching the texts.
  uint16_t id_hash() const { return id_hash_; }
  // Counts for the view: a person's doing that was not taken back.
  bool effective() const { return !machine && !retracted && type != EventType::kRetract; }
  friend bool operator==(const JournalEntry& a, const JournalEntry& b);

 private:
  friend class JournalArena;

  static constexpr size_t kAddressBytes = sizeof(void*);  // of the properties

  static std::string_view After(std::string_view text, size_t size) { return {text.data() + text.size(), size}; }
  // At texts_.
  size_t kept_bytes() const { return text_bytes() + (has_properties_ ? kAddressBytes : 0); }
  bool has_properties_ : 1 = false;
  uint16_t event_id_size_ = 0;
  uint16_t message_id_size_ = 0;
  uint16_t campaign_id_size_ = 0;
  uint16_t name_size_ = 0;
  uint16_t retracts_size_ = 0;
  uint16_t id_hash_ = 0;
  const char* texts_ = nullptr;  // and, few entries have them, behind the texts the address of the properties
};
static_assert(sizeof(JournalEntry) == 32);

// What is held of an event id beside the id: see JournalEntry::id_hash.
uint16_t HashEventId(std::string_view event_id);

}  // namespace leadpulse::state
