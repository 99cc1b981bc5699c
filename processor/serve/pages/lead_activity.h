// What happened to a contact: one list for its panel, the latest first, by day.
#pragma once

#include <string>

#include "leadpulse/v1/query.pb.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// How many entries a page of the activity has.
inline constexpr char kActivityLength[] = "50";

// Sets the data of lead_timeline.tpl: `days`, each with its `entries`; and `older_query` if there are older entries,
// else the counts of the oldest events, of which nothing else is left. A note that the user may remove has its
// `note_id`. `id` is the lead's in links, `explanation` names the segments.
void AddActivity(const std::string& id, const v1::Timeline& timeline, const v1::Explanation& explanation,
                 const PageRequest& request, PageData* data);

}  // namespace leadpulse::serve
