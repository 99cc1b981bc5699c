#include "tests/support/model/event_type.h"

namespace leadpulse::model {

std::string TypeName(EventType type) {
  static const std::vector<std::string> kNames = {"unspecified", "sent",   "delivered",   "open",        "click",
                                                  "reply",       "bounce", "unsubscribe", "resubscribe", "complaint",
                                                  "page_visit",  "custom", "retract"};
  const auto number = static_cast<size_t>(type);
  return number < kNames.size() ? kNames[number] : "no_such_type";
}

const std::vector<EventType>& CountedTypes() {
  static const std::vector<EventType> kTypes = {EventType::kSent,        EventType::kDelivered,   EventType::kOpen,
                                                EventType::kClick,       EventType::kReply,       EventType::kBounce,
                                                EventType::kUnsubscribe, EventType::kResubscribe, EventType::kComplaint,
                                                EventType::kPageVisit,   EventType::kCustom};
  return kTypes;
}

std::string StageName(Stage stage) {
  static const std::vector<std::string> kNames = {"unspecified", "new",       "contacted", "engaged", "qualifying",
                                                  "qualified",   "follow_up", "converted", "lost",    "archived"};
  const auto number = static_cast<size_t>(stage);
  return number < kNames.size() ? kNames[number] : "no_such_stage";
}

bool IsFinal(Stage stage) { return stage == Stage::kConverted || stage == Stage::kLost || stage == Stage::kArchived; }

}  // namespace leadpulse::model
