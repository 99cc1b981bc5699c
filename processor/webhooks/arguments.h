// The sender's own arguments in one object, for providers that have them in more than one place or as JSON in a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "processor/webhooks/json.h"

namespace leadpulse::webhooks {

// Providers allow a few kilobytes: Mailgun 4 KB of variables, SendGrid 10 KB of arguments.
inline constexpr size_t kMaxArgumentBytes = 64 << 10;

// An argument that is JSON in a text. Null where it is none, or longer than kMaxArgumentBytes: it would be a second
// tree beside that of the body.
Json ParseArgument(std::string_view text);

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
