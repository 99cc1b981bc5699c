// The sender's custom arguments in one object, for providers that put them in several places or as JSON in a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/webhooks/json.h"

namespace leadpulse::webhooks {

// Providers allow a few kilobytes: Mailgun 4 KB of variables, SendGrid 10 KB of arguments.
inline constexpr size_t kMaxArgumentBytes = 64 << 10;

// Parses an argument that is JSON in a text. Null if it is not JSON or is longer than kMaxArgumentBytes: the tree takes
// memory in addition to that of the body.
Json ParseArgument(std::string_view text);

// The last value of a name counts. Values that are neither text nor number are left out: they cannot be a lead, tenant
// or campaign.
class Arguments {
 public:
  void Add(std::string_view name, std::string_view text);
  // Adds the members if it is an object.
  void AddMembers(const Json& object);
  // `[{"name": "shop", "value": "de"}]`: adds the pairs if it is a list.
  void AddPairs(const Json& pairs);

  Json Take() const { return Json::OfTexts(members_); }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace leadpulse::webhooks
