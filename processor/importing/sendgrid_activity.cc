#include "processor/importing/sendgrid_activity.h"

#include <algorithm>
#include <array>

#include "processor/base/text.h"
#include "processor/importing/row_cells.h"

namespace leadpulse::importing {
namespace {

struct ColumnOfSendGrid {
  std::string_view simplified;
  Known known;
};
constexpr auto kColumns = std::to_array<ColumnOfSendGrid>({
    {"processed", {Meaning::kTime, ""}},
    {"messageid", {Meaning::kMessage, ""}},
    {"event", {Meaning::kType, ""}},
    {"email", {Meaning::kAddress, ""}},
    {"url", {Meaning::kLink, ""}},
    {"useragent", {Meaning::kUserAgent, "user_agent"}},
    {"type", {Meaning::kBounce, ""}},
    {"categories", {Meaning::kCategories, ""}},
    {"marketingcampaignid", {Meaning::kCampaign, ""}},
    {"subject", {Meaning::kProperty, "subject"}},
    {"reason", {Meaning::kProperty, "reason"}},
    {"templateid", {Meaning::kProperty, "template_id"}},
    {"asmgroupid", {Meaning::kTopic, "asm_group_id"}},
    {"marketingcampaignname", {Meaning::kProperty, "marketing_campaign_name"}},
});
// Columns about the key and machine that sent a mail, not about its recipient.
constexpr std::string_view kLeftOut =
    "apikeyid recvmessageid credentialid from originatingip outboundip outboundiptype "
    "mx attempt isunique username marketingcampaignsplitid marketingcampaignversion uniqueargs";

}  // namespace

bool IsSendGridActivity(const std::vector<Column>& columns) {
  constexpr std::string_view kTelling[] = {"processed", "message_id", "event", "email"};
  return std::ranges::all_of(kTelling, [&](std::string_view name) {
    return std::ranges::any_of(columns, [&](const Column& column) { return column.header == name; });
  });
}

std::optional<Known> SendGridColumn(std::string_view simplified) {
  const auto found = std::ranges::find(kColumns, simplified, &ColumnOfSendGrid::simplified);
  if (found != kColumns.end()) return found->known;
  return HasWord(kLeftOut, simplified) ? std::optional(Known{Meaning::kLeftOut, ""}) : std::nullopt;
}

BounceKind SendGridBounce(std::string_view type, std::string_view reason) {
  const std::string word = Simplify(type);
  if (word == "blocked" || word == "expired") return BounceKind::kSoft;
  if (word == "bounce") return BounceKind::kHard;
  return reason.starts_with('4') ? BounceKind::kSoft : BounceKind::kHard;
}

std::string_view SendGridMessage(std::string_view message_id) { return message_id.substr(0, message_id.find('.')); }

std::string FirstCategory(std::string_view cell) {
  const std::vector<std::string> names = NamesIn(cell);
  return names.empty() ? "" : names.front();
}

}  // namespace leadpulse::importing
