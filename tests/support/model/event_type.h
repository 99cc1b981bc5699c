// The types of engagement events and their names.
#pragma once

#include <string>
#include <vector>

namespace leadpulse::model {

// In the order of the contract, so that the values are the enum's numbers.
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

// Lower case, as in the definitions: `page_visit`.
std::string TypeName(EventType type);

// All types that have a count: all but `retract`.
const std::vector<EventType>& CountedTypes();

// In the order of the contract; the first is not a stage.
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
