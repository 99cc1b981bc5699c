// The columns of `leads`: their names, and their values for a lead.
//
// A column has the name of the field in the rule language, in any case and with spaces or `_`; aliases work, too. There
// are also `tenant`, `lead` (or `id`, or `lead_id`), `seq`, `version`, `updated` (when the last command was applied),
// `stage_since`, `segments`, `topics_out`, and counts and last times that rules cannot name (`deliveries`,
// `last_complained`). Any other name is a profile attribute; use `profile.NAME` if NAME means something else.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/status.h"
#include "processor/base/value.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::query {

enum class OwnColumn { kTenant, kLead, kSeq, kSegments, kTopicsOut, kVersion, kUpdated, kStageSince };
struct CountOf {
  EventType type;
};
struct LastOf {
  EventType type;
};

struct Column {
  std::string name;  // normalised, aliases resolved, as in a header
  std::variant<OwnColumn, CountOf, LastOf, rules::Field> what;
};

// Returns tenant, lead, score, tier, status.
std::vector<Column> DefaultColumns();
// Returns every column except the attributes, `version`, `updated` and `stage_since`; includes `email`.
std::vector<Column> FixedColumns();
// Returns the column of an attribute. `name` is normalised.
Column AttributeColumn(const std::string& name);

// Parses one column by name, with or without backquotes. Rejected if the name is empty.
Result<Column> ParseColumn(std::string_view text);
// Parses names separated by commas. Rejected: one is wrong or given twice.
Result<std::vector<Column>> ParseColumns(std::string_view list);

// Returns a warning with the closest name if no definitions of these tenants declare the attribute: leads may still
// have it. Empty for a declared attribute and for other columns.
std::string WarningAbout(const Column& column, const std::vector<const config::TenantDefinitions*>& tenants);

// Whether the value is not in the lead's row: EvaluatedLead::stage_since.
bool IsStageSince(const Column& column);

// Returns the value of a column; monostate: unset. Lists, tags, campaigns, segments and topics are always lists,
// sorted, as in leads.jsonl.
Value CellOf(const Column& column, const EvaluatedLead& lead);

}  // namespace leadpulse::query
