// Makes the bodies of the API's requests from the fields of forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/lead_record.pb.h"
#include "processor/serve/api/request/routes.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Splits the fields at commas, trims the texts and drops empty ones.
std::vector<std::string> SplitTexts(const std::vector<std::string>& fields);

// Makes a JSON object of those fields that are members of the route. Lists of texts are split at commas. The route
// checks the values.
std::string BodyOf(const Route& route, const PageRequest& request);

// An attribute that the form changes.
struct AttributeEdit {
  std::string name;
  std::string was;    // the value on the page; empty: unset
  std::string value;  // empty: unset it
  std::string type;   // a `number` or `boolean` keeps its type if the value allows
};
// Returns the attributes whose `value:NAME` differs from `was:NAME`, with `type:NAME` if it is there; and `new_name`
// with `new_value`.
std::vector<AttributeEdit> EditsOf(const PageRequest& request);
// Makes numbers among the values those that PatchOf takes (typed_value.h), and drops edits that change nothing then.
// Returns the edit that is refused, with the sentence that says what to type as its value; nullopt: none is.
std::optional<AttributeEdit> ReadTypedNumbers(std::vector<AttributeEdit>* edits);
// Makes the body of a PATCH.
std::string PatchOf(const std::vector<AttributeEdit>& edits);

// Spells a text, number or boolean as the form does. Empty for lists and objects.
std::string SpellingOf(const v1::ProfileValue& value);
// Returns the spelling of the contact's attribute; empty if it is not set.
std::string SpellingIn(const v1::LeadRow& contact, std::string_view attribute);
// Returns the edits whose attribute somebody else has changed since. `contact`: as it is now.
std::vector<AttributeEdit> ConflictsOf(const std::vector<AttributeEdit>& edits, const v1::LeadRow& contact);

}  // namespace leadpulse::serve
