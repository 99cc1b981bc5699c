// Pictures of numbers: columns, drawn as SVG by chart_columns.tpl, and the bars in the rows of tables.
//
// Coordinates are per cent of the picture, so that it fits every width while its texts keep their size. Colours are
// those of report.css, for both themes. A picture is for the eye alone: the table beside it has the same numbers and
// links.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

struct ChartColumn {
  std::string label;  // below the column, if there is room
  std::string title;  // `Thursday 12 March 2026: 5`, shown at the mouse
  uint64_t count = 0;
  std::optional<uint64_t> before = {};  // of the range before, drawn behind it
  std::string leads_query = {};         // of the page of leads that the column counts
  std::string moved_query = {};         // of the report of leads that moved (ShowMovedLeads); at most one of both
};

// What happens to a column that is far higher than the others, as on the day of an import: the scale goes up to it, or
// the column is cut, with its number above it, and the others keep their height.
enum class HighColumns { kWhole, kCut };

// Returns `ticks`, `columns` and `labels` of chart_columns.tpl. False if every count is 0: there is nothing to draw.
PageData ColumnChart(std::span<const ChartColumn> columns, const ShownNumbers& numbers,
                     HighColumns high = HighColumns::kWhole);

// Returns the distance between the lines of the scale: 1, 2 or 5 times a power of ten, so that at most four reach
// `most`.
uint64_t ScaleStep(uint64_t most);

// Returns `part` of `whole` as a length in SVG: `37.5%`. Anything but 0 is visible. 0 if `whole` is 0.
std::string BarLength(uint64_t part, uint64_t whole);

}  // namespace leadpulse::serve
