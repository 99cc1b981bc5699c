// Checks of names, labels and passwords. A rejection is a sentence that says what is expected; it sets `member`, if
// that is not null, to the wrong member as the API names it.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/serve/access/access_store.h"

namespace leadpulse::access {

inline constexpr size_t kLeastPasswordBytes = 12;
inline constexpr size_t kMostPasswordBytes = 1'024;

Status CheckTenant(const std::string& tenant, std::string_view* member = nullptr);
Status CheckUser(const User& user, std::string_view* member = nullptr);
Status CheckPassword(std::string_view password);
Status CheckToken(const NewToken& token, Instant now, std::string_view* member = nullptr);

}  // namespace leadpulse::access
