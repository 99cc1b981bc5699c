// Sorts the rows of `leads` by a column.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/value.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/lead_columns.h"

namespace leadpulse::query {

// The sort key of a value: numbers, then instants, then booleans, then text without case. Tiers ascend from the lowest,
// stages along the funnel. An undeclared text that reads as a number or a date counts as one, as in rules.
struct OrderKey {
  enum class Kind : uint8_t { kNumber, kInstant, kBoolean, kText, kUnset };
  Kind kind = Kind::kUnset;
  double number = 0;  // also milliseconds, and false and true
  std::string text;
};
OrderKey OrderKeyOf(const Column& column, const EvaluatedLead& lead);

struct LeadRow {
  std::string key;  // encoded lead key: decides between equals, ascending
  OrderKey order;
  std::vector<Value> cells;
};

// Takes rows in any order and returns them sorted; unset values come last in both directions. Holds at most `limit`
// rows, or all without a limit.
class RowSorter {
 public:
  RowSorter(bool descending, std::optional<size_t> limit) : descending_(descending), limit_(limit) {}

  void Add(LeadRow row);
  // Leaves the sorter empty.
  std::vector<LeadRow> Take();

 private:
  bool ComesBefore(const LeadRow& a, const LeadRow& b) const;

  const bool descending_;
  const std::optional<size_t> limit_;
  std::vector<LeadRow> rows_;  // with a limit a heap, the row that comes last on top
};

}  // namespace leadpulse::query
