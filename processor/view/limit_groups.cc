#include "processor/view/limit_groups.h"

#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::view {

bool LimitGroups::Admit(const state::JournalEntry& entry) {
  switch (limit_.per) {
    case config::LimitPer::kLifetime:
      return ++lifetime_ <= limit_.count;
    case config::LimitPer::kDay:
      return ++by_day_[calendar_.DayOf(entry.occurred_at).since_epoch] <= limit_.count;
    case config::LimitPer::kMessage:
      return entry.message_id().empty() || ++by_message_[entry.message_id()] <= limit_.count;
    case config::LimitPer::kCampaign:
      return entry.campaign_id().empty() || ++by_campaign_[FoldCase(entry.campaign_id())] <= limit_.count;
  }
  LP_ASSERT(false);
  return false;
}

}  // namespace leadpulse::view
