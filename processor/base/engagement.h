// The vocabulary of email engagement. Numbers are persisted and on the wire (schemas/leadpulse/v1/event.proto,
// command.proto): never renumber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

// Topics (a provider's subscription groups) that a tenant declares, at most.
inline constexpr size_t kMaxTopics = 100;
// Bytes of a topic's id, as sent. A longer one names no topic.
inline constexpr size_t kMaxTopicBytes = 128;

enum class EmailStatus : uint8_t { kActive = 0, kBounced = 1, kUnsubscribed = 2, kComplained = 3 };

// In ascending order up to kFollowUp; the last three are final.
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

// Lower-case names as definitions and outputs spell them: `sent`, `page_visit`; `hard`; `active`; `follow_up`.
std::string_view EventTypeName(EventType type);
std::string_view BounceKindName(BounceKind kind);
std::string_view EmailStatusName(EmailStatus status);
std::string_view StageName(Stage stage);
// Returns the names of the stages that a lead can be in, in their order.
std::vector<std::string> StageNames();
// From the lower-case name; nullopt for unknown names and `unspecified`.
std::optional<EventType> EventTypeFromName(std::string_view name);
std::optional<Stage> StageFromName(std::string_view name);

}  // namespace leadpulse
