#include "processor/rules/evaluation/searched_texts.h"

#include <string_view>

namespace leadpulse::rules {
namespace {

// Returns the attribute's text; null if the lead has no such attribute, or its value is no text.
const std::string* TextOf(const state::Lead& lead, std::string_view name) {
  const auto found = lead.profile.attributes.find(name);
  return found == lead.profile.attributes.end() ? nullptr : std::get_if<std::string>(&found->second.converted);
}

}  // namespace

bool FindsWords(const WordSearch& search, const state::Lead& lead) {
  bool found = false;
  ForEachSearchedText(lead, [&](const std::string& text) { found = found || search.Finds(text); });
  if (found || !search.has_several()) return found;
  const std::string* first = TextOf(lead, "first_name");
  const std::string* last = TextOf(lead, "last_name");
  return first != nullptr && last != nullptr && search.Finds(*first + " " + *last);
}

bool FindsWords(const WordSearch& search, const state::Lead& lead, std::string_view attribute) {
  bool found = false;
  const auto look = [&](const std::string& text) { found = found || search.Finds(text); };
  const auto known = lead.profile.attributes.find(attribute);
  if (known != lead.profile.attributes.end()) ForEachTextOf(attribute, known->second, look);
  if (attribute == state::kEmailAttribute) ForEachTextOfId(lead, look);
  return found;
}

}  // namespace leadpulse::rules
