#include "processor/importing/own_export.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

// Names that only our exports have.
constexpr std::string_view kSure =
    "tenant seq email_status sendable do_not_contact qualification segments topics_out last_sent last_delivered "
    "last_opened last_clicked last_replied last_bounced last_visited last_unsubscribed last_resubscribed "
    "last_complained last_custom last_engaged";
constexpr std::string_view kOthers =
    "score tier status stage stage_since quality agent created updated version unsubscribe_url sends deliveries opens "
    "clicks replies bounces unsubscribes "
    "resubscribes complaints visits customs";

// Names of kSure that no other system is known to have.
constexpr std::string_view kOnlyOurs = "topics_out last_resubscribed last_complained last_custom last_engaged";
constexpr std::ptrdiff_t kManyOfOurs = 4;

bool IsLead(std::string_view name) { return name == "lead" || name == "lead_id" || name == "id"; }

}  // namespace

bool IsOwnExport(const std::vector<std::string_view>& header) {
  if (header.empty() || std::ranges::none_of(header, IsLead)) return false;
  const bool is_spelled =
      std::ranges::all_of(header, [](std::string_view name) { return NormalizeName(name) == name; });
  const bool is_sure = std::ranges::any_of(header, [](std::string_view name) { return HasWord(kSure, name); });
  return is_spelled && (is_sure || header.front() == "lead");
}

bool IsSurelyOwn(const std::vector<std::string_view>& header) {
  const auto has = [&](std::string_view name) { return std::ranges::find(header, name) != header.end(); };
  const auto is_only_ours = [](std::string_view name) { return HasWord(kOnlyOurs, name); };
  return std::ranges::any_of(header, is_only_ours) || (has("tenant") && has("lead")) ||
         (has("score") && has("tier") && std::ranges::count_if(header, IsWorkedOut) >= kManyOfOurs);
}

bool IsWorkedOut(std::string_view name) { return HasWord(kSure, name) || HasWord(kOthers, name); }

bool SaysWhoGetsMail(std::string_view name) { return HasWord("email_status status sendable do_not_contact", name); }

}  // namespace leadpulse::importing
