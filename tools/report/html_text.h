// The parts and the sections that a page is made of. Everything that is not written here as markup goes through Html().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/query/report/report.h"

namespace leadpulse::report {

// Untrusted text for an element or a quoted attribute: without markup, control characters, and marks that change the
// direction of writing.
std::string Html(std::string_view text);

// A number for coordinates, with one decimal.
std::string Px(double number);

std::string Paragraph(std::string_view text, std::string_view css_class = "");

// A table in which the first column names the row; cells are markup already. `caption` is for those who do not see.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> heads;  // markup
  std::vector<std::vector<std::string>> rows;
};
std::string Table(const HtmlTable& table);
// The same, folded, below a chart.
std::string TableBehind(const HtmlTable& table);

// A cell's bar: as wide as the share of `part` in `whole`.
std::string CellBar(uint64_t part, uint64_t whole);

inline constexpr double kChartWidth = 760;  // the width of charts below one another

// A picture with a name and a description for those who do not see it; `width` and `height` are those of its
// coordinates, it grows with the page.
class Svg {
 public:
  Svg(double width, double height, std::string_view title, std::string_view description);

  // `tip`: the text that is shown under the pointer.
  void Rect(double x, double y, double width, double height, std::string_view css_class, std::string_view tip = "");
  void Line(double x1, double y1, double x2, double y2, std::string_view css_class);
  void Text(double x, double y, std::string_view text, std::string_view css_class);
  void Polygon(std::string_view points, std::string_view css_class, std::string_view tip);
  std::string End() { return out_ + "</svg>\n"; }

 private:
  void Shape(const std::string& shape, std::string_view css_class, std::string_view tip);
  std::string out_;
};

// Round numbers from 0 to the first that is not below `most`: for an axis.
std::vector<int64_t> AxisSteps(int64_t most);

// ---- the sections that changes add to, each a chart with its numbers; they return markup ----

// Empty without changes.
std::string StageHistorySection(const TenantReport& tenant, const Period& period);
std::string TiersSection(const TenantReport& tenant);
std::string SegmentsSection(const TenantReport& tenant, const Period& period);

// The style sheet in the page's head.
extern const char kStyleSheet[];

}  // namespace leadpulse::report
