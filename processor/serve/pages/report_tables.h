// Parts that the pages of reports share.
#pragma once

#include <string_view>

#include "processor/base/json.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Sets `names`, the tabs of the reports. `shown`: the name of the report, empty for the overview.
void AddReportTabs(std::string_view shown, PageData* data);

// Returns `label`, `report_query` and the data of report_table.tpl: a report of the API with its first rows and its
// most important columns.
PageData ShortReport(std::string_view report, const Json& answer, const PageRequest& request);

}  // namespace leadpulse::serve
