// Charts from changes: stages, tiers over time, segments.
#include <algorithm>

#include "processor/base/text.h"
#include "tools/report/html_text.h"
#include "tools/report/render.h"
#include "tools/report/wording.h"

namespace leadpulse::report {
namespace {

constexpr size_t kTierShades = 6;

// Returns a tier's style. The first tier is the strongest, the last the palest.
std::string TierClass(size_t tier, size_t tiers) {
  const size_t shade = tiers < 2 ? 0 : tier * (kTierShades - 1) / (tiers - 1);
  return "t" + std::to_string(shade);
}

std::string MovesMatrix(const StageHistory& stages) {
  HtmlTable table{"Moves between stages, from the row's to the column's", {"From, to"}, {}};
  uint64_t most = 1;
  for (const auto& row : stages.moves) most = std::max(most, *std::ranges::max_element(row));
  for (size_t from = 1; from < kStageCount; ++from) {
    table.heads.push_back(Html(StageTitle(static_cast<Stage>(from))));
    std::vector<std::string> row = {Html(StageTitle(static_cast<Stage>(from)))};
    for (size_t to = 1; to < kStageCount; ++to) {
      const uint64_t count = stages.moves[from][to];
      const double heat = 0.08 + 0.4 * static_cast<double>(count) / static_cast<double>(most);
      row.push_back(count == 0 ? "<span class=\"none\">·</span>"
                               : "<span class=\"heat\" style=\"--heat:" + SpellNumber(heat) + "\">" + Grouped(count) +
                                     "</span>");
    }
    table.rows.push_back(std::move(row));
  }
  return Table(table);
}

struct Frame {
  double left = 56, right = kChartWidth - 8, top = 10, bottom = 210;
  int64_t most = 1;
  size_t points = 1;
  double X(size_t point) const {
    return points < 2 ? left + (right - left) * static_cast<double>(point)
                      : left + (right - left) * static_cast<double>(point) / static_cast<double>(points - 1);
  }
  double Y(int64_t leads) const {
    return bottom - (bottom - top) * static_cast<double>(leads) / static_cast<double>(most);
  }
};

void DrawAxes(const TierHistory& history, const std::vector<int64_t>& steps, const Frame& frame, Svg* svg) {
  for (int64_t step : steps) {
    svg->Line(frame.left, frame.Y(step), frame.right, frame.Y(step), "grid");
    svg->Text(frame.left - 8, frame.Y(step) + 4, Grouped(static_cast<uint64_t>(step)), "label end");
  }
  const size_t last = history.points.size() - 1;
  const size_t labels = std::min<size_t>(last, 3);
  for (size_t i = 0; i <= labels; ++i) {
    const size_t point = labels == 0 ? 0 : last * i / labels;
    const char* place = i == 0 ? "label" : (i == labels ? "label end" : "label middle");
    svg->Text(frame.X(point), frame.bottom + 18, FormatDay(history.points[point].last), place);
  }
}

// Returns the base of each tier, on which the next one is stacked: by tier, by point.
std::vector<std::vector<int64_t>> Stacked(const TierHistory& history) {
  std::vector<std::vector<int64_t>> floors(history.tiers.size() + 1, std::vector<int64_t>(history.points.size()));
  for (size_t tier = 0; tier < history.tiers.size(); ++tier) {
    for (size_t point = 0; point < history.points.size(); ++point) {
      floors[tier + 1][point] = floors[tier][point] + std::max<int64_t>(history.points[point].leads[tier], 0);
    }
  }
  // An area needs two ends: one point is a band.
  if (history.points.size() == 1) {
    for (auto& floor : floors) floor.push_back(floor.front());
  }
  return floors;
}

std::string TierAreas(const TierHistory& history) {
  const std::vector<std::vector<int64_t>> floors = Stacked(history);
  const std::vector<int64_t> steps =
      AxisSteps(std::max<int64_t>(*std::max_element(floors.back().begin(), floors.back().end()), 1));
  Frame frame;
  frame.most = steps.back();
  frame.points = history.points.size();
  Svg svg(kChartWidth, 236, "Tiers over time",
          "How many leads each tier had at the end of each " + history.span + ", one upon the other.");
  DrawAxes(history, steps, frame, &svg);
  for (size_t tier = 0; tier < history.tiers.size(); ++tier) {
    std::string points;
    const size_t count = floors[tier].size();
    for (size_t i = 0; i < count; ++i) {
      AppendParts({Px(frame.X(i)), ",", Px(frame.Y(floors[tier + 1][i])), " "}, &points);
    }
    for (size_t i = count; i-- > 0;) AppendParts({Px(frame.X(i)), ",", Px(frame.Y(floors[tier][i])), " "}, &points);
    const std::string tip =
        history.tiers[tier] + ": " + GroupedSigned(history.points.back().leads[tier]) + " at the end";
    svg.Polygon(points, "area " + TierClass(tier, history.tiers.size()), tip);
  }
  return svg.End();
}

std::string TierLegend(const std::vector<std::string>& tiers) {
  std::string legend = "<p class=\"legend\">";
  for (size_t i = 0; i < tiers.size(); ++i) {
    legend += "<span class=\"key " + TierClass(i, tiers.size()) + "\"></span> " + Html(tiers[i]) + " ";
  }
  return legend + "</p>\n";
}

std::string TierCharts(const TierHistory& history) {
  if (history.points.empty()) return "";
  HtmlTable table{"Leads by tier at the end of each " + history.span, {"Until"}, {}};
  for (const std::string& tier : history.tiers) table.heads.push_back(Html(tier));
  for (const TierPoint& point : history.points) {
    std::vector<std::string> row = {FormatDay(point.last)};
    for (int64_t leads : point.leads) row.push_back(GroupedSigned(leads));
    table.rows.push_back(std::move(row));
  }
  return "<h4>Over time</h4>\n" + TierAreas(history) + TierLegend(history.tiers) + TableBehind(table);
}

}  // namespace

std::string StageHistorySection(const TenantReport& tenant, const Period& period) {
  if (!tenant.history) return "";
  const StageHistory& stages = tenant.history->stages;
  HtmlTable table{"Stages over the period", {"Stage", "Before", "Came", "Moved on", "Rate", "At the end"}, {}};
  for (size_t i = 1; i < kStageCount; ++i) {
    const auto stage = static_cast<Stage>(i);
    table.rows.push_back({Html(StageTitle(stage)), GroupedSigned(stages.at_beginning[i]), Grouped(stages.entered[i]),
                          NextInFunnel(stage) ? Grouped(stages.MovedOn(stage)) : "–",
                          Percent(stages.ConversionRate(stage)), GroupedSigned(stages.at_end[i])});
  }
  return "<section><h3>Moves between stages " + Html(PeriodTitle(period)) + "</h3>\n" + Table(table) +
         MovesMatrix(stages) + "</section>\n";
}

std::string TiersSection(const TenantReport& tenant) {
  HtmlTable table{"Leads by tier", {"Tier", "Leads", "Share", ""}, {}};
  for (const NamedCount& tier : tenant.tiers) {
    table.rows.push_back({Html(tier.name), Grouped(tier.leads), Percent(Ratio(tier.leads, tenant.leads)),
                          CellBar(tier.leads, tenant.leads)});
  }
  return "<section><h3>Tiers</h3>\n" + Table(table) + (tenant.history ? TierCharts(tenant.history->tiers) : "") +
         "</section>\n";
}

std::string SegmentsSection(const TenantReport& tenant, const Period& period) {
  if (tenant.segments.empty()) return "";
  HtmlTable table{"Segments, the largest first", {"Segment", "Leads", ""}, {}};
  const bool flows = tenant.history.has_value();
  if (flows) table.heads.insert(table.heads.begin() + 2, {"Entered", "Left"});
  for (const SegmentReport* segment : LargestSegments(tenant, kMaxShownInHtml)) {
    const std::string name = segment->name.empty() ? "" : " <small>" + Html(segment->name) + "</small>";
    std::vector<std::string> row = {Html(segment->id) + name, segment->defined ? Grouped(segment->leads) : "gone"};
    if (flows) row.push_back("+" + Grouped(segment->flow ? segment->flow->entered : 0));
    if (flows) row.push_back("−" + Grouped(segment->flow ? segment->flow->left : 0));
    row.push_back(CellBar(segment->leads, tenant.leads));
    table.rows.push_back(std::move(row));
  }
  std::string more;
  if (tenant.segments.size() > kMaxShownInHtml) {
    more = Paragraph("… and " + Grouped(tenant.segments.size() - kMaxShownInHtml) + " more.", "quiet");
  }
  const std::string flow_title = flows ? Paragraph("Entered and left " + PeriodTitle(period) + ".", "quiet") : "";
  return "<section><h3>Segments</h3>\n" + flow_title + Table(table) + more + "</section>\n";
}

}  // namespace leadpulse::report
