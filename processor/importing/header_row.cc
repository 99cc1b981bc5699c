#include "processor/importing/header_row.h"

#include <algorithm>
#include <map>

#include "processor/base/address.h"
#include "processor/base/mailbox_syntax.h"
#include "processor/base/text.h"
#include "processor/importing/own_export.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kMostAbove = 20;
constexpr size_t kLookedAtRows = 200;

bool HoldsAddress(std::string_view cell) {
  return cell.find('@') != std::string_view::npos && HasMailboxSyntax(ParseAddress(TrimAsciiSpace(cell)));
}

bool IsBlank(std::string_view cell) { return TrimAsciiSpace(cell).empty(); }

bool NamesAddress(std::string_view cell) {
  const auto known = FindSynonym(Mode::kContacts, Simplify(cell));
  return known && known->meaning == Meaning::kAddress;
}

// Whether most filled cells of the column below the row `header` hold an address, or several.
bool AreMostlyAddresses(const FirstRows& rows, size_t header, size_t column) {
  size_t addresses = 0, others = 0;
  for (size_t i = header + 1; i < std::min(rows.size(), header + kLookedAtRows); ++i) {
    const csv::Row row = rows.At(i);
    if (column >= row.cells.size() || IsBlank(row.cells[column])) continue;
    const std::string_view cell = TrimAsciiSpace(row.cells[column]);
    ++(HoldsAddress(cell) || !SeveralAddresses(cell).empty() ? addresses : others);
  }
  return addresses > others;
}

// Whether a cell of the row names the address, and the cells below it are addresses, a few mistakes aside.
bool NamesAddressOf(const FirstRows& rows, size_t row) {
  const csv::Row header = rows.At(row);
  for (size_t i = 0; i < header.cells.size(); ++i) {
    if (NamesAddress(header.cells[i]) && AreMostlyAddresses(rows, row, i)) return true;
  }
  return false;
}

bool HasAddresses(const FirstRows& rows, size_t header) {
  const std::vector<bool> addresses = FindAddresses(rows, header);
  return std::ranges::find(addresses, true) != addresses.end();
}

// Returns the number of cells that most rows have; of numbers that are as frequent, that of the first row, else the
// greater one.
size_t UsualWidth(const FirstRows& rows) {
  std::map<size_t, size_t> counts;
  const size_t end = std::min(rows.size(), kLookedAtRows);
  for (size_t i = 0; i < end; ++i) ++counts[rows.At(i).cells.size()];
  size_t width = rows.At(0).cells.size();
  for (const auto& [cells, count] : counts) {
    if (count > counts[width]) width = cells;
  }
  return width;
}

bool MayNameColumns(const csv::Row& row, size_t width) {
  const auto filled = static_cast<size_t>(std::ranges::count_if(row.cells, [](auto cell) { return !IsBlank(cell); }));
  return row.problem == csv::RowProblem::kNone && row.cells.size() == width && filled * 2 > width &&
         std::ranges::none_of(row.cells, HoldsAddress);
}

}  // namespace

size_t FindHeaderRow(const FirstRows& rows) {
  const csv::Row first = rows.At(0);
  if (std::ranges::any_of(first.cells, NamesAddress) || IsOwnExport(first.cells)) return 0;
  const size_t end = std::min(rows.size(), kMostAbove);
  for (size_t i = 1; i < end; ++i) {
    if (rows.At(i).cells.size() > 1 && NamesAddressOf(rows, i)) return i;
  }
  // Titles have fewer cells than names, or empty ones.
  const size_t width = UsualWidth(rows);
  const bool may_be_first = MayNameColumns(first, width);
  for (size_t i = 1; i < end; ++i) {
    const csv::Row row = rows.At(i);
    const bool has_more = row.cells.size() > first.cells.size() || !may_be_first;
    if (has_more && MayNameColumns(row, std::max(width, row.cells.size())) && HasAddresses(rows, i)) return i;
  }
  return 0;
}

std::vector<bool> FindAddresses(const FirstRows& rows, size_t header) {
  const size_t width = rows.At(header).cells.size();
  std::vector<bool> any(width), other(width);
  for (size_t i = header + 1; i < std::min(rows.size(), header + kLookedAtRows); ++i) {
    const csv::Row row = rows.At(i);
    for (size_t cell = 0; row.cells.size() == width && cell < width; ++cell) {
      if (IsBlank(row.cells[cell])) continue;
      (HoldsAddress(row.cells[cell]) ? any : other)[cell] = true;
    }
  }
  for (size_t i = 0; i < width; ++i) any[i] = any[i] && !other[i];
  return any;
}

}  // namespace leadpulse::importing
