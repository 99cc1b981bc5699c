// The vocabulary of email engagement. Numbers are persisted and on the wire (schemas/leadpulse/v1/event.proto,
// command.proto): never renumber.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse {

enum class EventType : uint8_t {
  kUnspecified = 0,
  kSent = 1,
  kDelivered = 2,
  kOpen = 3,
  kClick = 4,
  kReply = 5,
  kBounce = 6,
  kUnsubscribe = 7,
  kResubscribe = 8,
  kComplaint = 9,
  kPageVisit = 10,
  kCustom = 11,
  kRetract = 12,
};
inline constexpr int kEventTypeCount = 13;

// All types except kUnspecified and kRetract, in the order above.
inline constexpr std::array<EventType, 11> kCountedTypes = {
    EventType::kSent,      EventType::kDelivered, EventType::kOpen,        EventType::kClick,
    EventType::kReply,     EventType::kBounce,    EventType::kUnsubscribe, EventType::kResubscribe,
    EventType::kComplaint, EventType::kPageVisit, EventType::kCustom};

enum class BounceKind : uint8_t { kUnspecified = 0, kHard = 1, kSoft = 2 };  // unspecified means hard

// The most topics (a provider's subscription groups) that a tenant may declare.
inline constexpr size_t kMaxTopics = 100;
// The most bytes of a topic's id, as sent. A longer one is not the id of any topic.
inline constexpr size_t kMaxTopicBytes = 128;

enum class EmailStatus : uint8_t { kActive = 0, kBounced = 1, kUnsubscribed = 2, kComplained = 3 };

// The stages, in ascending order up to kFollowUp; the last three are final.
enum class Stage : uint8_t {
  kUnspecified = 0,
  kNew = 1,
  kContacted = 2,
  kEngaged = 3,
  kQualifying = 4,
  kQualified = 5,
  kFollowUp = 6,
  kConverted = 7,
  kLost = 8,
  kArchived = 9,
};
inline constexpr bool IsFinal(Stage stage) { return stage >= Stage::kConverted; }

// Returns the lower-case name as definitions and outputs spell it: `sent`, `page_visit`; `hard`; `active`; `follow_up`.
std::string_view EventTypeName(EventType type);
std::string_view BounceKindName(BounceKind kind);
std::string_view EmailStatusName(EmailStatus status);
std::string_view StageName(Stage stage);
// Returns the names of the stages that a lead can be in, in their order.
std::vector<std::string> StageNames();
// Returns the value with the lower-case name; nullopt for unknown names and `unspecified`.
std::optional<EventType> EventTypeFromName(std::string_view name);
std::optional<Stage> StageFromName(std::string_view name);

// A set of event types. A value of four bytes; nothing fails.
class EventTypes {
 public:
  // An iterator over the types in ascending order; independent of the set.
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = EventType;

    constexpr explicit Iterator(uint32_t left = 0) : left_(left) {}
    constexpr EventType operator*() const { return static_cast<EventType>(std::countr_zero(left_)); }
    constexpr Iterator& operator++() {
      left_ &= left_ - 1;
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(Iterator, Iterator) = default;

   private:
    uint32_t left_;
  };

  constexpr EventTypes() = default;
  constexpr EventTypes(std::initializer_list<EventType> types) {
    for (const EventType type : types) Insert(type);
  }

  constexpr void Insert(EventType type) { bits_ |= BitOf(type); }
  constexpr bool Contains(EventType type) const { return (bits_ & BitOf(type)) != 0; }
  constexpr bool Intersects(EventTypes other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(); }
  friend constexpr bool operator==(EventTypes, EventTypes) = default;

 private:
  static_assert(kEventTypeCount <= 32);
  static constexpr uint32_t BitOf(EventType type) { return uint32_t{1} << static_cast<uint32_t>(type); }

  uint32_t bits_ = 0;
};

}  // namespace leadpulse
