// The columns of `leads`: what they are called, and what a lead has in them.
//
// A column is called as the rule language calls the field, in any case and with spaces or `_`; aliases too. Beside its
// fields there are `tenant`, `lead`, `seq`, `segments`, `topics_out`, and the counts and last times that rules have no
// word for (`deliveries`, `last_complained`). Any other name is a profile attribute; `profile.NAME` is the attribute
// where NAME means something else.
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

enum class OwnColumn { kTenant, kLead, kSeq, kSegments, kTopicsOut };
struct CountOf {
  EventType type;
};
struct LastOf {
  EventType type;
};

struct Column {
  std::string name;  // normalised, aliases resolved: what a header says
  std::variant<OwnColumn, CountOf, LastOf, rules::Field> what;
};

// tenant, lead, score, tier, status.
std::vector<Column> DefaultColumns();
// Every column but the attributes; `email` is among them.
std::vector<Column> FixedColumns();
// `name` is normalised.
Column AttributeColumn(const std::string& name);

// One column by name, which may stand in backquotes. Rejected, with a sentence: the name is empty.
Result<Column> ParseColumn(std::string_view text);
// Separated by commas. Rejected: one is wrong or given twice.
Result<std::vector<Column>> ParseColumns(std::string_view list);

// Nothing where the column is not an attribute, or one that some of these tenants' definitions declare. Else a
// sentence with the nearest name: the attribute may be there all the same.
std::string WarningAbout(const Column& column, const std::vector<const config::TenantDefinitions*>& tenants);

// monostate: unset. Lists, tags, campaigns, segments and topics are always lists, sorted, as leads.jsonl has them.
Value CellOf(const Column& column, const EvaluatedLead& lead);

}  // namespace leadpulse::query
