#include "processor/view/stage.h"

#include <algorithm>

namespace leadpulse::view {
namespace {

// The latest effective entry of a type in engaged_on, and whether there was any.
struct Engagement {
  bool ever = false;
  Instant last = Instant::DistantPast();
};

Engagement EngagementOf(const state::EngagementTotals& totals, const config::Lifecycle& lifecycle) {
  Engagement engagement;
  for (const EventType type : lifecycle.engaged_on) {
    engagement.ever = engagement.ever || totals[type].count > 0;
    engagement.last = std::max(engagement.last, totals[type].last);
  }
  return engagement;
}

}  // namespace

Stage EvaluateStage(const state::Lead& lead, const state::EngagementTotals& totals, int64_t qualification,
                    const config::Lifecycle& lifecycle) {
  Stage stage = Stage::kNew;
  Instant since = Instant::DistantPast();
  if (lead.profile.set_stage) {
    stage = lead.profile.set_stage->stage;
    since = lead.profile.set_stage->issued_at;
  }
  if (IsFinal(stage)) return stage;
  const Instant contacted =
      std::max({totals[EventType::kSent].last, totals[EventType::kDelivered].last, totals[EventType::kOpen].last});
  if (contacted > since) stage = std::max(stage, Stage::kContacted);
  const Engagement engagement = EngagementOf(totals, lifecycle);
  if (engagement.last > since) stage = std::max(stage, Stage::kEngaged);
  const bool may_qualify = engagement.ever || !lifecycle.auto_qualify_requires_engagement;
  if (lifecycle.auto_qualify_at && qualification >= *lifecycle.auto_qualify_at && may_qualify) {
    stage = std::max(stage, Stage::kQualified);
  }
  return stage;
}

std::string_view StatusOf(EmailStatus email_status, Stage stage) {
  const bool opted_out = email_status == EmailStatus::kUnsubscribed || email_status == EmailStatus::kComplained;
  return opted_out && !IsFinal(stage) ? "unsubscribed" : StageName(stage);
}

}  // namespace leadpulse::view
