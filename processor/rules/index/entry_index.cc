#include "processor/rules/index/entry_index.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::rules {

void EntryIndex::Add(const Step& step, SubjectId subject) {
  OfType& of_type = types_[static_cast<size_t>(step.type)];
  const Listed listed{step.scope, subject};
  if (step.campaign) {
    of_type.by_campaign[step.campaign->folded].push_back(listed);
  } else if (const auto* name = std::get_if<Text>(&step.name)) {
    of_type.by_name[name->folded].push_back(listed);
  } else {
    all_.Add(static_cast<uint32_t>(step.type), listed);
  }
}

void EntryIndex::Find(const Entry& entry, std::vector<SubjectId>* out) const {
  Append(all_[static_cast<size_t>(entry.type)], entry.machine, out);
  const OfType& of_type = types_[static_cast<size_t>(entry.type)];
  FindText(of_type.by_campaign, entry.campaign_id, entry.machine, out);
  FindText(of_type.by_name, entry.name, entry.machine, out);
}

void EntryIndex::Append(std::span<const Listed> listed, bool machine, std::vector<SubjectId>* out) {
  for (const auto& [scope, subject] : listed) {
    if (scope == (machine ? Scope::kPeople : Scope::kMachine)) continue;
    if (std::find(out->begin(), out->end(), subject) == out->end()) out->push_back(subject);
  }
}

void EntryIndex::FindText(const ByText& by_text, std::string_view text, bool machine, std::vector<SubjectId>* out) {
  if (by_text.empty() || text.empty()) return;
  const auto found = by_text.find(FoldCase(text));
  if (found != by_text.end()) Append(found->second, machine, out);
}

}  // namespace leadpulse::rules
