// The page, its tiles, and the sections that need no changes: the pipeline, campaigns, addresses and scores.
#include <algorithm>
#include <string>

#include "tools/leadpulse/terminal_text.h"
#include "tools/report/html_text.h"
#include "tools/report/render.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

std::string Funnel(const TenantReport& tenant) {
  constexpr double kRow = 34, kThick = 22, kLeft = 96, kRight = 480;
  Svg svg(kChartWidth, kRow * kFunnel.size() + 4, "Pipeline",
          "A bar for each stage: how many leads reached it, and in the darker part how many are there now.");
  const auto most = static_cast<double>(std::max<uint64_t>(tenant.Reached(Stage::kNew), 1));
  double y = 4;
  for (Stage stage : kFunnel) {
    const auto reached = static_cast<double>(tenant.Reached(stage));
    const uint64_t here = tenant.stages[static_cast<size_t>(stage)];
    const double whole = (kRight - kLeft) * reached / most;
    const std::string numbers = Grouped(tenant.Reached(stage)) + " reached, " + Grouped(here) + " here";
    svg.Text(kLeft - 8, y + 15, StageTitle(stage), "label end");
    svg.Rect(kLeft, y, whole, kThick, "soft", StageTitle(stage) + ": " + numbers);
    svg.Rect(kLeft, y, (kRight - kLeft) * static_cast<double>(here) / most, kThick, "strong",
             StageTitle(stage) + ": " + numbers);
    svg.Text(kLeft + whole + 8, y + 15, numbers, "number");
    if (NextInFunnel(stage)) {
      svg.Text(kChartWidth - 4, y + 15, Percent(tenant.ConversionToNext(stage)) + " to the next", "label end");
    }
    y += kRow;
  }
  return svg.End();
}

std::string PipelineSection(const TenantReport& tenant) {
  HtmlTable table{"Leads by stage", {"Stage", "Here", "Reached", "To the next"}, {}};
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    const bool apart = stage == Stage::kLost || stage == Stage::kArchived;
    table.rows.push_back({Html(StageTitle(stage)), Grouped(tenant.stages[i]),
                          apart ? "–" : Grouped(tenant.Reached(stage)), Percent(tenant.ConversionToNext(stage))});
  }
  const uint64_t lost = tenant.stages[static_cast<size_t>(Stage::kLost)];
  const uint64_t archived = tenant.stages[static_cast<size_t>(Stage::kArchived)];
  return "<section><h3>Pipeline</h3>\n" + Funnel(tenant) +
         "<p class=\"legend\"><span class=\"key strong\"></span> here now <span class=\"key soft\"></span> reached it "
         "and went on</p>\n" +
         Paragraph("Apart from these: " + Grouped(lost) + " lost, " + Grouped(archived) + " archived.", "quiet") +
         TableBehind(table) + "</section>\n";
}

constexpr size_t kCharted = 12;  // campaigns

// Draws a row for each campaign: the darker part is the rate of people, the whole includes machines.
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

std::string AddressesSection(const TenantReport& tenant) {
  HtmlTable table{"Leads by address", {"Address", "Leads", "May be mailed", ""}, {}};
  for (const AddressRow& row : AddressRows(tenant)) {
    table.rows.push_back(
        {Html(row.title), Grouped(row.leads), Grouped(row.sendable), CellBar(row.leads, tenant.leads)});
  }
  if (table.rows.empty()) return "";
  return "<section><h3>Addresses</h3>\n" + Table(table) + Paragraph(AddressSentence(tenant), "quiet") + "</section>\n";
}

std::string ScoresSection(const Histogram& scores) {
  if (scores.leads == 0) return "";
  constexpr double kHeight = 200, kTop = 20, kBottom = 28;
  uint64_t most = 1;
  for (const HistogramBar& bar : scores.bars) most = std::max(most, bar.leads);
  Svg svg(kChartWidth, kHeight, "Scores", "A bar for each span of scores: how many leads have one in it.");
  const double step = std::min(kChartWidth / static_cast<double>(scores.bars.size()), 90.0);
  HtmlTable table{"Leads by score", {"Score", "Leads"}, {}};
  double x = 0;
  for (const HistogramBar& bar : scores.bars) {
    const double height = (kHeight - kTop - kBottom) * static_cast<double>(bar.leads) / static_cast<double>(most);
    const double top = kHeight - kBottom - height;
    svg.Rect(x + 1, top, step - 2, height, "strong", BarTitle(bar) + ": " + Leads(bar.leads));
    if (bar.leads > 0) svg.Text(x + step / 2, top - 5, Grouped(bar.leads), "number middle");
    const std::string from = bar.from ? GroupedSigned(*bar.from) : "< " + GroupedSigned(bar.to.value_or(0));
    svg.Text(x + step / 2, kHeight - 10, bar.to ? from : "≥ " + from, "label middle");
    table.rows.push_back({Html(BarTitle(bar)), Grouped(bar.leads)});
    x += step;
  }
  svg.Line(0, kHeight - kBottom, step * static_cast<double>(scores.bars.size()), kHeight - kBottom, "axis");
  const std::string said = "Lowest " + GroupedSigned(scores.min) + ", median " + GroupedSigned(scores.median) +
                           ", highest " + GroupedSigned(scores.max) + ". A bar begins at the score below it.";
  return "<section><h3>Scores</h3>\n" + svg.End() + Paragraph(said, "quiet") + TableBehind(table) + "</section>\n";
}

std::string Tile(const std::string& number, const std::string& title) {
  return "<div class=\"tile\"><b>" + Html(number) + "</b>" + Html(title) + "</div>\n";
}

std::string Tiles(const TenantReport& tenant) {
  std::string tiles = Tile(Grouped(tenant.leads), "leads") + Tile(Grouped(tenant.sendable), "may be mailed") +
                      Tile(Grouped(tenant.stages[static_cast<size_t>(Stage::kConverted)]), "converted");
  if (!tenant.tiers.empty()) tiles += Tile(Grouped(tenant.tiers.front().leads), "in tier " + tenant.tiers.front().name);
  const auto status = [&](EmailStatus one) { return tenant.by_email_status[static_cast<size_t>(one)]; };
  tiles += Tile(Grouped(status(EmailStatus::kUnsubscribed) + status(EmailStatus::kComplained)),
                "unsubscribed or complained") +
           Tile(Grouped(status(EmailStatus::kBounced)), "bounced");
  return "<div class=\"tiles\">\n" + tiles + "</div>\n";
}

std::string TenantHtml(const TenantReport& tenant, const Period& period, size_t number) {
  std::string html = "<article id=\"tenant-" + std::to_string(number) + "\">\n<h2>" + Html(tenant.tenant) + "</h2>\n";
  html += Tiles(tenant);
  for (const std::string& note : NotesOn(tenant)) html += Paragraph(note, "note");
  html += PipelineSection(tenant) + StageHistorySection(tenant, period) + TiersSection(tenant);
  html += SegmentsSection(tenant, period) + CampaignsSection(tenant) + AddressesSection(tenant) +
          ScoresSection(tenant.scores);
  return html + Paragraph("Days are those of the time zone " + tenant.time_zone + ".", "quiet") + "</article>\n";
}

std::string Contents(const Report& report) {
  if (report.tenants.size() < 2) return "";
  std::string list = "<nav aria-label=\"Tenants\"><ul>\n";
  for (size_t i = 0; i < report.tenants.size(); ++i) {
    list += "<li><a href=\"#tenant-" + std::to_string(i) + "\">" + Html(report.tenants[i].tenant) + "</a>, " +
            Leads(report.tenants[i].leads) + "</li>\n";
  }
  return list + "</ul></nav>\n";
}

std::string Meaning() {
  std::string list = "<section class=\"meaning\"><h2>What the numbers mean</h2>\n<ul>\n";
  for (const std::string& sentence : Definitions()) list += "<li>" + Html(sentence) + "</li>\n";
  return list + "</ul></section>\n";
}

}  // namespace

std::string ReportHtml(const Report& report) {
  const std::string title = "Leads" + (report.tenants.size() == 1 ? " of " + report.tenants.front().tenant : "") +
                            ", " + FormatRfc3339(report.at).substr(0, 10);
  // The policy is a second defence: markup that got into the page could still run and load nothing.
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      Html(title) + "</title>\n<style>\n" + kStyleSheet + "</style>\n</head>\n<body>\n<main>\n<h1>" + Html(title) +
      "</h1>\n" + Paragraph("As of " + FormatRfc3339(report.at) + ".", "quiet") + Contents(report);
  if (report.tenants.empty()) html += Paragraph("No leads to report.");
  for (size_t i = 0; i < report.tenants.size(); ++i) html += TenantHtml(report.tenants[i], report.period, i);
  if (report.other_tenants > 0) {
    html += Paragraph(Grouped(report.other_tenants) + " more tenants with " + Leads(report.other_leads) +
                      "; ask for one with --tenant.");
  }
  return html + Meaning() + "</main>\n</body>\n</html>\n";
}

}  // namespace leadpulse::report
