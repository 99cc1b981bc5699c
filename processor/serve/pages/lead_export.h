// What an export of the leads of a search is called, and the columns that it has.
#pragma once

#include <string>
#include <vector>

#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Sets `export_columns`, the columns of the table as exports name them, and `export_name`, the name of the file without
// its ending: that of the saved view, the list or the campaign, and the day. `data` has the frame of the page.
void AddExport(const PageRequest& request, PageData* data);

// Returns the columns of a form. Leaves out the domain unless it is declared: the table takes that of the address.
std::vector<std::string> ColumnsToExport(const PageRequest& request);

// Returns the text as the name of a file: `hot-leads` from `Hot leads!`. Letters of all scripts stay. May be empty.
std::string FileNameOf(std::string_view title);

}  // namespace leadpulse::serve
