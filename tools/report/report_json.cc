#include <cmath>
#include <string>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "tools/report/render.h"

namespace leadpulse::report {
namespace {

void Count(std::string_view key, uint64_t count, JsonObject* object) {
  object->Number(key, static_cast<int64_t>(count));
}

// Four decimals; null where there is none.
void AddRate(std::string_view key, std::optional<double> rate, JsonObject* object) {
  *object->Key(key) += rate ? SpellNumber(std::round(*rate * 1e4) / 1e4) : "null";
}

void AddTime(std::string_view key, std::optional<Instant> time, JsonObject* object) {
  object->Time(key, time.value_or(Instant::Never()));
}

void AddNumberOrNull(std::string_view key, std::optional<int64_t> number, JsonObject* object) {
  *object->Key(key) += number ? std::to_string(*number) : "null";
}

void AppendStages(const TenantReport& tenant, std::string* out) {
  JsonObject stages(out);
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    JsonObject object(stages.Key(StageName(stage)));
    Count("leads", tenant.stages[i], &object);
    const bool in_funnel = stage == Stage::kConverted || NextInFunnel(stage).has_value();
    AddNumberOrNull("reached", in_funnel ? std::optional(static_cast<int64_t>(tenant.Reached(stage))) : std::nullopt,
                    &object);
    AddRate("conversionToNext", tenant.ConversionToNext(stage), &object);
    object.End();
  }
  stages.End();
}

void AppendCampaign(const CampaignCounts& counts, std::string* out) {
  JsonObject object(out);
  Count("leads", counts.leads, &object);
  Count("assigned", counts.assigned, &object);
  Count("assignedMailed", counts.assigned_mailed, &object);
  Count("assignedNotBounced", counts.assigned_reachable, &object);
  Count("assignedSendable", counts.assigned_sendable, &object);
  Count("leadsWithFoldedEvents", counts.with_folded, &object);
  for (size_t i = 0; i < kMeasureCount; ++i) {
    JsonObject tally(object.Key(MeasureName(static_cast<Measure>(i))));
    Count("leads", counts.tallies[i].leads, &tally);
    Count("events", counts.tallies[i].events, &tally);
    tally.End();
  }
  object.Text("ratesOver", RateBaseName(RateBaseOf(counts)));
  JsonObject rates(object.Key("rates"));
  for (size_t i = 0; i < kRateCount; ++i) {
    AddRate(RateName(static_cast<Rate>(i)), RateOf(counts, static_cast<Rate>(i)), &rates);
  }
  rates.End();
  object.End();
}

void AppendSegments(const TenantReport& tenant, std::string* out) {
  JsonObject by_id(out);
  for (const SegmentReport& segment : tenant.segments) {
    JsonObject object(by_id.Key(segment.id));
    object.Text("name", segment.name);
    object.Boolean("defined", segment.defined);
    Count("leads", segment.leads, &object);
    if (segment.flow) {
      JsonObject flow(object.Key("flow"));
      flow.Number("atBeginning", segment.flow->at_beginning);
      Count("entered", segment.flow->entered, &flow);
      Count("left", segment.flow->left, &flow);
      flow.Number("atEnd", segment.flow->at_end);
      Count("enteredByDefinitions", segment.flow->entered_by_definitions, &flow);
      Count("leftByDefinitions", segment.flow->left_by_definitions, &flow);
      flow.End();
    } else {
      *object.Key("flow") += "null";
    }
    object.End();
  }
  by_id.End();
}

void AppendScores(const Histogram& scores, std::string* out) {
  JsonObject object(out);
  const auto where_any = [&](int64_t score) { return scores.leads > 0 ? std::optional(score) : std::nullopt; };
  AddNumberOrNull("min", where_any(scores.min), &object);
  AddNumberOrNull("median", where_any(scores.median), &object);
  AddNumberOrNull("max", where_any(scores.max), &object);
  AppendJsonArray(scores.bars, object.Key("bars"), [out](const HistogramBar& bar) {
    JsonObject one(out);
    AddNumberOrNull("from", bar.from, &one);
    AddNumberOrNull("to", bar.to, &one);
    Count("leads", bar.leads, &one);
    one.End();
  });
  object.End();
}

void AppendStageHistory(const StageHistory& stages, std::string* out) {
  JsonObject by_stage(out);
  for (size_t i = 1; i < kStageCount; ++i) {
    JsonObject object(by_stage.Key(StageName(static_cast<Stage>(i))));
    object.Number("atBeginning", stages.at_beginning[i]);
    Count("entered", stages.entered[i], &object);
    Count("erased", stages.erased[i], &object);
    object.Number("atEnd", stages.at_end[i]);
    JsonObject moves(object.Key("movesTo"));
    for (size_t to = 1; to < kStageCount; ++to) {
      if (stages.moves[i][to] > 0) Count(StageName(static_cast<Stage>(to)), stages.moves[i][to], &moves);
    }
    moves.End();
    Count("movedOn", stages.MovedOn(static_cast<Stage>(i)), &object);
    AddRate("conversionRate", stages.ConversionRate(static_cast<Stage>(i)), &object);
    object.End();
  }
  by_stage.End();
}

void AppendTierCounts(const TierHistory& tiers, const std::vector<int64_t>& leads, std::string* out) {
  JsonObject object(out);
  for (size_t i = 0; i < tiers.tiers.size(); ++i) object.Number(tiers.tiers[i], leads[i]);
  object.End();
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
    one.End();
  });
  object.End();
}

void AppendHistory(const std::optional<History>& history, std::string* out) {
  if (!history) {
    *out += "null";
    return;
  }
  JsonObject object(out);
  Count("changes", history->changes, &object);
  AddTime("first", history->changes > 0 ? std::optional(history->first) : std::nullopt, &object);
  AddTime("last", history->changes > 0 ? std::optional(history->last) : std::nullopt, &object);
  Count("created", history->created, &object);
  Count("erased", history->erased, &object);
  object.Number("leadsBeforeChanges", history->leads_before_changes);
  AppendStageHistory(history->stages, object.Key("stages"));
  AppendTierHistory(history->tiers, object.Key("tiers"));
  object.End();
}

void AppendFolded(const FoldedCounts& folded, std::string* out) {
  JsonObject object(out);
  Count("leads", folded.leads, &object);
  JsonObject events(object.Key("events"));
  for (EventType type : kCountedTypes) Count(EventTypeName(type), folded.events[static_cast<size_t>(type)], &events);
  events.End();
  object.End();
}

void AddCampaigns(const TenantReport& tenant, JsonObject* object) {
  std::string* out = object->Key("campaigns");
  JsonObject by_id(out);
  for (const CampaignReport& campaign : tenant.campaigns) AppendCampaign(campaign.counts, by_id.Key(campaign.id));
  by_id.End();
  Count("otherCampaigns", tenant.other_campaigns, object);
  AppendCampaign(tenant.of_other_campaigns, object->Key("ofOtherCampaigns"));
  AppendCampaign(tenant.without_campaign, object->Key("withoutCampaign"));
  AppendCampaign(tenant.all_mail, object->Key("allMail"));
  AppendFolded(tenant.folded, object->Key("folded"));
}

void AppendTenant(const TenantReport& tenant, std::string* out) {
  JsonObject object(out);
  object.Text("timeZone", tenant.time_zone);
  Count("leads", tenant.leads, &object);
  Count("withAddress", tenant.with_address, &object);
  Count("sendable", tenant.sendable, &object);
  JsonObject statuses(object.Key("emailStatus"));
  for (size_t i = 0; i < tenant.by_email_status.size(); ++i) {
    Count(EmailStatusName(static_cast<EmailStatus>(i)), tenant.by_email_status[i], &statuses);
  }
  statuses.End();
  AppendStages(tenant, object.Key("stages"));
  JsonObject tiers(object.Key("tiers"));
  for (const NamedCount& tier : tenant.tiers) Count(tier.name, tier.leads, &tiers);
  tiers.End();
  AppendSegments(tenant, object.Key("segments"));
  AppendScores(tenant.scores, object.Key("scores"));
  AddCampaigns(tenant, &object);
  AppendHistory(tenant.history, object.Key("history"));
  AppendJsonArray(NotesOn(tenant), object.Key("notes"),
                  [out](const std::string& note) { AppendJsonString(note, out); });
  object.End();
}

}  // namespace

std::string ReportJson(const Report& report) {
  std::string out;
  JsonObject object(&out);
  object.Time("at", report.at);
  object.Time("clock", report.clock);
  AddTime("from", report.period.from, &object);
  AddTime("to", report.period.to, &object);
  AppendJsonArray(report.change_files, object.Key("changes"),
                  [&out](const std::string& file) { AppendJsonString(file, &out); });
  JsonObject tenants(object.Key("tenants"));
  for (const TenantReport& tenant : report.tenants) AppendTenant(tenant, tenants.Key(tenant.tenant));
  tenants.End();
  Count("otherTenants", report.other_tenants, &object);
  Count("otherLeads", report.other_leads, &object);
  object.End();
  return out + "\n";
}

}  // namespace leadpulse::report
