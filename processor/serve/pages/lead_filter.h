// The filter above leads: a chip for each condition of its rule, conditions of which one is enough together in a chip,
// and the editor of one condition. The table of leads, the board and segments have it.
#pragma once

#include <string>
#include <vector>

#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/rule_words.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// A page with a filter, whose parameter `where` has the rule.
struct FilteredPage {
  std::string path;                        // without the first slash: `leads`
  std::vector<http::FormField> kept = {};  // the other parameters that its links keep
};

// Returns the names for rules in words (rule_words.h).
RuleNames RuleNamesFor(const PageRequest& request);

// Sets the data of lead_filter.tpl. `rule` is that of the list, or the one that was refused. The parameter `chip` opens
// the editor of that condition, counted from 0, `2.1` of the second one in the third chip. `field` opens it for another
// condition of that field; with `or`, which is an alternative to that chip.
void AddFilter(const std::string& rule, const FilteredPage& page, const PageRequest& request, PageData* data);

}  // namespace leadpulse::serve
