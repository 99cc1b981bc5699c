#include "state/lead/names_edit.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::state {
namespace {

void AddLine(char sign, std::string_view name, std::string* text) {
  if (!text->empty()) *text += '\n';
  const size_t begin = text->size();
  text->append(1, sign).append(name);
  std::replace(text->begin() + static_cast<ptrdiff_t>(begin), text->end(), '\n', ' ');
}

std::string Cut(std::string text) {
  constexpr std::string_view kCut = "…";
  if (text.size() <= kMaxNamesEditBytes) return text;
  text.resize(Utf8Prefix(text, kMaxNamesEditBytes - kCut.size()).size());
  if (text.ends_with('\n')) text.pop_back();
  return text.append(kCut);
}

}  // namespace

std::string WriteNamesEdit(const NameSet& before, const NameSet& after) {
  std::string text;
  for (const auto& [folded, name] : after.names()) {
    if (!before.ContainsFolded(folded)) AddLine('+', name, &text);
  }
  for (const auto& [folded, name] : before.names()) {
    if (!after.ContainsFolded(folded)) AddLine('-', name, &text);
  }
  return Cut(std::move(text));
}

std::string WriteNamesEdit(const std::vector<std::string>& names,
                           const std::map<std::string, Attribute, std::less<>>& before,
                           const std::map<std::string, Attribute, std::less<>>& after) {
  std::string text;
  for (const std::string& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (now == after.end()) {
      if (old != before.end()) AddLine('-', name, &text);
    } else if (old == before.end() || !(ShownValue(name, old->second) == ShownValue(name, now->second))) {
      AddLine('+', name, &text);
    }
  }
  return Cut(std::move(text));
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
