#include "processor/serve/api/request/row_fields.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

// A member that RowJson (processor/serve/queries/lead_queries.h) prints, and its column; empty: it is none.
struct RowMember {
  std::string_view name;
  std::string_view column;
};
constexpr RowMember kMembers[] = {
    {"id", "id"},
    {"tenantId", "tenant"},
    {"leadId", "lead_id"},
    {"seq", "seq"},
    {"score", "score"},
    {"tier", "tier"},
    {"emailStatus", "email_status"},
    {"sendable", "sendable"},
    {"doNotContact", "do_not_contact"},
    {"stage", "stage"},
    {"status", "status"},
    {"quality", "quality"},
    {"qualification", "qualification"},
    {"agent", "agent"},
    {"segments", "segments"},
    {"lists", "lists"},
    {"tags", "tags"},
    {"campaigns", "campaigns"},
    {"topicsOut", "topics_out"},
    {"consents", ""},
    {"notes", ""},
    {"profile", ""},
    {"counts", ""},
    {"lastAt", ""},
    {"email", "email"},
    {"created", "created"},
    {"updated", "updated"},
    {"version", "version"},
};

// Finds a member by its name in camelCase or snake_case; nullptr: there is none.
const RowMember* FindMember(std::string_view name) {
  const auto* found = std::ranges::find_if(
      kMembers, [name](const RowMember& member) { return member.name == name || SnakeCase(member.name) == name; });
  return found == std::end(kMembers) ? nullptr : found;
}

}  // namespace

std::variant<RowFields, http::Response> ReadFields(std::string_view list) {
  RowFields fields;
  if (list.empty()) return fields;
  for (std::string_view name : SplitAtCommas(list)) {
    name = TrimAsciiSpace(name);
    if (name.empty()) return WrongParameter("fields", "names are separated by one comma: fields=id,score");
    const RowMember* member = FindMember(name);
    if (name == kLinkColumn) {
      fields.has_link = true;
      continue;
    }
    std::string quoted;
    AppendJsonString(member == nullptr ? name : member->name, &quoted);
    if (std::ranges::find(fields.names, quoted) != fields.names.end()) continue;
    if (member == nullptr) fields.columns.emplace_back(name);
    fields.names.push_back(std::move(quoted));
  }
  return fields;
}

std::string ColumnNamed(std::string_view name) {
  const RowMember* member = FindMember(name);
  return std::string(member == nullptr || member->column.empty() ? name : member->column);
}

std::string WithFields(std::string_view row, const RowFields& fields) {
  if (fields.names.empty() && !fields.has_link) return std::string(row);
  LP_ASSERT(row.starts_with('{') && row.ends_with('}'));
  std::string cut = "{";
  for (size_t at = 1; row[at] == '"';) {
    const size_t name_end = EndOfJsonString(row, at);
    const size_t end = EndOfJsonValue(row, name_end + 1);
    if (std::ranges::find(fields.names, row.substr(at, name_end - at)) != fields.names.end()) {
      if (cut.size() > 1) cut += ',';
      cut += row.substr(at, end - at);
    }
    at = end + (row[end] == ',' ? 1 : 0);
  }
  return cut + "}";
}

}  // namespace leadpulse::serve
