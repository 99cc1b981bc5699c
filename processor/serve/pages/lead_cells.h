// The cells of a contact in a table, on a card and above the detail.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "leadpulse/v1/lead_record.pb.h"
#include "processor/base/json.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Returns `id`, `name`, `initials`, `email`, `phone`, `company`, `domain`, `stage`, `is_final`, `score`, `tier`,
// `agent`, `agent_initials`; `status_label`, `mail_class`, `mail_word`, `mail_label` and `stage_title` of the chip of
// the status; and `stages`: the options of its menu.
PageData LeadCells(const v1::LeadRow& contact, const ShownNumbers& numbers);

// Returns when the lead last opened, clicked, replied or visited a page.
std::optional<Instant> LastActivityOf(const v1::LeadRow& contact);
// Sets `last_activity` for shown_time.tpl.
void AddActivity(const v1::LeadRow& contact, const ShownTimes& times, PageData* cells);

// Sets `in_stage`: the days that the lead has been in its stage, and since when; false if that is unknown.
void AddStageSince(const v1::LeadRow& contact, const ShownTimes& times, const ShownNumbers& numbers, PageData* cells);

// Returns the name of the person, else the address, else the id.
std::string NameOf(const v1::LeadRow& contact);
using LeadNames = std::map<std::string, std::string, std::less<>>;  // by the id of the lead
// Returns the names of those of the leads that the user sees now. A refusal becomes a page with this title.
std::variant<LeadNames, http::Response> NamesOfLeads(const std::set<std::string>& leads, const PageRequest& request,
                                                     std::string_view title);
bool IsFinalStage(std::string_view name);
// Returns the stages in their order as options, with the present one selected.
PageData StageOptions(std::string_view stage);
// Returns the query string of the leads page for the contacts in that stage.
std::string StageQuery(std::string_view stage);
// Returns its rule.
std::string StageRule(std::string_view stage);
// Returns the name of a segment or topic, else its id.
std::string_view TitleOf(const Json& named);
template <typename Named>
std::string_view TitleOf(const Named& named) {
  return named.name().empty() ? named.id() : named.name();
}

}  // namespace leadpulse::serve
