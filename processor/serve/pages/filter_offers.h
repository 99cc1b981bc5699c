// What the editor of a filter offers: the fields that can be named, and their values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/declared_names.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

struct NamedField {
  std::string name;   // in rules
  std::string label;  // for people
  FilterType type;
};

// Returns all fields that a filter can name: those that every company has, and those that its definitions declare.
std::vector<NamedField> FieldsFor(const PageRequest& request);
// Returns the field with this name; one that is not declared is a text, unless rules know it.
NamedField FieldNamed(const std::vector<NamedField>& fields, std::string_view name);

// Values with the names that people are shown.
using Offers = std::vector<std::pair<std::string, std::string>>;

// Returns the values to choose from: all that can be, or those that some leads have. The usual ones are first.
Offers OffersOf(const NamedField& field, const PageRequest& request);
// Takes those out of the list that are found by typing: behind the first ones, and not chosen.
Offers TakeFurther(const std::vector<std::string>& chosen, Offers* offers);
// Returns the id of what has this name, if it is no id itself; the text if nothing has the name.
std::string IdOf(const config::DeclaredNames& declared, const std::string& text);

}  // namespace leadpulse::serve
