// The fields of forms as the bodies of the API's routes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/serve/api/routes.h"
#include "processor/serve/pages/page_request.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {

// What stands between commas, in all of the fields.
std::vector<std::string> SplitTexts(const std::vector<std::string>& fields);

// The members of the route that the form has: a text as it is, `true` of a checkbox, and for several texts what stands
// between commas. The route's own check says what is wrong.
std::string BodyOf(const Route& route, const PageRequest& request);

// An attribute that the form changes.
struct AttributeEdit {
  std::string name;
  std::string was;    // when the page was made; empty: unset
  std::string value;  // empty: unset it
  std::string type;   // `number` and `boolean` stay that if they can
};
// Those of `value:NAME` that differ from `was:NAME`; `type:NAME` may be there. And `new_name`, `new_value`.
std::vector<AttributeEdit> EditsOf(const PageRequest& request);
// As the body of a PATCH.
std::string PatchOf(const std::vector<AttributeEdit>& edits);

// What the form had before an attribute, as the contact has it now.
std::string SpellingOf(const webhooks::Json& value);
// Those whose attribute is another by now. `contact`: as it is.
std::vector<AttributeEdit> ConflictsOf(const std::vector<AttributeEdit>& edits, const webhooks::Json& contact);

}  // namespace leadpulse::serve
