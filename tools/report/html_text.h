// The parts and the sections of a page. Everything that is not written here as markup goes through Html().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/query/report/report.h"

namespace leadpulse::report {

// Escapes untrusted text for an element or a quoted attribute: without markup, control characters, and marks that
// change the direction of writing.
std::string Html(std::string_view text);

// Formats a number for coordinates, with one decimal.
std::string Px(double number);

std::string Paragraph(std::string_view text, std::string_view css_class = "");

// A table whose first column names the row; cells are already markup. `caption` is for screen readers.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> heads;  // markup
  std::vector<std::vector<std::string>> rows;
};
std::string Table(const HtmlTable& table);
// Renders the same table, folded, below a chart.
std::string TableBehind(const HtmlTable& table);

// Renders a cell's bar: as wide as the share of `part` in `whole`.
std::string CellBar(uint64_t part, uint64_t whole);

inline constexpr double kChartWidth = 760;  // width of charts below one another

// A picture with a name and a description for screen readers. `width` and `height` are those of its coordinates; it
// grows with the page.
class Svg {
 public:
  Svg(double width, double height, std::string_view title, std::string_view description);

  // Draws a rectangle. `tip`: the text shown under the pointer.
  void Rect(double x, double y, double width, double height, std::string_view css_class, std::string_view tip = "");
  void Line(double x1, double y1, double x2, double y2, std::string_view css_class);
  void Text(double x, double y, std::string_view text, std::string_view css_class);
  void Polygon(std::string_view points, std::string_view css_class, std::string_view tip);
  std::string End() { return out_ + "</svg>\n"; }

 private:
  void Shape(const std::string& shape, std::string_view css_class, std::string_view tip);
  std::string out_;
};

// Returns round numbers for an axis, from 0 to the first that is not below `most`.
std::vector<int64_t> AxisSteps(int64_t most);

// ---- the sections that changes add to, each a chart with its numbers; they return markup ----

// Renders moves between stages. Empty without changes.
std::string StageHistorySection(const TenantReport& tenant, const Period& period);
std::string TiersSection(const TenantReport& tenant);
std::string SegmentsSection(const TenantReport& tenant, const Period& period);

// The style sheet in the page's head.
extern const char kStyleSheet[];

}  // namespace leadpulse::report
