#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/leadpulse/terminal_text.h"
#include "tools/report/render.h"
#include "tools/report/text_cells.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

constexpr size_t kName = 22;
constexpr size_t kNumber = 10;
constexpr size_t kBar = 22;

std::string Header(std::string_view title, const std::vector<std::string>& columns) {
  std::string line = "  " + NameCell(title, kName + 2);
  for (const std::string& column : columns) line += NumberCell(column, kNumber);
  return "\n" + TextLine(line);
}

std::string Row(std::string_view name, const std::vector<std::string>& cells, const std::string& bar = "") {
  std::string line = "    " + NameCell(name, kName);
  for (const std::string& cell : cells) line += NumberCell(cell, kNumber);
  return TextLine(line + "  " + bar);
}

std::string More(size_t all, size_t shown) {
  return all > shown ? "    … and " + Grouped(all - shown) + " more\n" : "";
}

std::string Pipeline(const TenantReport& tenant) {
  std::string text = Header("Pipeline", {"here", "reached", "to next"});
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    const bool apart = stage == Stage::kLost || stage == Stage::kArchived;
    const uint64_t reached = tenant.Reached(stage);
    text += Row(StageTitle(stage),
                {Grouped(tenant.stages[i]), apart ? "–" : Grouped(reached), Percent(tenant.ConversionToNext(stage))},
                apart ? "" : Bar(reached, tenant.Reached(Stage::kNew), kBar));
  }
  return text;
}

std::string StageHistoryTable(const StageHistory& stages, const Period& period) {
  std::string text = "\n  Stages " + PeriodTitle(period) + Header("", {"before", "came", "moved on", "rate", "at end"});
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    text += Row(StageTitle(stage), {GroupedSigned(stages.at_beginning[i]), Grouped(stages.entered[i]),
                                    NextInFunnel(stage) ? Grouped(stages.MovedOn(stage)) : "–",
                                    Percent(stages.ConversionRate(stage)), GroupedSigned(stages.at_end[i])});
  }
  return text;
}

struct Move {
  Stage from;
  Stage to;
  uint64_t count;
};

std::vector<Move> MovesOf(const StageHistory& stages) {
  std::vector<Move> moves;
  for (size_t from = 1; from < kStageCount; ++from) {
    for (size_t to = 1; to < kStageCount; ++to) {
      if (stages.moves[from][to] == 0) continue;
      moves.push_back({static_cast<Stage>(from), static_cast<Stage>(to), stages.moves[from][to]});
    }
  }
  std::ranges::stable_sort(moves, [](const Move& a, const Move& b) { return a.count > b.count; });
  return moves;
}

std::string MovesTable(const StageHistory& stages) {
  const std::vector<Move> moves = MovesOf(stages);
  if (moves.empty()) return "";
  std::string text = Header("Moves", {"times"});
  for (size_t i = 0; i < std::min(moves.size(), kMaxShownInText); ++i) {
    text += Row(StageTitle(moves[i].from) + " → " + StageTitle(moves[i].to), {Grouped(moves[i].count)},
                Bar(moves[i].count, moves.front().count, kBar));
  }
  return text + More(moves.size(), kMaxShownInText);
}

std::string Tiers(const TenantReport& tenant) {
  std::string text = Header("Tiers", {"leads", "share"});
  for (const NamedCount& tier : tenant.tiers) {
    text += Row(tier.name, {Grouped(tier.leads), Percent(Ratio(tier.leads, tenant.leads))},
                Bar(tier.leads, tenant.leads, kBar));
  }
  return text;
}

std::string Addresses(const TenantReport& tenant) {
  const std::vector<AddressRow> rows = AddressRows(tenant);
  if (rows.empty()) return "";
  std::string text = Header("Addresses", {"leads", "sendable"});
  for (const AddressRow& row : rows) {
    text += Row(row.title, {Grouped(row.leads), Grouped(row.sendable)}, Bar(row.leads, tenant.leads, kBar));
  }
  return text + Wrapped(AddressSentence(tenant), 4);
}

int64_t Sum(const std::vector<int64_t>& leads) {
  int64_t sum = 0;
  for (int64_t one : leads) sum += std::max<int64_t>(one, 0);
  return sum;
}

std::string TiersOverTime(const TierHistory& history) {
  constexpr size_t kNumbered = 3;  // tiers with a column of their own
  constexpr size_t kStacked = 34;
  if (history.points.empty()) return "";
  int64_t most = 0;
  for (const TierPoint& point : history.points) most = std::max(most, Sum(point.leads));
  const size_t numbered = std::min(kNumbered, history.tiers.size());
  std::string head = "  " + NameCell("Tiers at each " + history.span + "'s end", 12 + kStacked + 2);
  for (size_t i = 0; i < numbered; ++i) {
    head += NumberCell(
        std::string(ShadeOf(i)) + " " + tools::CutToWidth(DisplayableLine(history.tiers[i]), kNumber - 3), kNumber);
  }
  std::string text = "\n" + TextLine(head);
  const size_t shown = std::min(history.points.size(), kMaxShownInText);
  if (shown < history.points.size()) text += "    … " + Grouped(history.points.size() - shown) + " before\n";
  for (size_t i = history.points.size() - shown; i < history.points.size(); ++i) {
    const TierPoint& point = history.points[i];
    std::string line = "    " + NameCell(FormatDay(point.last), 12);
    line += NameCell(StackedBar(point.leads, most, kStacked), kStacked);
    for (size_t tier = 0; tier < numbered; ++tier) line += NumberCell(GroupedSigned(point.leads[tier]), kNumber);
    text += TextLine(line);
  }
  return text;
}

std::string Segments(const TenantReport& tenant) {
  if (tenant.segments.empty()) return "";
  const bool flows = tenant.history.has_value();
  std::string text = Header(
      "Segments", flows ? std::vector<std::string>{"leads", "entered", "left"} : std::vector<std::string>{"leads"});
  for (const SegmentReport* segment : LargestSegments(tenant, kMaxShownInText)) {
    std::vector<std::string> cells = {segment->defined ? Grouped(segment->leads) : "gone"};
    if (segment->flow) {
      cells.push_back(Grouped(segment->flow->entered));
      cells.push_back(Grouped(segment->flow->left));
    }
    text += Row(segment->id, cells, Bar(segment->leads, tenant.leads, kBar));
  }
  return text + More(tenant.segments.size(), kMaxShownInText);
}

std::string Scores(const Histogram& scores) {
  if (scores.leads == 0) return "";
  std::string text = Header("Scores", {"leads"});
  uint64_t most = 0;
  for (const HistogramBar& bar : scores.bars) most = std::max(most, bar.leads);
  for (const HistogramBar& bar : scores.bars) {
    text += Row(BarTitle(bar), {Grouped(bar.leads)}, Bar(bar.leads, most, kBar + 20));
  }
  return text + "    lowest " + GroupedSigned(scores.min) + ", median " + GroupedSigned(scores.median) + ", highest " +
         GroupedSigned(scores.max) + "\n";
}

// A column of a table of campaigns: its head, in two lines, and how a cell is made.
struct CampaignColumn {
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
    CampaignColumn{"", "assigned", 9, CountCell<&CampaignCounts::assigned>},
    CampaignColumn{"of these", "mailed", 9, CountCell<&CampaignCounts::assigned_mailed>},
    CampaignColumn{"not", "bounced", 8, CountCell<&CampaignCounts::assigned_reachable>},
    CampaignColumn{"", "mailed", 8, LeadsCell<Measure::kMailed>},
    CampaignColumn{"", "deliv.", 7, LeadsCell<Measure::kDelivered>},
    CampaignColumn{"", "opened", 7, LeadsCell<Measure::kOpened>},
    CampaignColumn{"", "clicked", 8, LeadsCell<Measure::kClicked>},
};
constexpr std::array kRates = {
    CampaignColumn{"", "deliv.", 7, RateCell<Rate::kDelivery>},
    CampaignColumn{"", "open", 7, RateCell<Rate::kOpen>},
    CampaignColumn{"with", "mach.", 7, RateCell<Rate::kOpenAny>},
    CampaignColumn{"", "click", 7, RateCell<Rate::kClick>},
    CampaignColumn{"with", "mach.", 7, RateCell<Rate::kClickAny>},
    CampaignColumn{"", "reply", 7, RateCell<Rate::kReply>},
    CampaignColumn{"", "bounce", 7, RateCell<Rate::kBounce>},
    CampaignColumn{"", "unsub.", 7, RateCell<Rate::kUnsubscribe>},
};

constexpr size_t kTitle = 20;

template <typename Columns>
std::string CampaignTable(const std::string& title, const Columns& columns, const std::vector<CampaignRow>& rows) {
  std::string above = "  " + NameCell(title, kTitle + 2);
  std::string heads = "    " + NameCell("", kTitle);
  for (const CampaignColumn& column : columns) {
    above += NumberCell(column.above, column.width);
    heads += NumberCell(column.head, column.width);
  }
  std::string text = "\n" + TextLine(above) + TextLine(heads);
  for (const auto& [name, counts] : rows) {
    std::string line = "    " + LongNameCell(name, kTitle);
    for (const CampaignColumn& column : columns) line += NumberCell(column.cell(*counts), column.width);
    text += TextLine(line);
  }
  return text;
}

std::string CampaignTables(const TenantReport& tenant) {
  CampaignCounts rest;
  const std::vector<CampaignRow> rows = CampaignRows(tenant, kMaxShownInText, &rest);
  if (rows.empty()) return "";
  return CampaignTable("Campaigns, leads", kCounts, rows) + CampaignTable("Campaigns, rates", kRates, rows);
}

std::string TenantText(const TenantReport& tenant, const Period& period) {
  std::string text = "\n" + DisplayableLine(tenant.tenant) + ": " + Leads(tenant.leads) + ", " +
                     Grouped(tenant.sendable) + " of them may be mailed\n";
  for (const std::string& note : NotesOn(tenant)) text += "\n" + Wrapped("Note: " + note, 2);
  text += Pipeline(tenant);
  if (tenant.history) text += StageHistoryTable(tenant.history->stages, period) + MovesTable(tenant.history->stages);
  text += Tiers(tenant);
  if (tenant.history) text += TiersOverTime(tenant.history->tiers);
  return text + Segments(tenant) + CampaignTables(tenant) + Addresses(tenant) + Scores(tenant.scores);
}

}  // namespace

std::string ReportText(const Report& report) {
  std::string text = "Report as of " + FormatRfc3339(report.at) + "\n";
  if (report.tenants.empty()) return text + "\nNo leads to report.\n";
  for (const TenantReport& tenant : report.tenants) text += TenantText(tenant, report.period);
  if (report.other_tenants > 0) {
    text += "\n" + Grouped(report.other_tenants) + " more tenants with " + Leads(report.other_leads) +
            "; ask for one with --tenant\n";
  }
  text += "\nWhat the numbers mean\n";
  for (const std::string& sentence : Definitions()) text += Wrapped(sentence, 2);
  return text;
}

}  // namespace leadpulse::report
