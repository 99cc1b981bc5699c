// What pages show of a contact: the same in a table, on a card and above the detail.
#pragma once

#include <string>
#include <string_view>

#include "processor/serve/pages/templates.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {

// `id`, `name`, `email`, `phone`, `company`, `domain`, `status`, `status_label`, `stage`, `is_final`, `score`, `tier`,
// `agent`, and `stages`: the options of a status menu. `contact` is a row of a search, or a contact.
PageData LeadCells(const webhooks::Json& contact);

// The first of the attributes that the contact has; empty without one.
std::string AttributeOf(const webhooks::Json& contact, std::initializer_list<std::string_view> names);
// The name of a person, else the address, else the id.
std::string NameOf(const webhooks::Json& contact);
// The stages that a person can set, in their order, with the present one selected.
PageData StageOptions(std::string_view stage);
// `2026-03-01 09:30` of RFC 3339 in UTC; other texts stay.
std::string ShortTime(std::string_view time);

}  // namespace leadpulse::serve
