#include "config/declared_names.h"

#include <utility>

#include "processor/base/text.h"

namespace leadpulse::config {

bool DeclaredNames::Add(DeclaredName declared) {
  if (!by_folded_id_.emplace(FoldCase(declared.id), all_.size()).second) return false;
  all_.push_back(std::move(declared));
  return true;
}

const DeclaredName* DeclaredNames::Find(std::string_view id) const {
  if (all_.empty()) return nullptr;
  const auto found = by_folded_id_.find(FoldCase(id));
  return found == by_folded_id_.end() ? nullptr : &all_[found->second];
}

std::string_view DeclaredNames::NameOf(std::string_view id) const {
  const DeclaredName* declared = Find(id);
  return declared == nullptr ? id : std::string_view(declared->name);
}

}  // namespace leadpulse::config
