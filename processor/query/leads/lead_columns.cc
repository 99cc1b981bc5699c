#include "processor/query/leads/lead_columns.h"

#include <array>
#include <optional>
#include <set>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/engine/lead_row.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/rule_error.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::query {
namespace {

using What = decltype(Column::what);

using rules::kProfilePrefix;

What BuiltInField(rules::BuiltIn field) { return rules::Field{field, std::string(rules::BuiltInName(field)), {}}; }

What AttributeField(const std::string& name) { return rules::Field{name, name, {}}; }

// Names of columns that are not fields of rules.
constexpr std::array<std::pair<std::string_view, OwnColumn>, 10> kOwnColumns = {
    {{"tenant", OwnColumn::kTenant},
     {"lead", OwnColumn::kLead},
     {"id", OwnColumn::kLead},
     {"lead_id", OwnColumn::kLead},
     {"seq", OwnColumn::kSeq},
     {"segments", OwnColumn::kSegments},
     {"topics_out", OwnColumn::kTopicsOut},
     {"version", OwnColumn::kVersion},
     {"updated", OwnColumn::kUpdated},
     {"stage_since", OwnColumn::kStageSince}}};
constexpr std::array<std::pair<std::string_view, EventType>, 5> kOtherCounts = {
    {{"deliveries", EventType::kDelivered},
     {"unsubscribes", EventType::kUnsubscribe},
     {"resubscribes", EventType::kResubscribe},
     {"complaints", EventType::kComplaint},
     {"customs", EventType::kCustom}}};
constexpr std::array<std::pair<std::string_view, EventType>, 4> kOtherLastTimes = {
    {{"last_unsubscribed", EventType::kUnsubscribe},
     {"last_resubscribed", EventType::kResubscribe},
     {"last_complained", EventType::kComplaint},
     {"last_custom", EventType::kCustom}}};

// Returns a column that is not an attribute.
std::optional<Column> FixedColumn(const std::string& name) {
  for (const auto& [own, what] : kOwnColumns) {
    if (own == name) return Column{name, what};
  }
  for (const auto& [count, type] : kOtherCounts) {
    if (count == name) return Column{name, CountOf{type}};
  }
  for (const auto& [last, type] : kOtherLastTimes) {
    if (last == name) return Column{name, LastOf{type}};
  }
  const std::optional<rules::BuiltIn> built_in = rules::BuiltInFromName(name);
  if (!built_in) return std::nullopt;
  return Column{std::string(rules::BuiltInName(*built_in)), BuiltInField(*built_in)};
}

std::string_view WithoutBackquotes(std::string_view text) {
  text = TrimAsciiSpace(text);
  if (text.size() >= 2 && text.front() == '`' && text.back() == '`') text = text.substr(1, text.size() - 2);
  return TrimAsciiSpace(text);
}

Value ListOf(const std::vector<std::string_view>& texts) {
  ScalarList list;
  for (std::string_view text : texts) list.emplace_back(std::string(text));
  return list;
}

Value OwnCell(OwnColumn column, const EvaluatedLead& lead) {
  switch (column) {
    case OwnColumn::kTenant:
      return lead.lead().key.tenant;
    case OwnColumn::kLead:
      return lead.lead().key.lead;
    case OwnColumn::kSeq:
      return static_cast<double>(lead.lead().last_seq.value);
    case OwnColumn::kSegments: {
      ScalarList ids;  // the indexes ascend, and so do the ids
      for (uint32_t index : lead.view().published.segments) ids.emplace_back(lead.definitions().segments[index].id);
      return ids;
    }
    case OwnColumn::kTopicsOut:
      return ListOf(view::TopicsOut(lead.view().published, lead.definitions()));
    case OwnColumn::kVersion:
      return state::LeadVersion(lead.lead());
    case OwnColumn::kUpdated:
      if (!lead.lead().profile.newest_command_at) return {};
      return *lead.lead().profile.newest_command_at;
    case OwnColumn::kStageSince:
      return lead.stage_since() ? Value(*lead.stage_since()) : Value();
  }
  LP_ASSERT(false);
}

// A conversion of an operand to a value.
struct ToValue {
  template <typename T>
  Value operator()(const T& plain) const {
    return plain;
  }
  Value operator()(std::string_view text) const { return std::string(text); }
  Value operator()(const ScalarList* list) const { return *list; }
  Value operator()(const state::NameSet* names) const { return ListOf(engine::SortedSpellings(*names)); }
  Value operator()(const StructValue* value) const { return *value; }
  Value operator()(const Number* number) const { return *number; }
};

struct CellMaker {
  const EvaluatedLead& lead;

  Value operator()(OwnColumn column) const { return OwnCell(column, lead); }
  Value operator()(CountOf count) const { return static_cast<double>(lead.totals()[count.type].count); }
  Value operator()(LastOf last) const {
    const state::TypeTotals& totals = lead.totals()[last.type];
    return totals.count > 0 ? Value(totals.last) : Value();
  }
  // Returns an attribute as all outputs show it. Rules see an instant in place of a day, or of a date as it was sent.
  Value operator()(const rules::Field& field) const {
    if (const auto* name = std::get_if<std::string>(&field.name)) {
      if (*name == state::kEmailAttribute) return rules::EmailOf(lead.lead());
      const auto& attributes = lead.lead().profile.attributes;
      const auto found = attributes.find(*name);
      if (found != attributes.end() && !IsUnset(found->second.converted))
        return state::ShownValue(*name, found->second);
    }
    const rules::Operand operand = rules::FieldOperand(field, lead.facts());
    if (!operand.is_set() && IsListOfNames(field)) return ScalarList();
    return std::visit(ToValue{}, operand.value);
  }

  static bool IsListOfNames(const rules::Field& field) {
    const auto* built_in = std::get_if<rules::BuiltIn>(&field.name);
    return built_in != nullptr && (*built_in == rules::BuiltIn::kTags || *built_in == rules::BuiltIn::kLists ||
                                   *built_in == rules::BuiltIn::kCampaigns);
  }
};

// Returns the attribute's name; null for other columns.
const std::string* AttributeOf(const Column& column) {
  const auto* field = std::get_if<rules::Field>(&column.what);
  return field == nullptr ? nullptr : std::get_if<std::string>(&field->name);
}

}  // namespace

std::vector<Column> DefaultColumns() { return *ParseColumns("tenant,lead,score,tier,status"); }

std::vector<Column> FixedColumns() {
  return *ParseColumns(
      "tenant,lead,seq,email,score,tier,status,email_status,sendable,do_not_contact,stage,quality,qualification,agent,"
      "segments,lists,tags,campaigns,topics_out,created,sends,deliveries,opens,clicks,replies,bounces,unsubscribes,"
      "resubscribes,complaints,visits,customs,last_sent,last_delivered,last_opened,last_clicked,last_replied,"
      "last_bounced,last_visited,last_unsubscribed,last_resubscribed,last_complained,last_custom,last_engaged");
}

Column AttributeColumn(const std::string& name) {
  const bool means_another = FixedColumn(name).has_value() || name.starts_with(kProfilePrefix);
  return {means_another ? std::string(kProfilePrefix) + name : name, AttributeField(name)};
}

Result<Column> ParseColumn(std::string_view text) {
  std::string name = NormalizeName(WithoutBackquotes(text));
  if (std::optional<Column> fixed = FixedColumn(name)) return *std::move(fixed);
  if (name.starts_with(kProfilePrefix)) name.erase(0, kProfilePrefix.size());
  if (name.empty()) return Status::Rejected("a column without a name; write names with commas between them");
  return AttributeColumn(name);
}

Result<std::vector<Column>> ParseColumns(std::string_view list) {
  std::vector<Column> columns;
  std::set<std::string> names;
  for (std::string_view part : SplitAtCommas(list)) {
    LP_ASSIGN_OR_RETURN(Column column, ParseColumn(part));
    if (!names.insert(column.name).second) {
      return Status::Rejected("the column " + rules::Excerpt(column.name) + " is given twice; name each once");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string WarningAbout(const Column& column, const std::vector<const config::TenantDefinitions*>& tenants) {
  const std::string* attribute = AttributeOf(column);
  if (attribute == nullptr || *attribute == "email") return "";
  std::vector<std::string> known;
  for (const config::TenantDefinitions* tenant : tenants) {
    if (tenant->fields.contains(*attribute)) return "";
    for (const auto& [name, type] : tenant->fields) known.push_back(name);
  }
  for (const Column& fixed : FixedColumns()) known.push_back(fixed.name);
  const std::optional<std::string> nearest = NearestName(*attribute, known);
  return "the column " + rules::Excerpt(column.name) + " is not declared under fields (" +
         (nearest ? "did you mean " + rules::Excerpt(*nearest) + "?" : "is it spelled right?") + ")";
}

bool IsStageSince(const Column& column) {
  const auto* own = std::get_if<OwnColumn>(&column.what);
  return own != nullptr && *own == OwnColumn::kStageSince;
}

Value CellOf(const Column& column, const EvaluatedLead& lead) { return std::visit(CellMaker{lead}, column.what); }

}  // namespace leadpulse::query
