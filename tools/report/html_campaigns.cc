// Campaigns: rates as charts, counts and rates as tables.
#include <algorithm>

#include "tools/leadpulse/terminal_text.h"
#include "tools/report/html_text.h"
#include "tools/report/render.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

constexpr size_t kCharted = 12;  // campaigns

// A row for each campaign: the rate of people in the darker part of that with machines.
std::string RateChart(const std::string& title, const TenantReport& tenant, Rate people, Rate any) {
  constexpr double kRow = 24, kThick = 14, kLeft = 190, kRight = 610;
  const size_t count = std::min(tenant.campaigns.size(), kCharted);
  Svg svg(kChartWidth, kRow * static_cast<double>(count) + 4, title,
          title + " of each campaign; the paler part is that of machines.");
  double most = 0.01;
  for (size_t i = 0; i < count; ++i) most = std::max(most, RateOf(tenant.campaigns[i].counts, any).value_or(0));
  for (size_t i = 0; i < count; ++i) {
    const CampaignReport& campaign = tenant.campaigns[i];
    const std::optional<double> by_people = RateOf(campaign.counts, people);
    const std::optional<double> by_any = RateOf(campaign.counts, any);
    const double y = 4 + kRow * static_cast<double>(i);
    const std::string said = Percent(by_people) + ", with machines " + Percent(by_any);
    svg.Text(kLeft - 8, y + 11, tools::CutToWidth(DisplayableLine(campaign.id), 26), "label end");
    svg.Rect(kLeft, y, (kRight - kLeft) * by_any.value_or(0) / most, kThick, "machine", campaign.id + ": " + said);
    svg.Rect(kLeft, y, (kRight - kLeft) * by_people.value_or(0) / most, kThick, "strong", campaign.id + ": " + said);
    svg.Text(kLeft + (kRight - kLeft) * by_any.value_or(0) / most + 8, y + 11,
             Percent(by_people) + (by_any == by_people ? "" : " (" + Percent(by_any) + ")"), "number");
  }
  return "<h4>" + Html(title) + "</h4>\n" + svg.End();
}

std::string LeadsAndEvents(const Tally& tally) {
  const bool same = tally.events == tally.leads;
  return Grouped(tally.leads) + (same ? "" : " <small>" + Grouped(tally.events) + "</small>");
}

std::string CountsTable(const std::vector<CampaignRow>& rows) {
  HtmlTable table{
      "Campaigns: leads, and small beside them events where there are more",
      {"Campaign", "Assigned", "of these mailed", "not bounced", "Sent", "Delivered", "Opened", "with machines",
       "Clicked", "with machines", "Replied", "Bounced hard", "soft", "Unsub&shy;scribed", "Com&shy;plained"},
      {}};
  for (const auto& [name, counts] : rows) {
    std::vector<std::string> row = {Html(name), Grouped(counts->assigned), Grouped(counts->assigned_mailed),
                                    Grouped(counts->assigned_reachable)};
    for (Measure measure : {Measure::kSent, Measure::kDelivered, Measure::kOpened, Measure::kOpenedAny,
                            Measure::kClicked, Measure::kClickedAny, Measure::kReplied, Measure::kBouncedHard,
                            Measure::kBouncedSoft, Measure::kUnsubscribed, Measure::kComplained}) {
      row.push_back(LeadsAndEvents((*counts)[measure]));
    }
    table.rows.push_back(std::move(row));
  }
  return Table(table);
}

std::string RatesTable(const std::vector<CampaignRow>& rows) {
  HtmlTable table{"Campaigns: rates of leads",
                  {"Campaign", "Over", "Delivered", "Open", "with machines", "Click", "with machines", "Click per open",
                   "with machines", "Reply", "Bounce", "Unsub&shy;scribe", "Com&shy;plaint"},
                  {}};
  for (const auto& [name, counts] : rows) {
    std::vector<std::string> row = {Html(name), Html(RateBaseName(RateBaseOf(*counts)))};
    for (Rate rate : {Rate::kDelivery, Rate::kOpen, Rate::kOpenAny, Rate::kClick, Rate::kClickAny, Rate::kClickToOpen,
                      Rate::kClickToOpenAny, Rate::kReply, Rate::kBounce, Rate::kUnsubscribe, Rate::kComplaint}) {
      row.push_back(Percent(RateOf(*counts, rate)));
    }
    table.rows.push_back(std::move(row));
  }
  return Table(table);
}

}  // namespace

std::string CampaignsSection(const TenantReport& tenant) {
  CampaignCounts rest;
  const std::vector<CampaignRow> rows = CampaignRows(tenant, kMaxShownInHtml, &rest);
  if (rows.empty()) return "";
  std::string charts;
  if (!tenant.campaigns.empty()) {
    charts = RateChart("Open rate", tenant, Rate::kOpen, Rate::kOpenAny) +
             RateChart("Click rate", tenant, Rate::kClick, Rate::kClickAny) +
             "<p class=\"legend\"><span class=\"key strong\"></span> people <span class=\"key machine\"></span> and "
             "machines</p>\n";
  }
  if (tenant.campaigns.size() > kCharted) {
    charts += Paragraph("The " + Grouped(kCharted) + " campaigns with the most leads mailed; all are in the tables.",
                        "quiet");
  }
  return "<section><h3>Campaigns</h3>\n" + charts + "<div class=\"wide\">\n" + RatesTable(rows) + CountsTable(rows) +
         "</div></section>\n";
}

}  // namespace leadpulse::report
