// What stands around every page of a user who is logged in: the rail with the places to go to and the saved searches,
// and how the pages look.
#pragma once

#include <string>
#include <string_view>

#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Sets `places` and `views` of the rail, each with `path`, `label`, `is_current`, and for places `icon` and `number`;
// `here`, the page to come back to; `is_stopped`, whether no run takes changes; and of the look `is_folded`, `theme`
// and `themes`. `shown` is the path that is marked.
void AddFrame(const PageRequest& request, std::string_view shown, PageData* data);

// Whether this browser shows the column of archived leads as it shows the others.
bool ShowsArchived(const PageRequest& request);

// Sets `unread`, the number of notices that the user has not read, for bell_link.tpl; false if there are none.
void AddBell(const PageRequest& request, PageData* data);

}  // namespace leadpulse::serve
