#include "processor/importing/event_type_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

struct TypeName {
  std::string_view simplified;
  NamedType type;
};
// Behind a leading or trailing `email`, which says nothing more.
constexpr auto kTypeNames = std::to_array<TypeName>({
    {"sent", {EventType::kSent, {}}},
    {"send", {EventType::kSent, {}}},
    {"delivered", {EventType::kDelivered, {}}},
    {"delivery", {EventType::kDelivered, {}}},
    {"deliver", {EventType::kDelivered, {}}},
    {"open", {EventType::kOpen, {}}},
    {"opens", {EventType::kOpen, {}}},
    {"opened", {EventType::kOpen, {}}},
    {"click", {EventType::kClick, {}}},
    {"clicks", {EventType::kClick, {}}},
    {"clicked", {EventType::kClick, {}}},
    {"linkclick", {EventType::kClick, {}}},
    {"linkclicked", {EventType::kClick, {}}},
    {"clickedlink", {EventType::kClick, {}}},
    {"reply", {EventType::kReply, {}}},
    {"replied", {EventType::kReply, {}}},
    {"bounce", {EventType::kBounce, {}}},
    {"bounced", {EventType::kBounce, {}}},
    {"hardbounce", {EventType::kBounce, BounceKind::kHard}},
    {"hardbounced", {EventType::kBounce, BounceKind::kHard}},
    {"bouncehard", {EventType::kBounce, BounceKind::kHard}},
    {"softbounce", {EventType::kBounce, BounceKind::kSoft}},
    {"softbounced", {EventType::kBounce, BounceKind::kSoft}},
    {"bouncesoft", {EventType::kBounce, BounceKind::kSoft}},
    {"bouncedsoft", {EventType::kBounce, BounceKind::kSoft}},
    {"unsubscribe", {EventType::kUnsubscribe, {}}},
    {"unsubscribed", {EventType::kUnsubscribe, {}}},
    {"unsub", {EventType::kUnsubscribe, {}}},
    {"optout", {EventType::kUnsubscribe, {}}},
    {"optedout", {EventType::kUnsubscribe, {}}},
    {"resubscribe", {EventType::kResubscribe, {}}},
    {"resubscribed", {EventType::kResubscribe, {}}},
    {"complaint", {EventType::kComplaint, {}}},
    {"complain", {EventType::kComplaint, {}}},
    {"complained", {EventType::kComplaint, {}}},
    {"spam", {EventType::kComplaint, {}}},
    {"spamreport", {EventType::kComplaint, {}}},
    {"spamcomplaint", {EventType::kComplaint, {}}},
    {"markedasspam", {EventType::kComplaint, {}}},
    {"abuse", {EventType::kComplaint, {}}},
    {"pagevisit", {EventType::kPageVisit, {}}},
    {"pageview", {EventType::kPageVisit, {}}},
    {"visit", {EventType::kPageVisit, {}}},
    {"visited", {EventType::kPageVisit, {}}},
    {"visitwebpage", {EventType::kPageVisit, {}}},
    {"webvisit", {EventType::kPageVisit, {}}},
    {"custom", {EventType::kCustom, {}}},
    {"processed", {EventType::kSent, {}}},  // taken over by the service, which is as near to sent as it tells
    {"groupunsubscribe", {EventType::kUnsubscribe, {}}},
    {"groupresubscribe", {EventType::kResubscribe, {}}},
    {"deferred", {.no_engagement = true}},  // tried again
    {"deferral", {.no_engagement = true}},
    {"dropped", {.no_engagement = true}},  // withheld, for it had bounced or unsubscribed before
    {"drop", {.no_engagement = true}},
});

}  // namespace

NamedType TypeFromName(std::string_view name) {
  constexpr std::string_view kMail = "email";
  const std::string simplified = Simplify(name);
  std::string_view rest = simplified;
  if (rest.starts_with(kMail)) rest.remove_prefix(kMail.size());
  if (rest.ends_with(kMail)) rest.remove_suffix(kMail.size());
  const auto found =
      std::find_if(kTypeNames.begin(), kTypeNames.end(), [&](const TypeName& each) { return each.simplified == rest; });
  return found == kTypeNames.end() ? NamedType() : found->type;
}

}  // namespace leadpulse::importing
