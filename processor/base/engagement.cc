#include "processor/base/engagement.h"

#include <span>

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

// Returns the value with this name, except the first, `unspecified`.
template <typename Enum>
std::optional<Enum> FromName(std::span<const std::string_view> names, std::string_view name) {
  for (size_t i = 1; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view EventTypeName(EventType type) { return NameOf(kEventTypeNames, type); }
std::string_view BounceKindName(BounceKind kind) { return kind == BounceKind::kSoft ? "soft" : "hard"; }
std::string_view EmailStatusName(EmailStatus status) { return NameOf(kEmailStatusNames, status); }
std::string_view StageName(Stage stage) { return NameOf(kStageNames, stage); }
std::vector<std::string> StageNames() { return {kStageNames.begin() + 1, kStageNames.end()}; }

std::optional<EventType> EventTypeFromName(std::string_view name) { return FromName<EventType>(kEventTypeNames, name); }

std::optional<Stage> StageFromName(std::string_view name) { return FromName<Stage>(kStageNames, name); }

}  // namespace leadpulse
