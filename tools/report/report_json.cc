#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "tools/report/render.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

// Adds a rate with four decimals; null for nullopt.
void AddRate(std::string_view key, std::optional<double> rate, JsonObject* object) {
  *object->Key(key) += rate ? SpellNumber(std::round(*rate * 1e4) / 1e4) : "null";
}

void AddTime(std::string_view key, std::optional<Instant> time, JsonObject* object) {
  object->Time(key, time.value_or(Instant::Never()));
}

void AppendStages(const TenantReport& tenant, std::string* out) {
  JsonObject stages(out);
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    JsonObject object(stages.Key(StageName(stage)));
    object.Number("leads", tenant.stages[i]);
    const bool in_funnel = stage == Stage::kConverted || NextInFunnel(stage).has_value();
    object.NumberOrNull("reached", in_funnel ? std::optional(tenant.Reached(stage)) : std::nullopt);
    AddRate("conversionToNext", tenant.ConversionToNext(stage), &object);
  }
}

void AppendCampaign(const CampaignCounts& counts, std::string* out) {
  JsonObject object(out);
  object.Number("leads", counts.leads);
  object.Number("assigned", counts.assigned);
  object.Number("assignedMailed", counts.assigned_mailed);
  object.Number("assignedNotBounced", counts.assigned_reachable);
  object.Number("assignedSendable", counts.assigned_sendable);
  object.Number("leadsWithFoldedEvents", counts.with_folded);
  for (size_t i = 0; i < kMeasureCount; ++i) {
    JsonObject tally(object.Key(MeasureName(static_cast<Measure>(i))));
    tally.Number("leads", counts.tallies[i].leads);
    tally.Number("events", counts.tallies[i].events);
  }
  object.Text("ratesOver", RateBaseName(RateBaseOf(counts)));
  JsonObject rates(object.Key("rates"));
  for (size_t i = 0; i < kRateCount; ++i) {
    AddRate(RateName(static_cast<Rate>(i)), RateOf(counts, static_cast<Rate>(i)), &rates);
  }
  rates.End();
}

void AppendSegments(const TenantReport& tenant, std::string* out) {
  JsonObject by_id(out);
  for (const SegmentReport& segment : tenant.segments) {
    JsonObject object(by_id.Key(segment.id));
    object.Text("name", segment.name);
    object.Boolean("defined", segment.defined);
    object.Number("leads", segment.leads);
    if (segment.flow) {
      JsonObject flow(object.Key("flow"));
      flow.Number("atBeginning", segment.flow->at_beginning);
      flow.Number("entered", segment.flow->entered);
      flow.Number("left", segment.flow->left);
      flow.Number("atEnd", segment.flow->at_end);
      flow.Number("enteredByDefinitions", segment.flow->entered_by_definitions);
      flow.Number("leftByDefinitions", segment.flow->left_by_definitions);
      flow.End();
    } else {
      object.Null("flow");
    }
  }
}

void AppendScores(const Histogram& scores, std::string* out) {
  JsonObject object(out);
  const auto where_any = [&](int64_t score) { return scores.leads > 0 ? std::optional(score) : std::nullopt; };
  object.NumberOrNull("min", where_any(scores.min));
  object.NumberOrNull("median", where_any(scores.median));
  object.NumberOrNull("max", where_any(scores.max));
  AppendJsonArray(scores.bars, object.Key("bars"), [out](const HistogramBar& bar) {
    JsonObject one(out);
    one.NumberOrNull("from", bar.from);
    one.NumberOrNull("to", bar.to);
    one.Number("leads", bar.leads);
  });
}

void AppendStageHistory(const StageHistory& stages, std::string* out) {
  JsonObject by_stage(out);
  for (size_t i = 1; i < kStageCount; ++i) {
    JsonObject object(by_stage.Key(StageName(static_cast<Stage>(i))));
    object.Number("atBeginning", stages.at_beginning[i]);
    object.Number("entered", stages.entered[i]);
    object.Number("erased", stages.erased[i]);
    object.Number("atEnd", stages.at_end[i]);
    JsonObject moves(object.Key("movesTo"));
    for (size_t to = 1; to < kStageCount; ++to) {
      if (stages.moves[i][to] > 0) moves.Number(StageName(static_cast<Stage>(to)), stages.moves[i][to]);
    }
    moves.End();
    object.Number("movedOn", stages.MovedOn(static_cast<Stage>(i)));
    AddRate("conversionRate", stages.ConversionRate(static_cast<Stage>(i)), &object);
  }
}

void AppendTierCounts(const TierHistory& tiers, const std::vector<int64_t>& leads, std::string* out) {
  JsonObject object(out);
  for (size_t i = 0; i < tiers.tiers.size(); ++i) object.Number(tiers.tiers[i], leads[i]);
}

void AppendTierHistory(const TierHistory& tiers, std::string* out) {
  JsonObject object(out);
  object.Text("span", tiers.span);
  AppendTierCounts(tiers, tiers.at_beginning, object.Key("atBeginning"));
  AppendJsonArray(tiers.points, object.Key("points"), [&](const TierPoint& point) {
    JsonObject one(out);
    one.Text("first", FormatDay(point.first));
    one.Text("last", FormatDay(point.last));
    AppendTierCounts(tiers, point.leads, one.Key("leads"));
  });
}

void AppendHistory(const std::optional<History>& history, std::string* out) {
  if (!history) {
    *out += "null";
    return;
  }
  JsonObject object(out);
  object.Number("changes", history->changes);
  AddTime("first", history->changes > 0 ? std::optional(history->first) : std::nullopt, &object);
  AddTime("last", history->changes > 0 ? std::optional(history->last) : std::nullopt, &object);
  object.Number("created", history->created);
  object.Number("erased", history->erased);
  object.Number("leadsBeforeChanges", history->leads_before_changes);
  AppendStageHistory(history->stages, object.Key("stages"));
  AppendTierHistory(history->tiers, object.Key("tiers"));
}

void AppendFolded(const FoldedCounts& folded, std::string* out) {
  JsonObject object(out);
  object.Number("leads", folded.leads);
  JsonObject events(object.Key("events"));
  for (EventType type : kCountedTypes) events.Number(EventTypeName(type), folded.events[static_cast<size_t>(type)]);
  events.End();
}

void AddCampaigns(const TenantReport& tenant, JsonObject* object) {
  std::string* out = object->Key("campaigns");
  JsonObject by_id(out);
  for (const CampaignReport& campaign : tenant.campaigns) AppendCampaign(campaign.counts, by_id.Key(campaign.id));
  by_id.End();
  object->Number("otherCampaigns", tenant.other_campaigns);
  AppendCampaign(tenant.of_other_campaigns, object->Key("ofOtherCampaigns"));
  AppendCampaign(tenant.without_campaign, object->Key("withoutCampaign"));
  AppendCampaign(tenant.all_mail, object->Key("allMail"));
  AppendFolded(tenant.folded, object->Key("folded"));
}

void AppendTenant(const TenantReport& tenant, std::string* out) {
  JsonObject object(out);
  object.Text("timeZone", tenant.time_zone);
  object.Number("leads", tenant.leads);
  object.Number("withAddress", tenant.with_address);
  object.Number("sendable", tenant.sendable);
  object.Number("sharedAddresses", tenant.addresses.shared);
  object.Number("sharingAddress", tenant.addresses.sharing);
  object.Number("sharingSendable", tenant.addresses.sendable);
  object.Number("withoutRoom", tenant.addresses.without_room);
  object.Number("hiddenMailboxes", tenant.addresses.hidden_mailboxes);
  JsonObject statuses(object.Key("emailStatus"));
  for (size_t i = 0; i < tenant.by_email_status.size(); ++i) {
    statuses.Number(EmailStatusName(static_cast<EmailStatus>(i)), tenant.by_email_status[i]);
  }
  statuses.End();
  AppendStages(tenant, object.Key("stages"));
  JsonObject tiers(object.Key("tiers"));
  for (const NamedCount& tier : tenant.tiers) tiers.Number(tier.name, tier.leads);
  tiers.End();
  AppendSegments(tenant, object.Key("segments"));
  AppendScores(tenant.scores, object.Key("scores"));
  AddCampaigns(tenant, &object);
  AppendHistory(tenant.history, object.Key("history"));
  object.Texts("notes", NotesOn(tenant));
}

}  // namespace

std::string ReportJson(const Report& report) {
  std::string out;
  JsonObject object(&out);
  object.Time("at", report.at);
  object.Time("clock", report.clock);
  AddTime("from", report.period.from, &object);
  AddTime("to", report.period.to, &object);
  object.Texts("changes", report.change_files);
  JsonObject tenants(object.Key("tenants"));
  for (const TenantReport& tenant : report.tenants) AppendTenant(tenant, tenants.Key(tenant.tenant));
  tenants.End();
  object.Number("otherTenants", report.other_tenants);
  object.Number("otherLeads", report.other_leads);
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::report
