// The sender's own arguments in one object, for providers that have them in more than one place or as JSON in a text.
#pragma once

#include <string>
#include <string_view>

#include "processor/webhooks/json.h"

namespace leadpulse::webhooks {

// Of one name the last counts. What is neither text nor number is left out: it can be no lead, tenant or campaign.
class Arguments {
 public:
  void Add(std::string_view name, std::string_view text);
  // The members of an object; of anything else nothing.
  void AddMembers(const Json& object);
  // `[{"name": "shop", "value": "de"}]`; of anything else nothing.
  void AddPairs(const Json& pairs);

  Json Take() const;

 private:
  std::string members_;
};

}  // namespace leadpulse::webhooks
