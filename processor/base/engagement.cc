#include "processor/base/engagement.h"

#include "processor/base/assert.h"

namespace leadpulse {
namespace {

constexpr std::array<std::string_view, kEventTypeCount> kEventTypeNames = {
    "unspecified", "sent",        "delivered", "open",       "click",  "reply",  "bounce",
    "unsubscribe", "resubscribe", "complaint", "page_visit", "custom", "retract"};
constexpr std::array<std::string_view, 4> kEmailStatusNames = {"active", "bounced", "unsubscribed", "complained"};
constexpr std::array<std::string_view, 10> kStageNames = {"unspecified", "new",       "contacted", "engaged",
                                                          "qualifying",  "qualified", "follow_up", "converted",
                                                          "lost",        "archived"};

template <typename Names, typename Enum>
std::string_view NameOf(const Names& names, Enum value) {
  auto index = static_cast<size_t>(value);
  LP_ASSERT(index < names.size());
  return names[index];
}

}  // namespace

std::string_view EventTypeName(EventType type) { return NameOf(kEventTypeNames, type); }
std::string_view BounceKindName(BounceKind kind) { return kind == BounceKind::kSoft ? "soft" : "hard"; }
std::string_view EmailStatusName(EmailStatus status) { return NameOf(kEmailStatusNames, status); }
std::string_view StageName(Stage stage) { return NameOf(kStageNames, stage); }

std::optional<EventType> EventTypeFromName(std::string_view name) {
  for (int i = 1; i < kEventTypeCount; ++i) {
    if (kEventTypeNames[i] == name) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

}  // namespace leadpulse
