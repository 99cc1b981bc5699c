#include "processor/serve/queries/column_warnings.h"

#include <utility>
#include <variant>

namespace leadpulse::serve {
namespace {

bool IsSet(const query::OrderKey& key) { return key.kind != query::OrderKey::Kind::kUnset; }

}  // namespace

ColumnWarnings::ColumnWarnings(const query::LeadsQuery& query, const config::TenantDefinitions& definitions) {
  // The pages before may have had values in the order.
  if (!query.after && query.order) {
    AddColumn(query.order->column, definitions, [](const query::ListedLead& lead) { return IsSet(lead.place.order); });
  }
  for (size_t i = 0; !query.after && i < query.further_orders.size(); ++i) {
    AddColumn(query.further_orders[i].column, definitions,
              [i](const query::ListedLead& lead) { return IsSet(lead.place.further[i].key); });
  }
  for (size_t i = 0; i < query.columns.size(); ++i) {
    AddColumn(query.columns[i], definitions,
              [i](const query::ListedLead& lead) { return !std::holds_alternative<std::monostate>(lead.cells[i]); });
  }
}

void ColumnWarnings::Add(const query::ListedLead& lead) {
  std::erase_if(columns_, [&lead](const Suspect& column) { return column.has_value(lead); });
}

google::protobuf::RepeatedPtrField<std::string> ColumnWarnings::Take() {
  google::protobuf::RepeatedPtrField<std::string> warnings;
  for (Suspect& column : columns_) warnings.Add(std::move(column.warning));
  return warnings;
}

void ColumnWarnings::AddColumn(const query::Column& column, const config::TenantDefinitions& definitions,
                               HasValue has_value) {
  std::string warning = query::WarningAbout(column, {&definitions});
  if (!warning.empty()) columns_.push_back({std::move(warning), std::move(has_value)});
}

}  // namespace leadpulse::serve
