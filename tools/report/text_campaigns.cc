#include "tools/report/text_campaigns.h"

#include <algorithm>
#include <array>

#include "tools/report/render.h"
#include "tools/report/text_cells.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

constexpr size_t kTitle = 20;

// A table: its columns' heads, in two lines, and how a cell is made.
struct Column {
  const char* above;
  const char* head;
  size_t width;
  std::string (*cell)(const CampaignCounts&);
};

template <Measure measure>
std::string LeadsCell(const CampaignCounts& counts) {
  return Grouped(counts[measure].leads);
}

template <Rate rate>
std::string RateCell(const CampaignCounts& counts) {
  return Percent(RateOf(counts, rate));
}

template <uint64_t CampaignCounts::*count>
std::string CountCell(const CampaignCounts& counts) {
  return Grouped(counts.*count);
}

constexpr std::array kCounts = {
    Column{"", "assigned", 9, CountCell<&CampaignCounts::assigned>},
    Column{"of these", "mailed", 9, CountCell<&CampaignCounts::assigned_mailed>},
    Column{"not", "bounced", 8, CountCell<&CampaignCounts::assigned_reachable>},
    Column{"", "mailed", 8, LeadsCell<Measure::kMailed>},
    Column{"", "deliv.", 7, LeadsCell<Measure::kDelivered>},
    Column{"", "opened", 7, LeadsCell<Measure::kOpened>},
    Column{"", "clicked", 8, LeadsCell<Measure::kClicked>},
};
constexpr std::array kRates = {
    Column{"", "deliv.", 7, RateCell<Rate::kDelivery>},    Column{"", "open", 7, RateCell<Rate::kOpen>},
    Column{"with", "mach.", 7, RateCell<Rate::kOpenAny>},  Column{"", "click", 7, RateCell<Rate::kClick>},
    Column{"with", "mach.", 7, RateCell<Rate::kClickAny>}, Column{"", "reply", 7, RateCell<Rate::kReply>},
    Column{"", "bounce", 7, RateCell<Rate::kBounce>},      Column{"", "unsub.", 7, RateCell<Rate::kUnsubscribe>},
};

template <typename Columns>
std::string TableOf(const std::string& title, const Columns& columns, const std::vector<CampaignRow>& rows) {
  std::string above = "  " + NameCell(title, kTitle + 2);
  std::string heads = "    " + NameCell("", kTitle);
  for (const Column& column : columns) {
    above += NumberCell(column.above, column.width);
    heads += NumberCell(column.head, column.width);
  }
  std::string text = "\n" + TextLine(above) + TextLine(heads);
  for (const auto& [name, counts] : rows) {
    std::string line = "    " + LongNameCell(name, kTitle);
    for (const Column& column : columns) line += NumberCell(column.cell(*counts), column.width);
    text += TextLine(line);
  }
  return text;
}

}  // namespace

std::vector<CampaignRow> CampaignRows(const TenantReport& tenant, size_t most, CampaignCounts* rest) {
  std::vector<CampaignRow> rows;
  const size_t shown = std::min(tenant.campaigns.size(), most);
  for (size_t i = 0; i < shown; ++i) rows.emplace_back(tenant.campaigns[i].id, &tenant.campaigns[i].counts);
  *rest = tenant.of_other_campaigns;
  for (size_t i = shown; i < tenant.campaigns.size(); ++i) *rest += tenant.campaigns[i].counts;
  if (rest->leads > 0) rows.emplace_back("(other campaigns)", rest);
  if (tenant.without_campaign.leads > 0) rows.emplace_back("(no campaign)", &tenant.without_campaign);
  if (!rows.empty()) rows.emplace_back("(all mail)", &tenant.all_mail);
  return rows;
}

std::string CampaignTables(const TenantReport& tenant) {
  CampaignCounts rest;
  const std::vector<CampaignRow> rows = CampaignRows(tenant, kMaxShownInText, &rest);
  if (rows.empty()) return "";
  return TableOf("Campaigns, leads", kCounts, rows) + TableOf("Campaigns, rates", kRates, rows);
}

}  // namespace leadpulse::report
