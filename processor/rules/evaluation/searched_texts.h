// The texts of a lead in which HAS WORDS looks for words.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "processor/base/address.h"
#include "processor/base/search_words.h"
#include "processor/base/value.h"
#include "state/lead/lead.h"
#include "state/lead/profile.h"

namespace leadpulse::rules {

// Calls `visit` with each text of an attribute: itself, or those of its list. Of the address, also as it was sent.
template <typename Visit>
void ForEachTextOf(std::string_view name, const state::Attribute& attribute, const Visit& visit) {
  if (const auto* text = std::get_if<std::string>(&attribute.converted)) {
    visit(*text);
    const auto* sent = name == state::kEmailAttribute ? std::get_if<std::string>(&attribute.sent) : nullptr;
    if (sent != nullptr && *sent != *text) visit(*sent);
  } else if (const auto* list = std::get_if<ScalarList>(&attribute.converted)) {
    for (const Scalar& element : *list) {
      if (const auto* of_list = std::get_if<std::string>(&element)) visit(*of_list);
    }
  }
}

// Calls `visit` with the lead's id if it stands in for the address: in normal form, and as it was sent if that differs.
template <typename Visit>
void ForEachTextOfId(const state::Lead& lead, const Visit& visit) {
  const std::string& id = lead.key.lead;
  if (id.find('@') == std::string::npos) return;
  const auto email = lead.profile.attributes.find(state::kEmailAttribute);
  if (email != lead.profile.attributes.end() && !IsUnset(email->second.converted)) return;
  visit(id);
  if (!IsMailboxId(id)) visit(NormalizeAddress(id));
}

// Calls `visit` with each text of the lead: attributes that are texts, texts in lists, and the address, in normal form
// and as it was sent if that differs.
template <typename Visit>
void ForEachSearchedText(const state::Lead& lead, const Visit& visit) {
  for (const auto& [name, attribute] : lead.profile.attributes) ForEachTextOf(name, attribute, visit);
  ForEachTextOfId(lead, visit);
}

// Whether a text of the lead, or its first and last name together, has the words.
bool FindsWords(const WordSearch& search, const state::Lead& lead);

// Whether a text of the attribute has the words. `attribute`: its normalised name.
bool FindsWords(const WordSearch& search, const state::Lead& lead, std::string_view attribute);

}  // namespace leadpulse::rules
