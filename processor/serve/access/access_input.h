// What names, labels and passwords may be. Rejected with a sentence that says what is expected, and then `member`, if
// it is not null, is what is wrong, as the API names it.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/serve/access/access_store.h"

namespace leadpulse::access {

inline constexpr size_t kLeastPasswordBytes = 12;
inline constexpr size_t kMostPasswordBytes = 1'024;

Status CheckTenant(const std::string& tenant);
Status CheckUser(const User& user, std::string_view* member = nullptr);
Status CheckPassword(std::string_view password);
Status CheckToken(const NewToken& token, Instant now, std::string_view* member = nullptr);

}  // namespace leadpulse::access
