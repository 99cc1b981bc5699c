// The types of engagement events and their names.
#pragma once

#include <string>
#include <vector>

namespace leadpulse::model {

// A type of event. The values are the numbers of the contract's enum.
enum class EventType {
  kUnspecified,
  kSent,
  kDelivered,
  kOpen,
  kClick,
  kReply,
  kBounce,
  kUnsubscribe,
  kResubscribe,
  kComplaint,
  kPageVisit,
  kCustom,
  kRetract,
  kUnknown = 77,
};

// Returns the type's name in lower case, as in the definitions: `page_visit`.
std::string TypeName(EventType type);

// Returns all types that have a count: all but `retract`.
const std::vector<EventType>& CountedTypes();

// A stage. The values are the numbers of the contract's enum; the first is not a stage.
enum class Stage {
  kUnspecified,
  kNew,
  kContacted,
  kEngaged,
  kQualifying,
  kQualified,
  kFollowUp,
  kConverted,
  kLost,
  kArchived,
  kUnknown = 77,
};

std::string StageName(Stage stage);

bool IsFinal(Stage stage);

}  // namespace leadpulse::model
