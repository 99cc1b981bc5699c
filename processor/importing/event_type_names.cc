#include "processor/importing/event_type_names.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

struct TypeNames {
  NamedType type;
  std::string_view names;  // simplified, without a leading or trailing `email`, with a space between
};

constexpr TypeNames kTypeNames[] = {
    // `processed`: the service has accepted the mail, the nearest to sent that it reports.
    {{EventType::kSent, {}}, "sent send processed"},
    {{EventType::kDelivered, {}}, "delivered delivery deliver"},
    {{EventType::kOpen, {}}, "open opens opened"},
    {{EventType::kClick, {}}, "click clicks clicked linkclick linkclicked clickedlink"},
    {{EventType::kReply, {}}, "reply replied"},
    {{EventType::kBounce, {}}, "bounce bounced"},
    {{EventType::kBounce, BounceKind::kHard}, "hardbounce hardbounced bouncehard"},
    {{EventType::kBounce, BounceKind::kSoft}, "softbounce softbounced bouncesoft bouncedsoft"},
    {{EventType::kUnsubscribe, {}}, "unsubscribe unsubscribed unsub optout optedout"},
    {{.type = EventType::kUnsubscribe, .of_group = true}, "groupunsubscribe groupunsubscribed"},
    {{EventType::kResubscribe, {}}, "resubscribe resubscribed"},
    {{.type = EventType::kResubscribe, .of_group = true}, "groupresubscribe groupresubscribed"},
    {{EventType::kComplaint, {}}, "complaint complain complained spam spamreport spamcomplaint markedasspam abuse"},
    {{EventType::kPageVisit, {}}, "pagevisit pageview visit visited visitwebpage webvisit"},
    {{EventType::kCustom, {}}, "custom"},
    // The mail is tried again, or was withheld because the address had bounced or unsubscribed before.
    {{.no_engagement = true}, "deferred deferral dropped drop"},
};

}  // namespace

NamedType TypeFromName(std::string_view name) {
  constexpr std::string_view kMail = "email";
  const std::string simplified = Simplify(name);
  std::string_view rest = simplified;
  if (rest.starts_with(kMail)) rest.remove_prefix(kMail.size());
  if (rest.ends_with(kMail)) rest.remove_suffix(kMail.size());
  const auto* found =
      std::ranges::find_if(kTypeNames, [&](const TypeNames& each) { return HasWord(each.names, rest); });
  return found == std::end(kTypeNames) ? NamedType() : found->type;
}

}  // namespace leadpulse::importing
