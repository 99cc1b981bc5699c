#include "state/lead/names_edit.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::state {
namespace {

using NamedAttribute = std::pair<const std::string, Attribute>;
using NamedSpelling = std::pair<const std::string, std::string>;

const std::string& NameOf(const NamedAttribute& attribute) { return attribute.first; }
const std::string& NameOf(const NamedSpelling& name) { return name.second; }
bool IsSame(const NamedAttribute& a, const NamedAttribute& b) { return a.second.converted == b.second.converted; }
bool IsSame(const NamedSpelling& a, const NamedSpelling& b) { return a == b; }

template <typename Map>
NamesEdit Compare(const Map& before, const Map& after) {
  NamesEdit edit;
  auto old = before.begin();
  for (const auto& named : after) {
    for (; old != before.end() && old->first < named.first; ++old) edit.removed.push_back(NameOf(*old));
    const bool was_there = old != before.end() && old->first == named.first;
    if (!was_there || !IsSame(*old, named)) edit.added.push_back(NameOf(named));
    if (was_there) ++old;
  }
  for (; old != before.end(); ++old) edit.removed.push_back(NameOf(*old));
  return edit;
}

void AddLine(char sign, std::string name, std::string* text) {
  std::ranges::replace(name, '\n', ' ');
  if (!text->empty()) *text += '\n';
  text->append(1, sign).append(name);
}

}  // namespace

NamesEdit NamesEditOf(const NameSet& before, const NameSet& after) { return Compare(before.names(), after.names()); }

NamesEdit NamesEditOf(const std::map<std::string, Attribute, std::less<>>& before,
                      const std::map<std::string, Attribute, std::less<>>& after) {
  return Compare(before, after);
}

std::string WriteNamesEdit(const NamesEdit& edit) {
  constexpr std::string_view kCut = "…";
  std::string text;
  for (const std::string& name : edit.added) AddLine('+', name, &text);
  for (const std::string& name : edit.removed) AddLine('-', name, &text);
  if (text.size() <= kMaxNamesEditBytes) return text;
  text.resize(Utf8Prefix(text, kMaxNamesEditBytes - kCut.size()).size());
  if (text.ends_with('\n')) text.pop_back();
  return text.append(kCut);
}

NamesEdit ReadNamesEdit(std::string_view text) {
  NamesEdit edit;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('+')) edit.added.emplace_back(line.substr(1));
    if (line.starts_with('-')) edit.removed.emplace_back(line.substr(1));
  }
  return edit;
}

}  // namespace leadpulse::state
