#include "processor/serve/api/request/row_fields.h"

#include <algorithm>
#include <optional>

#include "processor/base/assert.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

// Returns the members that processor/engine/lead_row.h prints, and `id`.
const std::vector<std::string>& Fields() {
  static const std::vector<std::string> fields = {
      "id",           "tenantId",  "leadId",    "seq",      "score",         "tier",    "emailStatus", "sendable",
      "doNotContact", "stage",     "status",    "quality",  "qualification", "agent",   "segments",    "lists",
      "tags",         "campaigns", "topicsOut", "consents", "notes",         "profile", "counts",      "lastAt"};
  return fields;
}

// Returns the place behind the text that begins at `at`.
size_t EndOfText(std::string_view json, size_t at) {
  for (++at; json[at] != '"'; ++at) at += json[at] == '\\';
  return at + 1;
}

// Returns the place behind the value that begins at `at`: that of the comma or the bracket.
size_t EndOfValue(std::string_view json, size_t at) {
  for (size_t depth = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = EndOfText(json, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}')) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return at;
}

}  // namespace

std::variant<std::vector<std::string>, http::Response> ReadFields(std::string_view list) {
  std::vector<std::string> fields;
  if (list.empty()) return fields;
  for (const std::string_view part : SplitAtCommas(list)) {
    std::string name(TrimAsciiSpace(part));
    if (std::ranges::find(Fields(), name) == Fields().end()) {
      const std::optional<std::string> nearest = NearestName(name, Fields());
      return WrongMember(
          "fields", "contacts have no member \"" + name + "\"" +
                        (nearest ? "; did you mean \"" + *nearest + "\"?" : "; there are: " + Join(Fields(), ", ")));
    }
    fields.push_back(std::move(name));
  }
  return fields;
}

std::string WithFields(std::string_view row, const std::vector<std::string>& fields) {
  if (fields.empty()) return std::string(row);
  LP_ASSERT(row.starts_with('{') && row.ends_with('}'));
  std::string cut = "{";
  for (size_t at = 1; row[at] == '"';) {
    const size_t name_end = EndOfText(row, at);
    const size_t end = EndOfValue(row, name_end + 1);
    const std::string_view name = row.substr(at + 1, name_end - at - 2);
    if (std::ranges::find(fields, name) != fields.end()) {
      if (cut.size() > 1) cut += ',';
      cut += row.substr(at, end - at);
    }
    at = end + (row[end] == ',' ? 1 : 0);
  }
  return cut + "}";
}

}  // namespace leadpulse::serve
