// Reports for managers.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/engagement.h"
#include "processor/query/report/report.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/visible_counts.h"

namespace leadpulse::serve {
namespace {

using report::TenantReport;
using rules::QuoteString;

void AddText(std::string_view column, std::string text, v1::ReportRow* row) {
  v1::ReportCell* cell = row->add_cells();
  cell->set_column(std::string(column));
  cell->set_text(std::move(text));
}

v1::ReportCell Number(std::string_view column, int64_t number) {
  v1::ReportCell cell;
  cell.set_column(std::string(column));
  cell.set_number(number);
  return cell;
}

// Returns a number of leads. A name with control characters fits in no rule: then there is no list.
v1::ReportCell Leads(std::string_view column, uint64_t leads, const std::string& rule) {
  v1::ReportCell cell = Number(column, static_cast<int64_t>(leads));
  if (rule.empty() || std::holds_alternative<rules::Rule>(rules::ParseRule(rule))) cell.set_rule(rule);
  return cell;
}

void AddRatio(std::string_view column, std::optional<double> ratio, v1::ReportRow* row) {
  v1::ReportCell* cell = row->add_cells();
  cell->set_column(std::string(column));
  if (ratio) cell->set_ratio(*ratio);
}

std::string IsStage(Stage stage) { return "stage = " + QuoteString(StageName(stage)); }

void AddPipeline(const TenantReport& counts, const config::TenantDefinitions&, v1::Report* out) {
  for (size_t i = static_cast<size_t>(Stage::kNew); i < report::kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    v1::ReportRow* row = out->add_rows();
    AddText("stage", std::string(StageName(stage)), row);
    *row->add_cells() = Leads("leads", counts.stages[i], IsStage(stage));
    std::string reached = IsStage(stage);
    for (auto next = report::NextInFunnel(stage); next; next = report::NextInFunnel(*next)) {
      reached += " OR " + IsStage(*next);
    }
    *row->add_cells() = Leads("reached", counts.Reached(stage), reached);
    AddRatio("conversionToNext", counts.ConversionToNext(stage), row);
  }
}

void AddTiers(const TenantReport& counts, const config::TenantDefinitions&, v1::Report* out) {
  for (const report::NamedCount& tier : counts.tiers) {
    v1::ReportRow* row = out->add_rows();
    AddText("tier", tier.name, row);
    *row->add_cells() = Leads("leads", tier.leads, "tier = " + QuoteString(tier.name));
  }
}

void AddSegments(const TenantReport& counts, const config::TenantDefinitions& definitions, v1::Report* out) {
  for (size_t i = 0; i < counts.segments.size(); ++i) {
    const report::SegmentReport& segment = counts.segments[i];
    v1::ReportRow* row = out->add_rows();
    AddText("segment", segment.id, row);
    AddText("name", segment.name, row);
    AddText("rule", definitions.segments[i].rule.source, row);
    *row->add_cells() = Leads("leads", segment.leads, "IN SEGMENT " + QuoteString(segment.id));
  }
}

// The leads that a measure counts: those that have done one of the steps in the campaign.
struct MeasureSteps {
  report::Measure measure;
  std::initializer_list<std::string_view> steps;
};
const MeasureSteps kMeasures[] = {
    // the mailed first
    {report::Measure::kMailed, {"send", "deliver", "bounce"}},
    {report::Measure::kSent, {"send"}},
    {report::Measure::kDelivered, {"deliver"}},
    {report::Measure::kOpened, {"open"}},
    {report::Measure::kOpenedAny, {"ANY open"}},
    {report::Measure::kClicked, {"click"}},
    {report::Measure::kClickedAny, {"ANY click"}},
    {report::Measure::kReplied, {"reply"}},
    {report::Measure::kBounced, {"bounce"}},
    {report::Measure::kUnsubscribed, {"unsubscribe"}},
    {report::Measure::kComplained, {"complain"}},
};

// Returns the rule of the leads that a measure counts.
std::string RuleOf(const MeasureSteps& of, const std::string& campaign) {
  std::string rule;
  for (const std::string_view step : of.steps) {
    rule += (rule.empty() ? "DID " : " OR DID ") + std::string(step) + " CAMPAIGN " + campaign;
  }
  return rule;
}

void AddCampaign(const std::string& id, const report::CampaignCounts& counts, bool is_one, v1::Report* out) {
  v1::ReportRow* row = out->add_rows();
  AddText("campaign", id, row);
  const std::string name = QuoteString(id);
  const auto add = [&](std::string_view column, uint64_t leads, const std::string& rule) {
    *row->add_cells() = is_one ? Leads(column, leads, rule) : Number(column, static_cast<int64_t>(leads));
  };
  const std::string assigned = "IN CAMPAIGN " + name;
  add("assigned", counts.assigned, assigned);
  add("assignedMailed", counts.assigned_mailed, assigned + " AND (" + RuleOf(kMeasures[0], name) + ")");
  add("assignedSendable", counts.assigned_sendable, assigned + " AND sendable IS true AND email IS SET");
  for (const MeasureSteps& of : kMeasures) {
    add(report::MeasureName(of.measure), counts[of.measure].leads, RuleOf(of, name));
  }
}

void AddCampaigns(const TenantReport& counts, const config::TenantDefinitions&, v1::Report* out) {
  for (const report::CampaignReport& campaign : counts.campaigns) AddCampaign(campaign.id, campaign.counts, true, out);
  if (counts.other_campaigns > 0) AddCampaign("", counts.of_other_campaigns, false, out);
}

void AddScoreReport(const TenantReport& counts, const config::TenantDefinitions&, v1::Report* out) {
  AddScores(counts.scores, out);
  v1::ScoreCounts* merged = out->mutable_score_counts();
  merged->set_min(counts.scores.min);
  merged->set_max(counts.scores.max);
  merged->set_width(counts.scores.width_counted);
  for (const auto& [score, leads] : counts.scores.spans) {
    merged->add_spans(score);
    merged->add_leads(leads);
  }
}

struct NamedReport {
  std::string_view name;
  WantedCounts wanted;
  void (*add)(const TenantReport& counts, const config::TenantDefinitions& definitions, v1::Report* out);
};
constexpr NamedReport kReports[] = {{"pipeline", {}, AddPipeline},
                                    {"tiers", {}, AddTiers},
                                    {"segments", {.segments = true}, AddSegments},
                                    {"campaigns", {.campaigns = true}, AddCampaigns},
                                    {"scores", {.scores = true}, AddScoreReport}};

}  // namespace

void AddScores(const report::Histogram& scores, v1::Report* out) {
  if (scores.leads > 0) {
    *out->add_facts() = Number("min", scores.min);
    *out->add_facts() = Number("median", scores.median);
    *out->add_facts() = Number("max", scores.max);
  }
  for (const report::HistogramBar& bar : scores.bars) {
    v1::ReportRow* row = out->add_rows();
    std::string rule;
    const auto add_bound = [&](std::string_view column, std::optional<int64_t> bound, const std::string& test) {
      v1::ReportCell* cell = row->add_cells();
      cell->set_column(std::string(column));
      if (!bound) return;
      cell->set_number(*bound);
      rule += (rule.empty() ? "score " : " AND score ") + test + " " + std::to_string(*bound);
    };
    add_bound("from", bar.from, ">=");
    add_bound("to", bar.to, "<");
    *row->add_cells() = Leads("leads", bar.leads, rule);
  }
}

Result<v1::Report> MakeReport(const Snapshot& snapshot, const v1::MakeReport& request) {
  if (request.name() == "days") return MakeDayReport(snapshot, request);
  const auto* wanted = std::ranges::find(kReports, request.name(), &NamedReport::name);
  if (wanted == std::end(kReports)) return Status::Rejected("there is no report " + request.name());
  LP_ASSIGN_OR_RETURN(const TenantReport counts, CountVisible(snapshot, request.caller(), wanted->wanted));
  v1::Report answer;
  answer.set_name(request.name());
  answer.set_clock_ms(snapshot.clock.millis);
  *answer.add_facts() = Leads("leads", counts.leads, "");
  wanted->add(counts, snapshot.definitions.For(request.caller().tenant_id()), &answer);
  return answer;
}

}  // namespace leadpulse::serve
