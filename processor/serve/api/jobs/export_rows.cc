#include "processor/serve/api/jobs/export_rows.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "processor/base/address.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/csv/csv_reader.h"
#include "processor/csv/csv_writer.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/serve/api/request/row_fields.h"

namespace leadpulse::serve {
namespace {

std::string LinkFor(const std::string& lead, std::string_view email, const LinkOfLead& link) {
  const std::string address = NormalizeAddress(email);
  return link(lead, IsAddress(address) ? address : "");
}

// Returns the name under which the run prints a column. It refuses what is no name.
std::string NameInRows(const std::string& column) {
  const Result<query::Column> parsed = query::ParseColumn(column);
  return parsed.ok() ? parsed->name : column;
}

}  // namespace

ExportRows::ExportRows(const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    const bool is_link = NormalizeName(column) == kLinkColumn;
    places_.push_back(is_link ? kLink : asked_.size());
    has_links_ = has_links_ || is_link;
    if (!is_link) asked_.push_back(NameInRows(column));
  }
  if (!has_links_) return;
  lead_ = PlaceOf({"lead", "id", "lead_id"});
  email_ = PlaceOf({"email"});
}

size_t ExportRows::PlaceOf(std::initializer_list<std::string_view> names) {
  const auto found = std::ranges::find_if(
      asked_, [&](const std::string& column) { return std::ranges::find(names, column) != names.end(); });
  const auto place = static_cast<size_t>(found - asked_.begin());
  if (found == asked_.end()) asked_.emplace_back(*names.begin());
  return place;
}

Result<std::string> ExportRows::WithLinks(std::string_view format, const std::string& text, bool has_header,
                                          const LinkOfLead& link) const {
  if (!has_links_) return text;
  return format == "csv" ? RowsOfCsv(text, has_header, link) : RowsOfJson(text, link);
}

Result<std::string> ExportRows::RowsOfCsv(const std::string& text, bool has_header, const LinkOfLead& link) const {
  std::string rows;
  if (text.empty()) return rows;
  LP_ASSIGN_OR_RETURN(const auto reader, csv::CsvReader::Open(csv::BytesOfText(text), {',', csv::Encoding{"UTF-8"}}));
  for (;;) {
    LP_ASSIGN_OR_RETURN(const csv::Row* const row, reader->Next());
    if (row == nullptr) return rows;
    if (row->cells.size() != asked_.size()) return Status::Rejected("a row of the run has other columns");
    const std::string url = has_header
                                ? std::string(kLinkColumn)
                                : LinkFor(csv::Unguarded(row->cells[lead_]), csv::Unguarded(row->cells[email_]), link);
    has_header = false;
    std::vector<std::string_view> cells;
    for (const size_t place : places_) cells.push_back(place == kLink ? std::string_view(url) : row->cells[place]);
    csv::AppendRow(cells, ',', &rows);
  }
}

Result<std::string> ExportRows::RowsOfJson(const std::string& text, const LinkOfLead& link) const {
  std::string rows;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    LP_ASSIGN_OR_RETURN(const Json row, Json::Parse(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto member = [&](size_t place) -> const Json& { return row[asked_[place]]; };
    JsonObject printed(&rows);
    for (const size_t place : places_) {
      if (place == kLink) {
        printed.Text(kLinkColumn, LinkFor(std::string(member(lead_).text()), member(email_).text(), link));
      } else if (!member(place).is_null()) {
        member(place).AppendTo(printed.Key(asked_[place]));
      }
    }
    printed.End();
    rows += '\n';
  }
  return rows;
}

}  // namespace leadpulse::serve
