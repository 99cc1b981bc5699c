#include "processor/query/leads/row_order.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/evaluation/value_evaluator.h"

namespace leadpulse::query {
namespace {

OrderKey Number(double number) { return {OrderKey::Kind::kNumber, number, {}}; }

OrderKey Text(std::string_view text) { return {OrderKey::Kind::kText, 0, FoldCase(text)}; }

struct ValueOrder {
  OrderKey operator()(std::monostate) const { return {}; }
  OrderKey operator()(bool value) const { return {OrderKey::Kind::kBoolean, value ? 1.0 : 0.0, {}}; }
  OrderKey operator()(double value) const { return Number(value); }
  OrderKey operator()(Instant value) const { return {OrderKey::Kind::kInstant, static_cast<double>(value.millis), {}}; }
  OrderKey operator()(const std::string& value) const { return Text(value); }
  OrderKey operator()(const ScalarList& value) const { return value.empty() ? OrderKey() : Text(ValueToJson(value)); }
  OrderKey operator()(const StructValue& value) const { return Text(value.json); }
};

// The rank of a value in a field with ordered values.
std::optional<double> StepOf(rules::BuiltIn field, const EvaluatedLead& lead) {
  const state::PublishedView& view = lead.view().published;
  if (field == rules::BuiltIn::kTier) return static_cast<double>(lead.definitions().tiers.size() - view.tier);
  if (field == rules::BuiltIn::kStage) return static_cast<double>(view.stage);
  if (field != rules::BuiltIn::kStatus) return std::nullopt;
  const bool is_stage = lead.view().status == StageName(view.stage);
  return static_cast<double>(view.stage) + (is_stage ? 0 : static_cast<double>(Stage::kArchived));
}

}  // namespace

OrderKey OrderKeyOf(const Column& column, const EvaluatedLead& lead) {
  if (const auto* field = std::get_if<rules::Field>(&column.what)) {
    if (const auto* built_in = std::get_if<rules::BuiltIn>(&field->name)) {
      if (const std::optional<double> step = StepOf(*built_in, lead)) return Number(*step);
    } else {
      const rules::Operand operand = rules::FieldOperand(*field, lead.facts());
      if (const std::optional<double> number = rules::NumberOf(operand)) return Number(*number);
      if (const std::optional<Instant> instant = rules::InstantOf(operand)) return ValueOrder{}(*instant);
    }
  }
  const Value cell = CellOf(column, lead);
  // Ids order by their bytes.
  if (const auto* own = std::get_if<OwnColumn>(&column.what); own != nullptr && *own <= OwnColumn::kLead) {
    return {OrderKey::Kind::kText, 0, std::get<std::string>(cell)};
  }
  return std::visit(ValueOrder{}, cell);
}

void RowSorter::Add(LeadRow row) {
  const auto before = [this](const LeadRow& a, const LeadRow& b) { return ComesBefore(a, b); };
  if (!limit_) {
    rows_.push_back(std::move(row));
    return;
  }
  if (rows_.size() == *limit_) {
    if (rows_.empty() || !before(row, rows_.front())) return;
    std::pop_heap(rows_.begin(), rows_.end(), before);
    rows_.pop_back();
  }
  rows_.push_back(std::move(row));
  std::push_heap(rows_.begin(), rows_.end(), before);
}

std::vector<LeadRow> RowSorter::Take() {
  std::sort(rows_.begin(), rows_.end(), [this](const LeadRow& a, const LeadRow& b) { return ComesBefore(a, b); });
  return std::exchange(rows_, {});
}

bool RowSorter::ComesBefore(const LeadRow& a, const LeadRow& b) const {
  const bool a_unset = a.order.kind == OrderKey::Kind::kUnset;
  const bool b_unset = b.order.kind == OrderKey::Kind::kUnset;
  if (a_unset != b_unset) return b_unset;
  const OrderKey& low = descending_ ? b.order : a.order;
  const OrderKey& high = descending_ ? a.order : b.order;
  if (low.kind != high.kind) return low.kind < high.kind;
  if (low.number != high.number) return low.number < high.number;
  if (const int order = low.text.compare(high.text); order != 0) return order < 0;
  return a.key < b.key;
}

}  // namespace leadpulse::query
