#include "processor/serve/pages/lead_columns.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_join.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMostColumns = 12;

struct OurColumn {
  std::string_view name, label;
  std::string_view cell;  // in the data of LeadCells; empty: lead_row.tpl has the cell of this column
  bool is_usual;          // shown unless the user chooses
  bool is_sortable = true;
};
// Nothing sorts by the domain, which may be that of the address.
constexpr auto kOurs = std::to_array<OurColumn>({{"email", "E-mail", "email", true},
                                                 {"company_name", "Company", "company", true},
                                                 {"phone", "Phone", "phone", true},
                                                 {"domain", "Domain", "domain", true, false},
                                                 {"status", "Status", "", true},
                                                 {"score", "Score", "", true},
                                                 {"agent", "Owner", "agent", true},
                                                 {"last_engaged", "Last activity", "", true},
                                                 {"created", "Created", "", false},
                                                 {"tags", "Tags", "", false, false}});
// Fields that a column of ours shows, and which it edits.
constexpr auto kShownElsewhere =
    std::to_array<std::string_view>({"first_name", "last_name", "name", "email", "company_name", "phone", "domain"});

const OurColumn* FindOurs(std::string_view name) {
  const auto found = std::ranges::find(kOurs, name, &OurColumn::name);
  return found == kOurs.end() ? nullptr : found;
}

LeadColumn ColumnOf(std::string_view name) {
  const OurColumn* ours = FindOurs(name);
  if (ours == nullptr) return {std::string(name), LabelOf(name), std::string(name)};
  return {std::string(name), std::string(ours->label), std::string(ours->is_sortable ? name : "")};
}

std::vector<std::string_view> UsualNames() {
  std::vector<std::string_view> names;
  for (const OurColumn& ours : kOurs) {
    if (ours.is_usual) names.push_back(ours.name);
  }
  return names;
}

bool IsNumber(const v1::ProfileValue& value) { return value.has_number() || value.has_decimal(); }

// Returns the text of an attribute, a list of texts with commas. `is_number`: it is declared as a number.
std::string ShownText(const v1::ProfileValue& value, bool is_number, const ShownNumbers& numbers) {
  if (value.has_boolean()) return value.boolean() ? "Yes" : "No";
  const auto text_of = [&](const v1::ProfileValue& one) {
    const std::string text = query::TextOf(one);
    return is_number && IsNumber(one) ? numbers.Of(text) : text;
  };
  std::string text = text_of(value);
  for (const v1::ProfileValue& element : value.list().elements()) {
    text += Concat({text.empty() ? "" : ", ", text_of(element)});
  }
  return text;
}

// Lets the script edit the attribute in its cell, whose text may be that of another one.
void AddEdit(const LeadColumn& column, const v1::LeadRow& contact, PageData* cell) {
  const v1::ProfileValue* const value = query::FindAttribute(contact.lead(), column.name);
  const bool is_number = column.is_number() || (value != nullptr && IsNumber(*value));
  const bool is_text = (column.type.empty() || column.type == "text") && (value == nullptr || value->has_text());
  if (!is_number && !is_text) return;
  (*cell)["edit"] = TextData(column.name);
  (*cell)["takes_number"] = is_number;
  (*cell)["is_derived"] = value == nullptr && cell->get("value")->is_string();
  const std::string plain = is_number && value != nullptr ? query::TextOf(*value) : "";
  if (!plain.empty() && plain != cell->get("value")->string_value()) (*cell)["plain"] = plain;
}

PageData CellOf(const LeadColumn& column, const v1::LeadRow& contact, const ShownTimes& times,
                const ShownNumbers& numbers, const PageData& row) {
  PageData cell =
      PageRow{{"label", column.label}, {"value", false}, {"plain", false}, {"time", false}, {"edit", false}};
  const OurColumn* ours = FindOurs(column.name);
  if (ours != nullptr && ours->cell.empty() && ours->is_usual) {
    cell["is_" + column.name] = true;
    return cell;
  }
  cell["is_plain"] = true;
  if (column.name == "created") {
    cell["time"] = times.Of(codec::GetTime(contact.has_created(), contact.created()));
  } else if (ours != nullptr && !ours->cell.empty()) {
    cell["value"] = PageData(*row.get(std::string(ours->cell)));
    cell["is_owner"] = column.name == "agent";
    if (column.name != "agent") AddEdit(column, contact, &cell);
  } else {
    const v1::ProfileValue* const value = ours == nullptr ? query::FindAttribute(contact.lead(), column.name) : nullptr;
    std::string text = value == nullptr ? "" : ShownText(*value, column.is_number(), numbers);
    if (ours != nullptr) text = absl::StrJoin(contact.lead().tags(), ", ");
    cell["is_number"] = value != nullptr && IsNumber(*value);
    const bool is_day = ParseDay(text).has_value();
    is_day ? cell["time"] = times.OfDay(text) : cell["value"] = TextData(text);
    if (ours == nullptr && !is_day) AddEdit(column, contact, &cell);
  }
  return cell;
}

// Returns the names of the declared fields that have no column of ours.
std::vector<std::string> FurtherFields(const PageRequest& request) {
  std::vector<std::string> names;
  const ApiReply declared = CallApi({.action = "field.list"}, request);
  for (const Json& field : declared.json["fields"].elements()) {
    const std::string_view name = field["name"].text();
    const bool is_shown = std::ranges::find(kShownElsewhere, name) != kShownElsewhere.end();
    if (!is_shown && FindOurs(name) == nullptr) names.emplace_back(name);
  }
  return names;
}

// Sets the types of columns that show declared fields.
void AddTypes(const PageRequest& request, std::vector<LeadColumn>* columns) {
  const auto is_ours = [](const LeadColumn& column) { return FindOurs(column.name) != nullptr; };
  if (std::ranges::all_of(*columns, is_ours)) return;
  const ApiReply declared = CallApi({.action = "field.list"}, request);
  for (const Json& field : declared.json["fields"].elements()) {
    const auto column = std::ranges::find(*columns, field["name"].text(), &LeadColumn::name);
    if (column != columns->end() && !is_ours(*column)) column->type = field["type"].text();
  }
}

}  // namespace

std::vector<LeadColumn> ColumnsOf(const PageRequest& request) {
  std::vector<LeadColumn> columns;
  for (const std::string& name : SplitTexts({std::string(request.Parameter("columns"))})) {
    const bool is_there = std::ranges::find(columns, name, &LeadColumn::name) != columns.end();
    if (!is_there && columns.size() < kMostColumns) columns.push_back(ColumnOf(name));
  }
  AddTypes(request, &columns);
  if (!columns.empty()) return columns;
  for (const std::string_view name : UsualNames()) columns.push_back(ColumnOf(name));
  return columns;
}

void AddCells(const v1::LeadRow& contact, const std::vector<LeadColumn>& columns, const ShownTimes& times,
              const ShownNumbers& numbers, PageData* row) {
  AddActivity(contact, times, row);
  (*row)["cells"] =
      ListOf(columns, [&](const LeadColumn& column) { return CellOf(column, contact, times, numbers, *row); });
}

http::Response ChooseColumns(const PageRequest& request) {
  PageRequest list = request;
  list.parameters = FieldsIn(request.Parameter("back"), kQueryType).value_or(std::vector<http::FormField>());
  std::vector<http::FormField> back = ListParameters(list.parameters, /*with_lead=*/true);
  if (request.Parameter("done") == "1") {
    std::erase_if(back, [](const http::FormField& field) { return field.name == "columns"; });
    std::string names;
    for (const http::FormField& field : request.parameters) {
      if (field.name == "column") names += Concat({names.empty() ? "" : ",", field.value});
    }
    if (names != Join(UsualNames(), ",")) back.push_back({"columns", names});
    return Redirect("/leads?" + QueryOf(back));
  }
  PageData data = NewPage(request, "Columns", "/leads");
  data["done"] = false;
  data["back"] = TextData(QueryOf(back));
  data["back_query"] = QueryOf({{"back", QueryOf(back)}});
  const std::vector<LeadColumn> shown = ColumnsOf(list);
  const auto choice_of = [&](std::string_view name) {
    const bool is_shown = std::ranges::find(shown, name, &LeadColumn::name) != shown.end();
    return OptionOf(name, ColumnOf(name).label, is_shown);
  };
  data["ours"] = ListOf(kOurs, [&](const OurColumn& ours) { return choice_of(ours.name); });
  AddList("further", ListOf(FurtherFields(request), choice_of), &data);
  return request.Parameter("part") == "1" ? Part("column_choice", data) : Page(http::kOk, "columns", data);
}

}  // namespace leadpulse::serve
