// The settings as forms: fields, scoring rules, tiers and automatic steps, topics and suppressed domains.
//
// A form is what the definitions say, as texts; the same for the definitions and for what somebody typed, so that a
// page shows a refused form as it was sent. It is written back as the values of a few keys; all other lines of the
// definitions stay as they are.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "config/definitions_edit.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

struct SettingsForm {
  using Row = std::map<std::string, std::string, std::less<>>;  // by the name of the field
  std::vector<Row> rows;                                        // of its table; one without its first field is no row
  Row values;                                                   // of its other fields
  std::set<std::string, std::less<>> engaged_on;                // types of events
  std::vector<std::string> problems = {};                       // what is wrong with numbers and durations
};

// A page of the settings: its address, title and template, and its form. In the order of the tabs.
struct SettingsPage {
  std::string_view path, title, name;
  SettingsForm (*of_definitions)(const config::TenantDefinitions& tenant);
  SettingsForm (*in_request)(const PageRequest& request);
  // Sets the data of the template.
  void (*show)(const SettingsForm& form, PageData* data);
  // Returns the values of the keys that the form sets.
  std::vector<config::KeyText> (*keys)(const SettingsForm& form);
};

// Returns the page with this address. There must be one.
const SettingsPage& SettingsPageAt(std::string_view path);

}  // namespace leadpulse::serve
