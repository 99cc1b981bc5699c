// The filter above the table of leads: a chip for each condition of its rule, and the editor of one condition.
#pragma once

#include <string>

#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Sets the data of lead_filter.tpl. `rule` is that of the list, or the one that was refused. The parameter `chip` opens
// the editor of that condition, counted from 0; `field` opens it for another condition of that field.
void AddFilter(const std::string& rule, const PageRequest& request, PageData* data);

}  // namespace leadpulse::serve
