#include "processor/query/preview/preview_unset.h"

#include <algorithm>
#include <variant>

#include "processor/rules/language/checker.h"

namespace leadpulse::query {

// Those that could hold by something unset, and those that could answer by it and are referred to from them.
UnsetReader::UnsetReader(const config::TenantDefinitions& definitions)
    : definitions_(definitions), rests_on_unset_(definitions.segments.size(), 0), fields_(definitions.segments.size()) {
  std::vector<rules::UnsetReach> reaches(definitions.segments.size());
  for (uint32_t index : definitions.segment_order) {
    reaches[index] = rules::ReachOfUnset(*definitions.segments[index].rule.root, reaches);
  }
  std::vector<uint8_t> needed(definitions.segments.size(), 0);
  const std::vector<uint32_t>& order = definitions.segment_order;
  for (size_t i = order.size(); i-- > 0;) {
    const uint32_t index = order[i];
    if (!reaches[index].when_true && needed[index] == 0) continue;
    needed[index] = 1;
    for (uint32_t referred : rules::ReferencedSegments(definitions.segments[index].rule)) {
      needed[referred] = reaches[referred].when_true || reaches[referred].when_false;
    }
  }
  std::copy_if(order.begin(), order.end(), std::back_inserter(order_),
               [&](uint32_t index) { return needed[index] != 0; });
}

void UnsetReader::Read(const rules::Facts& facts, const Found& found) {
  std::vector<rules::UnsetGround> grounds;
  for (uint32_t index : order_) {
    grounds.clear();
    const rules::StrictAnswer answer =
        rules::EvaluateStrictly(*definitions_.segments[index].rule.root, facts, rests_on_unset_, &grounds);
    rests_on_unset_[index] = answer.rests_on_unset;
    if (!answer.rests_on_unset) continue;
    fields_[index] = NamesOf(grounds);
    if (answer.holds) found(index, fields_[index]);
  }
}

UnsetReader::FieldNames UnsetReader::NamesOf(const std::vector<rules::UnsetGround>& grounds) const {
  FieldNames names;
  for (const rules::UnsetGround& ground : grounds) {
    if (const auto* segment = std::get_if<uint32_t>(&ground)) {
      names.insert(names.end(), fields_[*segment].begin(), fields_[*segment].end());
      continue;
    }
    const rules::Field& field = *std::get<const rules::Field*>(ground);
    const auto* built_in = std::get_if<rules::BuiltIn>(&field.name);
    names.push_back(built_in != nullptr ? rules::BuiltInName(*built_in)
                                        : std::string_view(std::get<std::string>(field.name)));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace leadpulse::query
