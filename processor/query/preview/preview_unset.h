// Finds the segments that a lead is in only because something is unset: the strict reading
// (processor/rules/evaluation/strict_evaluator.h) of one tenant's segments.
//
// Segments without a negation, and such that refer to none with one, cost nothing. Not thread-safe: it keeps its rows
// from lead to lead.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/rules/evaluation/strict_evaluator.h"

namespace leadpulse::query {

class UnsetReader {
 public:
  using FieldNames = std::vector<std::string_view>;  // ascending, each once, at least one
  using Found = std::function<void(uint32_t segment, const FieldNames& fields)>;

  explicit UnsetReader(const config::TenantDefinitions& definitions);  // which outlive the reader

  // `facts` are those of the definitions, with `segments` filled in. Calls `found` for each segment, by its index, that
  // the lead is in only because something is unset; the names belong to the definitions.
  void Read(const rules::Facts& facts, const Found& found);

 private:
  FieldNames NamesOf(const std::vector<rules::UnsetGround>& grounds) const;

  const config::TenantDefinitions& definitions_;
  std::vector<uint32_t> order_;  // of the segments to read: each after those it refers to
  // By segment index, of the lead that is read: whether its answer rests on something unset, and on which fields.
  std::vector<uint8_t> rests_on_unset_;
  std::vector<FieldNames> fields_;
};

}  // namespace leadpulse::query
