#include "processor/serve/pages/lead_export.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_columns.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kDomain = "domain";

// Returns the columns of an export that have what this one of the table shows.
std::vector<std::string> ExportedAs(const std::string& column) {
  if (column == "status") return {"stage", "email_status"};
  if (column == "score") return {"score", "tier"};
  return {column};
}

// Returns the name of the group whose members the rule finds, if it finds nothing else.
std::optional<std::string> GroupIn(std::string_view rule, const PageRequest& request) {
  for (const std::string_view begin : {"IN LIST ", "IN CAMPAIGN ", "IN SEGMENT "}) {
    constexpr size_t kQuotes = 2;
    if (!rule.starts_with(begin) || rule.size() < begin.size() + kQuotes) continue;
    const std::string id(rule.substr(begin.size() + 1, rule.size() - begin.size() - kQuotes));
    if (rule.substr(begin.size()) != rules::QuoteString(id)) return std::nullopt;
    const auto names = request.parts->api->NamesFor(request.user);
    return std::string(begin == "IN LIST " ? names->lists.NameOf(id) : names->campaigns.NameOf(id));
  }
  return std::nullopt;
}

// Returns `label` of the row that is shown now; nullopt if none of them is.
std::optional<std::string> CurrentIn(const PageData* rows, const std::string& label) {
  for (const PageData& row : rows != nullptr && rows->is_list() ? rows->list_value() : PageList()) {
    const PageData* const is_current = row.get("is_current");
    if (is_current != nullptr && is_current->is_true()) return row.get(label)->string_value();
  }
  return std::nullopt;
}

std::string TitleOfSearch(const PageRequest& request, const PageData& data) {
  if (auto view = CurrentIn(data.get("views"), "view_title")) return *std::move(view);
  if (auto group = GroupIn(request.Parameter("where"), request)) return *std::move(group);
  const auto place = CurrentIn(data.get("places"), "label");
  return place && place != "All leads" ? *place : "leads";
}

}  // namespace

std::string FileNameOf(std::string_view title) {
  constexpr size_t kMostBytes = 60;
  std::string name;
  for (const char c : FoldCase(title)) {
    const bool is_plain = IsLetter(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80;
    if (is_plain) name += c;
    if (!is_plain && !name.empty() && name.back() != '-') name += '-';
  }
  name = Utf8Prefix(name, kMostBytes);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

void AddExport(const PageRequest& request, PageData* data) {
  std::vector<std::string> columns = {"first_name", "last_name"};
  for (const LeadColumn& column : ColumnsOf(request)) {
    for (std::string& name : ExportedAs(column.name)) {
      if (std::ranges::find(columns, name) == columns.end()) columns.push_back(std::move(name));
    }
  }
  (*data)["export_columns"] = Join(columns, ", ");
  const std::string name = FileNameOf(TitleOfSearch(request, *data));
  const std::string day = FormatDay(ShownTimes::For(request).today());
  (*data)["export_name"] = Concat({name.empty() ? "leads" : name, "-", day});
}

std::vector<std::string> ColumnsToExport(const PageRequest& request) {
  std::vector<std::string> columns = SplitTexts({std::string(request.Field("columns"))});
  const auto domain = std::ranges::find(columns, kDomain);
  if (domain == columns.end()) return columns;
  const ApiReply declared = CallApi({.action = "field.list"}, request);
  const auto is_domain = [](const Json& field) { return field["name"].text() == kDomain; };
  if (!std::ranges::any_of(declared.json["fields"].elements(), is_domain)) columns.erase(domain);
  return columns;
}

}  // namespace leadpulse::serve
